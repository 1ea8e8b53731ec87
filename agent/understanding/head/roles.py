"""`RoleHead`: which role each part of a message plays, by the trained network."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
