"""Tasks, metrics, baselines and reports."""
