"""Turns that real people typed, from public sources: what a careful reader takes from each.

`turns.jsonl` has an expectation a line and the address of the message; `must` are filters, each
with its alternatives; `wish` and `avoid` words, `|` between spellings and a filter that says the
same after ` = `; `free` what may be read; `never` what must not be. A `*` in a filter stands for
anything. The messages belong to their sources and lie beside the
development data; `print` is the start of a message's SHA-256, so that a text and its expectation
stay together.
"""

import csv
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import Filter
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.turn import TurnContext, TurnReading
from tests.cases import CASES
from tests.conftest import SHARED

FOLDER = CASES / "collected"
TEXTS = Path(os.environ.get("COLLECTED_TEXTS", SHARED / "collected/texts.jsonl"))
Turn = Mapping[str, Any]
_BOUNDS = {"at_most": "at_least", "at_least": "at_most"}
_WHOLE = ("year", "pages", "年份")


@dataclass
class TurnVerdict:
    """What a reading of a turn has wrong, by kind; the filters that are right."""

    right: int = 0
    missing: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    hard_opposite: list[str] = field(default_factory=list)
    soft_opposite: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    example: list[str] = field(default_factory=list)
    act: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        """Every kind with a fault."""
        return {kind: own for kind, own in vars(self).items() if kind != "right" and own}


def turns() -> list[dict[str, Any]]:
    """The expectations."""
    return _rows(FOLDER / "turns.jsonl")


def texts() -> dict[str, str]:
    """The messages by the ids of their turns."""
    return {row["id"]: row["said"] for row in _rows(TEXTS)}


def print_of(message: str) -> str:
    """The start of a message's SHA-256."""
    return hashlib.sha256(message.encode()).hexdigest()[:12]


@cache
def reader(domain: str) -> RuleReader:
    """The rule reader of a domain's catalogue."""
    with (FOLDER / f"{domain}.csv").open(encoding="utf-8") as file:
        return RuleReader(Catalog.of(_item(row) for row in csv.DictReader(file)))


def read_turn(turn: Turn, message: str) -> TurnReading:
    """The reading of a message with the cards that its turn has on show."""
    rules = reader(turn["domain"])
    shown = tuple(rules.catalog[item_id] for item_id in turn.get("shown", ()))
    return rules.read(message, TurnContext(shown=shown))


def judge(turn: Turn, reading: TurnReading) -> TurnVerdict:
    """What is wrong with the reading of a turn."""
    catalog = reader(turn["domain"]).catalog
    request = reading.request()
    read = {plain(str(one)) for one in request.filters if one.field != "id"}
    like = [catalog[item_id].title for item_id in request.like]
    verdict = TurnVerdict()
    used = set(_required(turn, read, request.avoid, verdict))
    never = [plain(one) for one in turn.get("never", ()) if not one.startswith("avoid ")]
    for one in sorted(read - used):
        if _matches(one, never) or not _is_free(one, _free(turn)):
            verdict.invented.append(one)
    verdict.hard_opposite += _hard(turn, read)
    _wishes(turn, reading, like, verdict)
    expected = turn.get("like", ())
    verdict.example += [f"not like {t}" for t in expected if t not in like]
    known = (*expected, *turn.get("maybe_like", ()), *turn.get("unlike", ()))
    verdict.example += [f"like {t}" for t in dict.fromkeys(like) if t not in known]
    verdict.soft_opposite += [f"like {t}" for t in turn.get("unlike", ()) if t in like]
    if reading.act not in turn["act"]:
        verdict.act.append(reading.act)
    targets = [item.id for item in reading.targets]
    if "targets" in turn and targets != turn["targets"]:
        verdict.act.append(f"points at {targets}")
    return verdict


def plain(condition: str) -> str:
    """A filter in one form: no strict bounds, the values of `any_of` sorted."""
    name, op, value = _split(condition)
    if op in ("above", "below") and re.fullmatch(r"[\d.]+", value):
        step = (1 if op == "above" else -1) if name in _WHOLE else 0
        value = f"{float(value) + step:g}"
        op = "at_least" if op == "above" else "at_most"
    if op == "any_of":
        value = "|".join(sorted(value.split("|")))
    return f"{name} {op} {value}".strip()


def fold(text: str) -> str:
    """Case-folded, without accents and hyphens."""
    plain_signs = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(sign for sign in plain_signs if not unicodedata.combining(sign))
    return " ".join(kept.replace("-", " ").replace("’", "'").split())


def _required(turn: Turn, read: set[str], avoid: str, verdict: TurnVerdict) -> Iterator[str]:
    """The filters read that the turn demands; what it misses goes to the verdict."""
    for alternatives in turn.get("must", ()):
        words = "|".join(one[6:] for one in alternatives if one.startswith("avoid "))
        wanted = [plain(one) for one in alternatives if not one.startswith("avoid ")]
        met = [one for one in read if _matches(one, wanted)]
        if met:
            verdict.right += 1
            yield from met
        elif not (words and _stands(words, avoid)):
            verdict.missing.append(wanted[0])


def _wishes(turn: Turn, reading: TurnReading, like: Sequence[str], verdict: TurnVerdict) -> None:
    """Wishes and what is to be avoided: is each where it belongs, on the other side, or lost?"""
    request = reading.request()
    values: dict[bool, list[str]] = {True: [], False: []}
    for one in request.filters:
        values[one.op in ("excludes", "outside")] += _values(one)
    wanted, excluded = (" | ".join(values[out]) for out in (False, True))
    told = " | ".join((*(part.text for part in reading.set_aside), *reading.notices))
    for wish in turn.get("wish", ()):
        word, _, same = wish.partition(" = ")
        held = any(_is_free(plain(str(one)), [plain(same)]) for one in request.filters if same)
        if held or _stands(word, " | ".join((request.text, *like, wanted))):
            continue
        if _stands(word, excluded):
            verdict.hard_opposite.append(f"excludes {word}")
        elif _stands(word, request.avoid):
            verdict.soft_opposite.append(f"avoids {word}")
        elif not _stands(word, told):
            verdict.lost.append(word)
    for word in turn.get("avoid", ()):
        if _stands(word, f"{request.avoid} | {excluded}"):
            continue
        if _stands(word, wanted):
            verdict.hard_opposite.append(f"demands {word}")
        elif _stands(word, request.text):
            verdict.soft_opposite.append(f"wishes {word}")
        elif not _stands(word, told):
            verdict.lost.append(f"not {word}")
    for one in turn.get("never", ()):
        if one.startswith("avoid ") and _stands(one[6:], request.avoid):
            verdict.soft_opposite.append(one)


def _hard(turn: Turn, read: set[str]) -> Iterator[str]:
    """The filters that say the opposite of what is demanded, wished or excluded."""
    demanded = [plain(one) for group in turn.get("must", ()) for one in group]
    allowed = [*demanded, *_free(turn)]
    for one in read:
        name, op, value = _split(one)
        for own, its, theirs in map(_split, allowed):
            common = set(value.split("|")) & set(theirs.split("|"))
            turned = common and (op == "excludes") != (its == "excludes")
            bound = _BOUNDS.get(op) == its and value == theirs and one not in allowed
            if own == name and one not in allowed and (turned or bound):
                yield one
                break


def _free(turn: Turn) -> list[str]:
    """The filters that may be read, those that say a wish among them."""
    same = (wish.partition(" = ")[2] for wish in turn.get("wish", ()))
    return [plain(one) for one in (*turn.get("free", ()), *same) if one]


def _is_free(one: str, patterns: Sequence[str]) -> bool:
    """Whether a filter may be read; `genres *` frees no exclusion."""
    excludes = _split(one)[1] in ("excludes", "outside")
    return _matches(one, [p for p in patterns if not excludes or _split(p)[1] == "excludes"])


def _split(one: str) -> tuple[str, str, str]:
    name, op, value = [*one.split(" ", 2), ""][:3]
    return name, op, value


def _matches(one: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(one, pattern) for pattern in patterns)


def _stands(words: str, text: str) -> bool:
    return any(fold(word) in fold(text) for word in words.split("|"))


def _values(condition: Filter) -> list[str]:
    value = condition.value
    return list(value) if isinstance(value, tuple) else [str(value)]


def _item(row: dict[str, str]) -> Item:
    item_id, title = row.pop("id"), row.pop("title")
    price, language = row.pop("price", ""), row.pop("language", "") or None
    attributes = {
        name: int(cell) if cell.isdigit() else tuple(cell.split("|"))
        for name, cell in row.items()
        if cell
    }
    price_or_none = float(price) if price else None
    return Item(item_id, title, price=price_or_none, language=language, attributes=attributes)


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
