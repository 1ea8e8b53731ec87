"""The transformers engine: the model in this process."""
