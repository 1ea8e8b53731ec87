"""The vLLM engine: vLLM's engine core in a child process."""
