"""What each kind of task does: `run(task, bench) -> Result`."""
