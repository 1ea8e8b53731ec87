"""The exceptions of shelftalker. A message says what was received, what is allowed, what to do.

ShelftalkerError
├── InputError            an argument, option or file of the caller cannot be used
│   ├── DataError         a catalogue or event file
│   ├── UnknownItem       an item id that is not in the catalogue
│   ├── UnknownDomain     a domain the workspace does not hold
│   └── PromptError       a prompt template or its variables
├── WorkspaceError        a workspace that is missing, damaged or of another version
├── NotFitted             a scorer is needed, and none has been trained
├── EngineError           an engine failed or refused
│   └── AdapterError      an adapter is unknown, damaged or does not fit the base model
├── ServiceError          an LLM address cannot be reached, is too slow, or answers badly
├── EvaluationError       figures that cannot be trusted: leakage, seen items, another task version
└── MissingExtra          an optional package is not installed; the message has the install line
"""

import collections.abc


class ShelftalkerError(Exception):
    """Base class of all errors that shelftalker raises on purpose."""


class InputError(ShelftalkerError):
    """An argument, option or file of the caller cannot be used."""


class DataError(InputError):
    """A catalogue or event file cannot be read."""


class UnknownItem(InputError):
    """An item id that the catalogue does not hold."""


class UnknownDomain(InputError):
    """A domain that the workspace does not hold."""


class PromptError(InputError):
    """A prompt template is malformed or a variable is missing."""


class WorkspaceError(ShelftalkerError):
    """A workspace is missing, damaged or of another version."""


class NotFitted(ShelftalkerError):
    """A trained scorer is needed and the domain has none."""


class EngineError(ShelftalkerError):
    """The engine failed or refused a request."""


class AdapterError(EngineError):
    """An adapter is unknown, damaged or does not fit the base model."""


class ServiceError(ShelftalkerError):
    """An LLM address cannot be reached, is too slow, or gives an unusable answer."""


class EvaluationError(ShelftalkerError):
    """Figures that cannot be trusted, such as those of a scorer trained on its test events."""


class MissingExtra(ShelftalkerError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'shelftalker[{extra}]'")


def did_you_mean(name: str, known: collections.abc.Iterable[str]) -> str:
    """`did you mean …? ` for an unknown name that resembles a known one, else empty."""
    from rapidfuzz import process

    found = process.extractOne(name, list(known), score_cutoff=60)
    return f"did you mean {found[0]!r}? " if found else ""
