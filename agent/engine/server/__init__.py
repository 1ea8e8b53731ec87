"""One vLLM server for many recommenders: its start, its routes, and the engine that asks it."""
