"""Training that runs beside serving: online learning, hyper-parameter search, tracking."""
