"""The arguments of one call to the recommender: `GenerateOptions`, checked as a `GenerateCall`."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from numbers import Integral, Real
from typing import TypedDict, get_args

from shelftalker.data.events import KINDS
from shelftalker.data.filters import Filter
from shelftalker.errors import InputError
from shelftalker.types import Format, Request, Style
from shelftalker.writing.style import SENTENCES

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
    style: Style
    seconds: float | None


@dataclass(frozen=True, slots=True)
class GenerateCall:
    """One call for k described picks for a user. Raises `InputError` where a value is not allowed.

    An unknown `user` is a new visitor. `filters` are added to those read from the message;
    `request` replaces reading the message, as conversations do. `language` (en, zh) None: that of
    the message; without a message, that of the titles in the user's history, else of the
    catalogue's. `adapter` names a LoRA of the workspace (`movies@v3`); None is the version in
    service. `style`: format, tone and length of the texts. `seconds`: when they are over, the order
    is the scorer's where the LLM has none yet, and what is not written is composed.
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
    style: Style = field(default_factory=Style)
    seconds: float | None = None

    def __post_init__(self) -> None:
        check_type("k", self.k, Integral, f"1 to {MAX_K} picks")
        if not 1 <= self.k <= MAX_K:
            raise InputError(f"k is {self.k}; allowed: 1 to {MAX_K} picks")
        if self.language is not None:
            _check_one_of("language", self.language, LANGUAGES)
        check_user(self.user)
        check_message(self.message)
        check_filters(self.filters)
        for name, value in (("domain", self.domain), ("adapter", self.adapter)):
            check_type(name, value, (str, type(None)), "a name, or None for the default")
        check_type("request", self.request, (Request, type(None)), "a Request, or None")
        check_type("seed", self.seed, Integral, "a whole number")
        check_type("style", self.style, Style, 'Style(format="push", tone="warm")')
        _check_one_of("style format", self.style.format, get_args(Format))
        _check_one_of("style length", self.style.length or "long", tuple(SENTENCES))
        check_type("seconds", self.seconds, (Real, type(None)), "seconds, or None for no limit")


def check_user(user: str) -> None:
    """Raises `InputError` where a value cannot be a user id."""
    check_type("user", user, str, "printable text, not empty")
    if not user.strip() or not _is_text(user) or not user.isprintable():
        raise InputError(f"user {user!r} is no user id; allowed: printable text, not empty")


def check_feedback(user: str, item: object, kind: object, value: float | None) -> None:
    """Raises `InputError` where values cannot be those of an event."""
    _check_one_of("kind", kind, KINDS)
    check_type("value", value, (Real, type(None)), "a number, or None")
    if kind == "rating" and (value is None or not 0 <= value <= 5):
        raise InputError(f"a rating needs a value from 0 to 5 stars, not {value!r}")
    check_user(user)
    check_type("item", item, str, "the id of an item, as text")


def check_message(message: str) -> None:
    """Raises `InputError` where a value cannot be a message."""
    check_type("message", message, str, 'text, or "" for none')
    if not _is_text(message):
        raise InputError("the message is not valid Unicode text; send it as UTF-8")


def check_filters(filters: Sequence[Filter]) -> None:
    """Raises `InputError` for what is no sequence of filters."""
    check_type("filters", filters, Sequence, "a list of Filter")
    for one in filters:
        allowed = 'Filter(field, op, value), as in Filter("year", "at_least", 1990)'
        check_type("a filter", one, Filter, allowed)


def check_count(name: str, count: int) -> None:
    """Raises `InputError` for what is no whole number from 1."""
    check_type(name, count, Integral, "1 and more")
    if count < 1:
        raise InputError(f"{name} is {count}; allowed: 1 and more")


def check_type(name: str, value: object, kind: type | tuple[type, ...], allowed: str) -> None:
    """Raises `InputError` where a value is of another type; `allowed` says what it may be."""
    if not isinstance(value, kind):
        raise InputError(f"{name} is {value!r}, of type {type(value).__name__}; allowed: {allowed}")


def _check_one_of(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise InputError(f"{name} {value!r} is unknown; allowed: {', '.join(allowed)}")


def _is_text(text: str) -> bool:
    """False for lone surrogates, which stand for bytes that are not UTF-8."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)
