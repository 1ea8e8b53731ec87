"""Hooks: short selling texts about an item that any reader may see, written ahead.

They are kept in `domains/D/hooks/hooks.jsonl`, one row an attempt, under a hash of the item's
content: a changed item has no hooks until it is prepared again. `prepare` writes them.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from shelftalker.data.catalog import Item
from shelftalker.errors import InputError
from shelftalker.language.stems import stems_of
from shelftalker.writing.verifier.unsafe import unsafe_words
from shelftalker.writing.verifier.words_of import pattern

Status = Literal["new", "approved", "rejected"]
_STATUS: Mapping[str, Status] = {one: one for one in get_args(Status)}
COLUMNS = ("id", "item", "title", "status", "source", "angle", "text")
"""Of the CSV that people edit."""


@dataclass(frozen=True, slots=True)
class Facet:
    """What an item's text says on one side of it, with the characters that say so."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hook:
    """One text about an item. `content`: hash of the item as it was; `evidence`: the values and
    words of the row that the verifier found in it; `use`: the share of its words from the item's
    own text; `small`: by a small model (read by hand, 6 in 10 of its texts were worth printing):
    shown once a person has passed it, and only where the catalogue has no sentence of its own to
    show. An empty `text` records that an item was tried and none passed."""

    item: str
    content: str
    text: str
    angle: str = ""
    source: Literal["prepared", "human"] = "prepared"
    status: Status = "new"
    engine: str = ""
    prompt: str = ""
    verifier: str = ""
    evidence: tuple[str, ...] = ()
    use: float = 0.0
    small: bool = False
    facets: tuple[Facet, ...] = field(default=())

    @property
    def id(self) -> str:
        """Names the hook in the CSV and for `approve` and `reject`."""
        return hashlib.sha256(f"{self.item}\n{self.text}".encode()).hexdigest()[:10]


def content_hash(item: Item) -> str:
    """Hash of what hooks may rest on: the item's facts, but its price, which changes daily."""
    facts = {name: value for name, value in item.facts().items() if name != "price"}
    whole = json.dumps([item.id, facts], default=str, ensure_ascii=False)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def offer_in(text: str, price: float | None = None) -> str:
    """A promise, a price or a word on stock, delivery or returns, which no model's text may hold;
    empty where there is none. `price`: the item's. Unsafe words count too."""
    match = pattern("offers").search(text)
    if match is None and price is not None:
        forms = {f"{price:g}", f"{price:.2f}", f"{price:.2f}".replace(".", ",")}
        amount = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
        match = re.search(rf"(?<![\d.])(?:{amount})(?![\d.,]*\d)", text)
    return match.group() if match else unsafe_words().found(text) or ""


class HookStore:
    """The hooks of one domain. Rows are appended; a row replaces an earlier one with its id."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "hooks.jsonl"
        self._changed = -1
        self._by_item: dict[str, dict[str, Hook]] = {}

    def of(self, item: Item) -> list[Hook]:
        """The hooks that fit the item as it is now, best first; rejected ones too."""
        shown = (hook for hook in self._rows(item) if hook.text)
        return sorted(shown, key=lambda h: (h.source != "human", h.small, -h.use))

    def tried(self, item: Item, prompt: str) -> bool:
        """Whether the item, as it is now, has been written about with this prompt."""
        return any(hook.prompt in (prompt, "") for hook in self._rows(item))

    def _rows(self, item: Item) -> list[Hook]:
        self._reload()
        rows = self._by_item.get(item.id, {}).values()
        content = content_hash(item) if rows else ""
        return [hook for hook in rows if hook.content == content]

    def awaiting(self, approval: bool | None) -> int:
        """How many hooks are shown only once a person has passed them; as in `best_hook`."""
        return sum(h.status == "new" and waits(h, approval) for h in self.all())

    def all(self) -> list[Hook]:
        """Every hook with a text, in the order of writing."""
        self._reload()
        return [hook for rows in self._by_item.values() for hook in rows.values() if hook.text]

    def add(self, hooks: Iterable[Hook]) -> None:
        """Append rows; when this returns they are in the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(asdict(h), ensure_ascii=False) + "\n" for h in hooks)

    def review(self, ids: Sequence[str], status: Status) -> int:
        """Approve or reject hooks; `["all"]` approves all but rejected ones. Returns their number.
        Raises `InputError` for an unknown id."""
        known = {hook.id: hook for hook in self.all()}
        every = [one for one, h in known.items() if status == "rejected" or h.status != "rejected"]
        chosen = every if list(ids) == ["all"] else list(ids)
        if unknown := [one for one in chosen if one not in known]:
            raise InputError(f"no hook {', '.join(unknown)}; see: shelftalker hooks DIR export")
        self.add(replace(known[one], status=status) for one in chosen)
        return len(chosen)

    def export_csv(self, path: Path, titles: Mapping[str, str]) -> int:
        """Write all hooks as a CSV for people. Returns their number."""
        rows = self.all()
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            for h in rows:
                title = titles.get(h.item, "")
                writer.writerow((h.id, h.item, title, h.status, h.source, h.angle, h.text))
        return len(rows)

    def import_csv(self, path: Path, items: Mapping[str, Item]) -> tuple[int, list[str]]:
        """Read an edited CSV: a changed or new text becomes a human's, which is trusted, but for
        promises and unsafe words. Returns how many rows were taken, and why others were not."""
        known = {hook.id: hook for hook in self.all()}
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source)
            if missing := {"id", "item", "text"} - set(reader.fieldnames or ()):
                raise InputError(f"{path} lacks the columns {', '.join(sorted(missing))}")
            rows = list(reader)
        taken: list[Hook] = []
        refused: list[str] = []
        for number, row in enumerate(rows, 2):
            hook = known.get(row["id"])
            text, status = row["text"].strip(), _STATUS.get(row.get("status") or "new")
            if status is None:
                given, allowed = row.get("status"), ", ".join(_STATUS)
                refused.append(f"line {number}: status {given!r}; allowed: {allowed}")
            elif row["item"] not in items:
                refused.append(f"line {number}: no item {row['item']!r}")
            elif word := offer_in(text):
                refused.append(f"line {number}: a text may not promise or say {word!r}")
            elif hook and text == hook.text:
                taken += [replace(hook, status=status)] if status != hook.status else []
            elif text:
                item = items[row["item"]]
                taken += [replace(hook, status="rejected")] if hook else []
                taken.append(Hook(item.id, content_hash(item), text, row.get("angle") or "",
                                  "human", "approved"))  # fmt: skip
        self.add(taken)
        return len(taken), refused

    def _reload(self) -> None:
        try:
            changed = self.file.stat().st_size
        except FileNotFoundError:
            changed = 0
        if changed == self._changed:
            return
        by_item: dict[str, dict[str, Hook]] = {}
        for line in self.file.read_text(encoding="utf-8").splitlines() if changed else ():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue  # the last row of a run that was killed
            facets = tuple(Facet(**facet) for facet in row.pop("facets"))
            hook = Hook(**{**row, "evidence": tuple(row["evidence"]), "facets": facets})
            by_item.setdefault(hook.item, {})[hook.id] = hook
        self._by_item, self._changed = by_item, changed


def waits(hook: Hook, approval: bool | None) -> bool:
    """Whether a hook is shown only once a person has passed it. `approval` None: those of a small
    model."""
    return hook.small if approval is None else approval


def best_hook(
    hooks: Sequence[Hook],
    asked: str,
    liked: Sequence[Item],
    *,
    approval: bool | None,
    variant: int = 0,
) -> Hook | None:
    """The hook for a visitor: none of a `small` model that nobody has passed where there is
    another, then nearest to the words of the request, to what they liked; `variant` turns among
    equals. `approval`: as in `waits`."""
    fit = [
        h for h in hooks if h.status == "approved" or (h.status == "new" and not waits(h, approval))
    ]
    if not fit:
        return None
    wanted = set(stems_of(asked))
    words = {word for item in liked for word in stems_of(item.embedding_text())}

    def fits(hook: Hook) -> tuple[bool, int, float]:
        own = set(stems_of(hook.text))
        fine = not hook.small or hook.status == "approved"
        return fine, len(own & wanted), len(own & words) / (len(own) or 1)

    fitting = [fits(hook) for hook in fit]
    equals = [hook for hook, own in zip(fit, fitting, strict=True) if own == max(fitting)]
    return equals[variant % len(equals)]
