"""Training data from a domain's log."""
