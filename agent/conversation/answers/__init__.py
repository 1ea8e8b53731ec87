"""Answers to questions about the cards on show."""
