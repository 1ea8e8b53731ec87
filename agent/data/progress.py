"""How long work reports its progress."""

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and a short text such as `NDCG@10 .081`."""
