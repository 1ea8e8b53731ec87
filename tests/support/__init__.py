"""What tests share: a scripted engine, a chat server, a browser."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
