"""What each kind of task does: `run(task, setup) -> Result`."""
