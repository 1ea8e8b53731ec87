"""What a text says and may say: the parts of grounding, and plain composed sentences."""
