"""The promotion gate: a candidate against the adapter in service and the scorer alone."""
