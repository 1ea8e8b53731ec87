"""Training runs: model, trainer, schedule, validation."""
