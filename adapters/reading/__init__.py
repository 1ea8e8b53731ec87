"""Training of the role head that reads messages, and the sentences that it learns from."""
