"""What is said of a visitor's taste in one conversation: chips, and how a turn changes them.

A chip is one thing that holds: a hard filter, a wish, something to avoid, an item that was liked,
disliked, bought or is known. It can be removed, or pinned: then only the visitor's own hand takes
it away.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Literal

from shelftalker.data.filter_labels import said_in
from shelftalker.data.filters import Filter

ChipKind = Literal[
    "filter",
    "wish",
    "avoid",
    "example",
    "like",
    "dislike",
    "bought",
    "seen",
    "shown",
    "ignore",
    "history",
]


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that holds. `value` is a text wished or avoided, an item's id, or of a filter how
    it came; `label` is what the visitor reads. An `example` is an item to resemble. `shown` items
    are not shown again; `ignore`d history is not built upon; `history` is what the log knows, and
    nothing said."""

    kind: ChipKind
    value: str
    label: str
    condition: Filter | None = None
    pinned: bool = False

    def said(self, language: str) -> str:
        """What it holds, as an answer in that language names it."""
        if self.kind == "avoid":
            return self.value
        return said_in(self.condition, language) if self.condition else self.label

    @property
    def key(self) -> str:
        """Names the chip on a page, the same for the same thing."""
        same = f"{self.kind}\0{self.value}\0{self.condition}"
        return blake2s(same.encode("utf-8", "replace"), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class ChipChange:
    """A chip that a turn added or took away."""

    added: bool
    chip: Chip


@dataclass(frozen=True, slots=True)
class Taste:
    """All chips, in the order they came. Never changed, only replaced."""

    chips: tuple[Chip, ...] = ()

    def of(self, *kinds: ChipKind) -> tuple[Chip, ...]:
        """The chips of some kinds."""
        return tuple(chip for chip in self.chips if chip.kind in kinds)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The hard filters, and one against every item that is not to come (again)."""
        hard = [chip.condition for chip in self.chips if chip.condition is not None]
        gone = [
            chip.value for chip in self.of("like", "dislike", "bought", "seen", "shown", "ignore")
        ]
        never = [Filter("id", "excludes", tuple(dict.fromkeys(gone)))] if gone else []
        return (*hard, *never)

    def adding(self, chips: Iterable[Chip]) -> "Taste":
        """With more chips; an item has one standing, the latest."""
        kept = list(self.chips)
        for chip in chips:
            if any(other.key == chip.key for other in kept):
                continue
            if chip.kind in ITEM_KINDS:
                kept = [c for c in kept if c.kind not in ITEM_KINDS or c.value != chip.value]
            kept.append(chip)
        return Taste(tuple(kept))

    def without(self, unwanted: Callable[[Chip], bool]) -> "Taste":
        """Without the chips a test finds, pinned ones excepted."""
        return Taste(tuple(c for c in self.chips if c.pinned or not unwanted(c)))

    def removed(self, key: str) -> "Taste":
        """Without the chip of that key, pinned or not: the visitor's own hand."""
        return Taste(tuple(chip for chip in self.chips if chip.key != key))

    def pinning(self, key: str) -> "Taste":
        """With the chip of that key pinned, or no longer."""
        return Taste(
            tuple(replace(c, pinned=not c.pinned) if c.key == key else c for c in self.chips)
        )


ITEM_KINDS: tuple[ChipKind, ...] = ("like", "dislike", "bought", "seen", "shown")


def changes(before: Taste, after: Taste) -> tuple[ChipChange, ...]:
    """What a turn changed, what went first; items that were merely shown are no news."""
    old, new = {chip.key for chip in before.chips}, {chip.key for chip in after.chips}
    went = [ChipChange(False, chip) for chip in before.chips if chip.key not in new]
    came = [ChipChange(True, chip) for chip in after.chips if chip.key not in old]
    return tuple(change for change in [*went, *came] if change.chip.kind != "shown")


def filter_chip(condition: Filter) -> Chip:
    """The chip of a hard filter."""
    return Chip("filter", "", condition.said, condition)
