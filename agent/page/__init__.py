"""The chat page: sessions, and what is drawn."""
