"""A shop's own rules: the file `rules.toml` in a domain's folder, every key optional.

    diversity = 0.2            # 0 keeps the pick's order, 1 ranks by difference alone
    explore = 0.05             # share of places given to a random item of the shortlist
    explore_new = 0.05         # and to one that nobody has taken, at most one of an answer
    sample = false             # draw each place by its probability instead of taking the likeliest
    log_shown = false          # log what was shown and its propensity in shown.db
    again = true               # offer again what people buy or play again and again

    [caps]                     # at most n of the picks share a value of an attribute
    director = 1

    [[exposure]]               # the share of attention that a group of items gets, see `exposure`
    field = "director"
    value = "Ida Brandt"       # without a value: the items that lack the field
    floor = 0.2
    cap = 0.5

    [[pin]]                    # shown first where the visitor's filters allow it
    ids = ["242"]

    [[block]]                  # never shown
    field = "genres"
    value = "Horror"

Rules only narrow or reorder what the filters allow: a pinned item that a filter excludes, or that
the user has an event with, is not shown, unless its buyers come back for it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, model_validator

from shelftalker.data.catalog import Catalog
from shelftalker.data.config_model import ConfigModel, read_toml
from shelftalker.data.filters import Filter
from shelftalker.errors import WorkspaceError

RULES_FILE = "rules.toml"


class Selection(ConfigModel):
    """A choice of items, by their ids or by a value of a field."""

    ids: tuple[str, ...] = ()
    field: str | None = None
    value: str | None = None

    @model_validator(mode="after")
    def _ids_or_value(self) -> "Selection":
        by_value = self.field is not None and self.value is not None
        half = (self.field is None) != (self.value is None)
        if half or bool(self.ids) == by_value:
            raise ValueError("give either ids, or field and value")
        return self

    def filter(self, *, exclude: bool = False) -> Filter:
        """The filter that keeps exactly these items; with `exclude`, all others."""
        if self.field is not None and self.value is not None:
            return Filter(self.field, "excludes" if exclude else "equals", self.value)
        return Filter("id", "excludes" if exclude else "any_of", self.ids)


class Exposure(ConfigModel):
    """The least and the greatest share of attention that a group of items may have. Items of a
    group with a floor are protected."""

    field: str
    value: str | None = None
    floor: float = Field(default=0.0, ge=0, le=1)
    cap: float = Field(default=1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _possible(self) -> "Exposure":
        if self.floor > self.cap:
            raise ValueError(f"the floor {self.floor:g} is above the cap {self.cap:g}")
        return self

    @property
    def group(self) -> str:
        """The group's name for people."""
        return f"{self.field} {self.value}" if self.value is not None else f"no {self.field}"


class Rules(ConfigModel):
    """The rules of one domain; the defaults change nothing."""

    diversity: float = Field(default=0.0, ge=0, le=1)
    explore: float = Field(default=0.0, ge=0, le=1)
    explore_new: float = Field(default=0.0, ge=0, le=1)
    sample: bool = False
    log_shown: bool = False
    again: bool = True
    caps: Mapping[str, int] = Field(default_factory=dict)
    exposure: tuple[Exposure, ...] = ()
    pin: tuple[Selection, ...] = ()
    block: tuple[Selection, ...] = ()

    @property
    def filters(self) -> list[Filter]:
        """The filters that keep blocked items out."""
        return [blocked.filter(exclude=True) for blocked in self.block]

    def without_chance(self) -> "Rules":
        """The same rules, deterministic and without a log."""
        chance = {"explore": 0.0, "explore_new": 0.0, "sample": False, "log_shown": False}
        return self.model_copy(update=chance)


def read_rules(folder: Path, catalog: Catalog) -> Rules:
    """Read a domain's rules. Raises `WorkspaceError` naming the file, the key and what is known."""
    file = folder / RULES_FILE
    if not file.is_file():
        return Rules()
    rules = read_toml(file, Rules)
    check_fields(file, rules, catalog)
    return rules


def check_fields(file: Path, rules: Rules, catalog: Catalog) -> None:
    """Raises `WorkspaceError` where the rules of a file name a field that no item has."""
    selections: Sequence[Selection | Exposure] = (*rules.pin, *rules.block, *rules.exposure)
    named = [*rules.caps, *(s.field for s in selections if s.field)]
    known = {"id", "title", "price", "language", *catalog.fields} if named else set()
    unknown = [name for name in named if name not in known]
    if unknown:
        raise WorkspaceError(
            f"{file} names the field {unknown[0]!r}, which no item has; known: "
            f"{', '.join(sorted(known))}"
        )
