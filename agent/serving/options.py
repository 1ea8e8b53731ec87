"""The arguments of one call to the recommender: `GenerateOptions`, checked as a `GenerateCall`."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TypedDict

from shelftalker.data.filters import Filter
from shelftalker.errors import InputError
from shelftalker.types import Request

MAX_K = 20
LANGUAGES = ("en", "zh")


class GenerateOptions(TypedDict, total=False):
    """The keyword arguments of `generate`, `agenerate`, `stream`, `astream`: see `GenerateCall`."""

    domain: str | None
    k: int
    filters: Sequence[Filter]
    request: Request | None
    language: str | None
    adapter: str | None
    seed: int


@dataclass(frozen=True, slots=True)
class GenerateCall:
    """One call for k described picks for a user. Raises `InputError` where a value is not allowed.

    An unknown `user` is a new visitor. `filters` are added to those read from the message;
    `request` replaces reading the message, as conversations do. `language` (en, zh) None: that of
    the message; without a message, that of the titles in the user's history, else of the
    catalogue's. `adapter` names a LoRA of the workspace (`movies@v3`); None is the version in
    service.
    """

    user: str
    message: str = ""
    _: KW_ONLY
    domain: str | None = None
    k: int = 3
    filters: Sequence[Filter] = ()
    request: Request | None = None
    language: str | None = None
    adapter: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MAX_K:
            raise InputError(f"k is {self.k}; allowed: 1 to {MAX_K} picks")
        if self.language not in (None, *LANGUAGES):
            allowed = ", ".join(LANGUAGES)
            raise InputError(f"language {self.language!r} is unknown; allowed: {allowed}")
        check_user(self.user)
        if not _is_text(self.message):
            raise InputError("the message is not valid Unicode text; send it as UTF-8")


def check_user(user: str) -> None:
    """Raises `InputError` where a text cannot be a user id."""
    if not user.strip() or not _is_text(user) or not user.isprintable():
        raise InputError(f"user {user!r} is no user id; allowed: printable text, not empty")


def _is_text(text: str) -> bool:
    """False for lone surrogates, which stand for bytes that are not UTF-8."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)
