"""Decoder-LLM engines behind one protocol; `open_engine` picks one."""
