"""The text of a card: evidence, writing, verification, composed texts."""
