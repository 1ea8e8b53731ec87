"""Whether the residue of a sentence is plainly harmless: connecting vocabulary, and words that the
catalogue's text has in the same order. What is more than that, the model of the residue judges.
"""

from collections.abc import Sequence

from shelftalker.language.stems import has_chinese, stem, stems_of
from shelftalker.writing.verifier.facts import EXACT_ROLES
from shelftalker.writing.verifier.reading import Reading

_BREAKS = frozenset(",;，；")


def wording_problem(r: Reading) -> str:
    """The first words that neither the vocabulary nor the catalogue's text explains; empty where
    there are none."""
    open_ = set(r.open)
    parts: list[list[str]] = [[]]
    for at, token in enumerate(r.tokens):
        if token.text in _BREAKS:
            parts.append([])
        if at in open_ and token.folded in r.words["denying"]:
            return f"it denies something ({token.text})"
        if token.folded == "your" and r.tokens[at + 1 : at + 2] and r.tokens[at + 1].kind == "fact":
            return f"it may say what the user's is ({r.tokens[at + 1].text})"
        if token.kind == "number" and at not in r.covered:
            return f"no row says {token.text}"
        events = {word for words in r.words.by("events").values() for word in words}
        if at in open_ and token.folded in events - r.words["words"]:
            parts[-1].append(token.text)
        elif at in open_ and (not r.is_connecting(token) or r.is_name(at)):
            parts[-1] += list(token.text) if has_chinese(token.text) else token.text.split()
    if not any(parts) or _is_supported(r, parts):
        return ""
    return f"nothing supports {' '.join([word for part in parts for word in part][:4])!r}"


def _is_supported(r: Reading, parts: Sequence[Sequence[str]]) -> bool:
    """Whether the words of each part are in one sentence of the catalogue's text, in their order:
    the same sentence for all parts, or one for each part of several words. Words of a title that
    describes the item may be anywhere."""
    stems = [[w for w in map(stem, part) if w not in r.facts.title_words] for part in parts]
    stated = [part for part in stems if part]
    named = {
        word
        for token in r.tokens
        if token.kind == "fact" and token.roles & EXACT_ROLES
        for word in stems_of(token.text)
    }
    sentences = [one for one in r.facts.text_sentences if named <= set(one)]
    if any(all(in_order(part, sentence) for part in stated) for sentence in sentences):
        return True
    separate = all(len(part) > 1 for part in stated) and not named
    return separate and all(any(in_order(part, one) for one in sentences) for part in stated)


def in_order(words: Sequence[str], sentence: Sequence[str]) -> bool:
    """Whether the words occur in a sentence, in their order."""
    rest = iter(sentence)
    return all(word in rest for word in words)
