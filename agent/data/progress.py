"""`Progress`: the callback by which long work reports its progress."""

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with the steps done, the total, and a short text such as `NDCG@10 .081`."""
