"""Random conversations in the catalogue's own words: does a card ever break what was ruled out?

python -m shelftalker.eval.bench.conversations demo \
    --count 500 --out eval/results/conversations.json

Two readings of "ruled out" are checked on every card. One is the page's: the chips that stand. The
other is the visitor's own: a value that was ruled out by name must not come back until that very
word is asked for, the turn is undone or the conversation starts over; an item that was refused or
is known must not come back at all. The second does not trust the chips, nor the reader behind them.
"""

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation
from shelftalker.data.catalog import Item
from shelftalker.data.filters import allowed
from shelftalker.eval.bench.options import script_parser
from shelftalker.eval.result import Result, ResultRow, provenance
from shelftalker.language.tokens import phrase
from shelftalker.recommender import Recommender
from shelftalker.serving.domain import Domain
from shelftalker.store.atomic import replace_file

VERSION = 1
TURNS = 6
EXCLUSION_PHRASES = ("no {}", "nothing with {}", "not {} please", "a film, but no {}", "without {}")
DEMAND_PHRASES = (
    "a {}",
    "{} instead",
    "also {}",
    "something with {}",
    "the second one but {}",
    "{}",
)
SOFT_PHRASES = ("more {}", "less {}", "not too {}")
REFUSAL_MESSAGES = {
    "not the second one": 1,
    "I've seen the first one": 0,
    "I don't like the last one": -1,
}
OTHER_MESSAGES = (
    "cheaper", "shorter", "longer", "newer", "older", "something else", "surprise me", "why?",
    "I like the third one", "I'll take it", "thanks", "more like the first one", "'95",
    "under 100 minutes", "not from the eighties", "after 1990", "between 1960 and 1985",
    "start over", "undo", "undo",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the catalogue, by its field."""

    field: str
    text: str

    @property
    def words(self) -> frozenset[str]:
        """What a message that names it says."""
        return frozenset(phrase(self.text))

    def on(self, item: Item) -> bool:
        """Does the item bear it?"""
        held = item.attributes.get(self.field)
        values = held if isinstance(held, tuple) else (str(held),)
        return self.text.casefold() in {str(value).casefold() for value in values}


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What a visitor remembers to have ruled out."""

    values: tuple[Value, ...] = ()
    items: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Violation:
    """A card that should not have been there. `said` are all messages up to it."""

    said: tuple[str, ...]
    title: str
    why: str


@dataclass
class ConversationTally:
    """What so many conversations came to."""

    conversations: int = 0
    turns: int = 0
    with_cards: int = 0
    cards: int = 0
    ruled_out: int = 0
    breaches: list[Violation] = field(default_factory=list)


@dataclass
class Visitor:
    """Somebody who says random things and remembers what they ruled out, turn by turn."""

    conversation: Conversation
    vocabulary: Sequence[Value]
    rng: random.Random
    said: list[str] = field(default_factory=list)
    ruled_out: int = 0
    memory: list[Exclusions] = field(default_factory=lambda: [Exclusions()])

    def speaks(self) -> str:
        """The next message, remembered with what it rules out."""
        shown = [card.item.id for card in self.conversation.cards]
        value, now = self.rng.choice(self.vocabulary), self.memory[-1]
        kind = self.rng.choice(("out", "out", "in", "in", "soft", "refuse", "plain", "plain"))
        if kind == "out":
            message = self.rng.choice(EXCLUSION_PHRASES).format(value.text)
            now = Exclusions((*now.values, value), now.items)
            self.ruled_out += 1
        elif kind in ("in", "soft"):
            message = self.rng.choice(DEMAND_PHRASES if kind == "in" else SOFT_PHRASES).format(
                value.text
            )
            kept = tuple(v for v in now.values if not v.words & value.words)
            now = Exclusions(kept, now.items)
        elif kind == "refuse":
            message, place = self.rng.choice(list(REFUSAL_MESSAGES.items()))
            if place < len(shown):
                now = Exclusions(now.values, now.items | {*shown[place:][:1]})
        else:
            message = self.rng.choice(OTHER_MESSAGES)
        if message == "undo":
            del self.memory[max(1, len(self.memory) - 1) :]
        else:
            self.memory.append(Exclusions((), now.items) if message == "start over" else now)
        self.said.append(message)
        return message

    def breaches(self, domain: Domain) -> list[Violation]:
        """The cards of the last turn that break a chip, or what was ruled out."""
        turn = self.conversation.turns[-1] if self.conversation.turns else None
        items = [card.item for card in turn.cards.values()] if turn else []
        fit = allowed(domain.catalog, self.conversation.taste.filters)
        found = []
        for item in items:
            why = [f"ruled out: {v.text}" for v in self.memory[-1].values if v.on(item)]
            why += ["refused before"] if item.id in self.memory[-1].items else []
            why += [] if fit[domain.catalog.row(item.id)] else ["breaks a chip"]
            found += [Violation(tuple(self.said), item.title, reason) for reason in why]
        return found


def vocabulary(domain: Domain) -> list[Value]:
    """The values that conversations are made of: kinds and names that at least two items bear."""
    words = domain.reader.vocabulary
    entries = [e for es in (*words.categories.values(), *words.names.values()) for e in es]
    kept = {Value(e.field, e.value) for e in entries if not e.tied and e.rows >= 2}
    return sorted(kept, key=lambda value: (value.field, value.text))


async def talk(
    recommender: Recommender,
    count: int,
    *,
    domain: str | None = None,
    turns: int = TURNS,
    seed: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> ConversationTally:
    """So many conversations, each of a visitor of its own. Marks go into the workspace's log."""
    serving, tally, assistant = (
        recommender.domain(domain),
        ConversationTally(),
        Assistant(recommender),
    )
    words = vocabulary(serving)
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        visitor = Visitor(assistant.begin(domain=serving.name), words, rng)
        for _ in range(turns):
            async for turn in assistant.say(visitor.conversation, visitor.speaks()):
                last = turn
            tally.turns += 1
            tally.with_cards += bool(last.cards)
            tally.cards += len(last.cards)
            tally.breaches += visitor.breaches(serving)
        tally.ruled_out += visitor.ruled_out
        tally.conversations += 1
        progress(number + 1)
    return tally


def result(
    tally: ConversationTally, recommender: Recommender, domain: str, seed: int, start: float
) -> Result:
    """The tally as it is committed."""
    serving = recommender.domain(domain)
    facts = {
        "data": f"{serving.name}: {len(serving.catalog)} items",
        "split": "none",
        "seed": seed,
        "engine": "none",
        "scorer": serving.scorer_version,
    }
    values: dict[str, float] = {
        "conversations": tally.conversations,
        "turns": tally.turns,
        "turns with cards": tally.with_cards,
        "cards": tally.cards,
        "values ruled out": tally.ruled_out,
        "violations": len(tally.breaches),
    }
    flags = [f"{b.title}: {b.why}, after {' | '.join(b.said)}" for b in tally.breaches[:20]]
    return Result(
        task="conversations",
        version=VERSION,
        kind="conversations",
        n=tally.conversations,
        provenance=provenance(facts, time.perf_counter() - start),
        rows=[ResultRow(system="chat", values=values)],
        flags=flags,
    )


def main() -> None:
    """Talk to a copy of a workspace, print what came of it, write it where asked."""
    options = _options()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        place = shutil.copytree(options.workspace, Path(folder) / "ws")
        with Recommender.open(place, engine="none") as recommender:
            name = recommender.domain(options.domain).name

            def show(done: int) -> None:
                if done % 50 == 0:
                    print(f"  {done}/{options.count} conversations", flush=True)

            work = talk(recommender, options.count, domain=name, seed=options.seed, progress=show)
            found = result(asyncio.run(work), recommender, name, options.seed, start)
    text = found.model_dump_json(indent=1, exclude={"samples"})
    print(text)
    if options.out:
        replace_file(options.out, f"{text}\n".encode())


def _options() -> argparse.Namespace:
    parser = script_parser(__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--domain")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="also write the result into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
