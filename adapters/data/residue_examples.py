"""Examples for the model of the residue (`writing/verifier/residue.py`): a row, a sentence, and the
spans that state what the row does not say.

From the corpus: true sentences, and false ones with the place of the change. Made by programme: the
sentences of the items' own texts, whole and with a word exchanged, and true sentences beside
the row of another item. From `wording`: sentences that claim nothing, and invented ones.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from shelftalker.adapters.data.corpus_texts import plain_hooks
from shelftalker.adapters.data.style_corpus import CORPUS, CorpusCatalog, CorpusSentence
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.facts import PICK
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.residue import Masked, masked

WORDING = CORPUS.parent / "wording.en.yaml"


@dataclass(frozen=True, slots=True)
class ResidueExample:
    """`bad`: positions of the tokens that state something unsupported; empty in a false sentence
    whose place is not known. `pair`, `kind`: as in `CorpusSentence`."""

    masked: Masked
    false: bool
    bad: frozenset[int] = frozenset()
    pair: str = ""
    kind: str = ""


def of_corpus(catalogue: CorpusCatalog) -> Iterator[ResidueExample]:
    """The corpus' own sentences, of a false one those whose change is no claim; plain hooks too."""
    for sentence in catalogue.sentences():
        reading = sentence.grounds.read(sentence.text)
        if sentence.true:
            yield ResidueExample(masked(reading), False, pair=sentence.pair)
        elif found := _changed(sentence, reading):
            yield found
    for row in plain_hooks(catalogue.slug):
        grounds = catalogue.grounds(row["item"])
        for text in sentences_of(row["text"]):
            yield ResidueExample(masked(grounds.read(text)), False)


def _changed(sentence: CorpusSentence, reading: Reading) -> ResidueExample | None:
    start, end = sentence.changed
    inside = reading.places(start, max(end, start + 1))
    taken = masked(reading)
    bad = frozenset(inside) & taken.residue
    if inside and not bad:
        return None  # the claims hold it, so no word of the residue is to blame
    return ResidueExample(taken, True, bad, sentence.pair, sentence.kind)


def made(catalogue: CorpusCatalog, rng: random.Random) -> Iterator[ResidueExample]:
    """Examples made by programme from one catalogue."""
    items = list(catalogue.items)
    for name in items:
        grounds = catalogue.grounds(name)
        other = catalogue.grounds(rng.choice([n for n in items if n != name]))
        for text in sentences_of(grounds.facts.item.text):
            reading = grounds.read(text)
            yield ResidueExample(masked(reading), False)
            if exchanged := _exchanged(grounds, other, text, rng):
                yield exchanged
    for sentence in catalogue.sentences():
        if sentence.true and rng.random() < 0.3:
            name = rng.choice(items)
            if found := _beside(sentence, catalogue.grounds(name)):
                yield found


def _exchanged(
    grounds: Grounds, other: Grounds, text: str, rng: random.Random
) -> ResidueExample | None:
    """One content word becomes a word of another item's text."""
    reading = grounds.read(text)
    tokens, sentence = reading.tokens, reading.sentence
    residue = sorted(masked(reading).residue)
    words = [n for n in residue if len(tokens[n].text) > 3 and tokens[n].kind == "word"]
    plain = (w for w in other.facts.item.text.split() if w.isalpha() and w.islower())
    foreign = [w for w in plain if len(w) > 4 and stem(w) not in grounds.facts.row_words]
    if not words or not foreign:
        return None
    token, word = tokens[rng.choice(words)], rng.choice(foreign)
    changed = sentence[: token.start] + word + sentence[token.start + len(token.text) :]
    again = grounds.read(changed)
    taken = masked(again)
    bad = frozenset(again.places(token.start, token.start + len(word))) & taken.residue
    return ResidueExample(taken, True, bad) if bad else None


def _beside(sentence: CorpusSentence, grounds: Grounds) -> ResidueExample | None:
    """A true sentence beside the row of another item: what only its own row says is bad."""
    own = sentence.grounds.facts.row_words
    reading = grounds.read(sentence.text)
    taken = masked(reading)
    bad = frozenset(
        n for n in taken.residue
        if (word := stem(reading.folded(n))) in own and word not in grounds.facts.row_words
        and len(word) > 3
    )  # fmt: skip
    return ResidueExample(taken, True, bad) if bad else None


def of_wording(catalogues: Sequence[CorpusCatalog], rng: random.Random) -> Iterator[ResidueExample]:
    """Sentences that claim nothing and invented ones, each beside the rows of two items of a domain
    that they suit."""
    rows = yaml.safe_load(WORDING.read_text(encoding="utf-8"))
    for domain, by_kind in rows.items():
        suiting = [c for c in catalogues if (c.head["domain"] == "shops") == (domain == "shops")
                   and (domain != "films" or c.head["domain"] == "films")]  # fmt: skip
        for kind, texts in by_kind.items():
            for text in texts:
                for catalogue in rng.sample(suiting, min(2, len(suiting))):
                    reading = catalogue.grounds(rng.choice(list(catalogue.items))).read(text)
                    words = stems_of(reading.facts.row(PICK).text)
                    taken = masked(reading)
                    bad = frozenset(
                        n for n in taken.residue
                        if len(reading.folded(n)) > 3 and stem(reading.folded(n)) not in words
                    )  # fmt: skip
                    false = kind == "invented"
                    yield ResidueExample(
                        taken, false, frozenset() if not false or len(bad) > 3 else bad
                    )
