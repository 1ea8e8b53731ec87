"""The conversation: what a turn does, what has been said so far, and what is answered."""
