"""The conversation: its state, what a turn changes, and the replies."""
