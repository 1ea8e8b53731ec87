"""A visitor's taste in one conversation, as chips, and how a turn changes them.

A chip is a hard filter, a wish, something to avoid, or an item that was liked, disliked, bought or
is known. A visitor can remove it, or pin it: then nothing else removes it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Literal

from shelftalker.data.filter_labels import label_in
from shelftalker.data.filters import Filter

ChipKind = Literal[
    "filter", "wish", "avoid", "example", "like", "dislike", "bought", "seen", "shown", "ignore",
    "history",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a taste. `value` is the text wished for or avoided, an item's id, or how a filter
    came about; `label` is what the visitor reads. An `example` is an item to resemble; `shown` ones
    are not shown again; `ignore`d history items are not used; `history` items come from the event
    log, not from this conversation."""

    kind: ChipKind
    value: str
    label: str
    condition: Filter | None = None
    pinned: bool = False

    def label_in(self, language: str) -> str:
        """The label for a reply in that language."""
        if self.kind == "avoid":
            return self.value
        return label_in(self.condition, language) if self.condition else self.label

    @property
    def key(self) -> str:
        """The chip's id on a page; equal chips have equal keys."""
        same = f"{self.kind}\0{self.value}\0{self.condition}"
        return blake2s(same.encode("utf-8", "replace"), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class ChipChange:
    """A chip that a turn added or took away."""

    added: bool
    chip: Chip


@dataclass(frozen=True, slots=True)
class Taste:
    """All chips, in order of arrival. Immutable."""

    chips: tuple[Chip, ...] = ()

    def of(self, *kinds: ChipKind) -> tuple[Chip, ...]:
        """The chips of some kinds."""
        return tuple(chip for chip in self.chips if chip.kind in kinds)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The hard filters, and one that excludes every item not to be shown (again)."""
        hard = [chip.condition for chip in self.chips if chip.condition is not None]
        excluded = [
            chip.value for chip in self.of("like", "dislike", "bought", "seen", "shown", "ignore")
        ]
        never = [Filter("id", "excludes", tuple(dict.fromkeys(excluded)))] if excluded else []
        return (*hard, *never)

    def adding(self, chips: Iterable[Chip]) -> "Taste":
        """With more chips; an item keeps only its latest mark."""
        kept = list(self.chips)
        for chip in chips:
            if any(other.key == chip.key for other in kept):
                continue
            if chip.kind in ITEM_KINDS:
                kept = [c for c in kept if c.kind not in ITEM_KINDS or c.value != chip.value]
            kept.append(chip)
        return Taste(tuple(kept))

    def without(self, unwanted: Callable[[Chip], bool]) -> "Taste":
        """Without the chips for which `unwanted` is true; pinned ones stay."""
        return Taste(tuple(c for c in self.chips if c.pinned or not unwanted(c)))

    def removed(self, key: str) -> "Taste":
        """Without the chip of that key, pinned or not: the visitor removed it."""
        return Taste(tuple(chip for chip in self.chips if chip.key != key))

    def pinning(self, key: str) -> "Taste":
        """With the chip of that key pinned, or unpinned if it was pinned."""
        return Taste(
            tuple(replace(c, pinned=not c.pinned) if c.key == key else c for c in self.chips)
        )


ITEM_KINDS: tuple[ChipKind, ...] = ("like", "dislike", "bought", "seen", "shown")


def changes(before: Taste, after: Taste) -> tuple[ChipChange, ...]:
    """The chips that a turn removed, then those it added, without `shown` ones."""
    old, new = {chip.key for chip in before.chips}, {chip.key for chip in after.chips}
    removed = [ChipChange(False, chip) for chip in before.chips if chip.key not in new]
    added = [ChipChange(True, chip) for chip in after.chips if chip.key not in old]
    return tuple(change for change in [*removed, *added] if change.chip.kind != "shown")


def filter_chip(condition: Filter) -> Chip:
    """The chip of a hard filter."""
    return Chip("filter", "", label_in(condition, "en"), condition)
