"""Annotated cases: requests with their reading, sentences with their verdict."""

from pathlib import Path

CASES = Path(__file__).parent
