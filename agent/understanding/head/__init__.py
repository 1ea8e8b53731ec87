"""The learned head that decides which role each word of a message plays."""
