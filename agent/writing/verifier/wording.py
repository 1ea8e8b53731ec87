"""Rules about words: each must be connecting vocabulary or supported by the catalogue's text, and
names and titles are written as there.

Each rule takes a sentence and returns the problem, None where there is none.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from shelftalker.data.field_roles import role_of
from shelftalker.data.values import texts_of
from shelftalker.language.stems import has_chinese, stem, stems_of
from shelftalker.writing.verifier.attribution import role_of_past, sharing_word, subject_of
from shelftalker.writing.verifier.causality import in_order
from shelftalker.writing.verifier.facts import EXACT_ROLES, phrases_of, spellings
from shelftalker.writing.verifier.sentence import ROLE_NOUNS, Sentence, number_of


def vocabulary(s: Sentence) -> str | None:
    """Every word that states something must be in the catalogue's text, in the same order."""
    parts: list[list[str]] = [[]]
    for at, token in enumerate(s.tokens):
        if token.text in _BREAKS:
            parts.append([])
        parts[-1].extend(_unknown(s, at))
    if not any(parts) or _is_supported(s, parts):
        return _role_nouns(s)
    return f"nothing supports {' '.join([word for part in parts for word in part][:4])!r}"


def _unknown(s: Sentence, at: int) -> list[str]:
    """The words of a token that only the catalogue's text can support."""
    token = s.tokens[at]
    if at in s.asked or at in s.denied:
        return []
    if number_of(token) is not None and _only_in_text(s, at):
        return [token.folded]
    if token.kind == "theirs" and subject_of(s, at) < 0:
        return token.text.split()
    if token.kind != "word" or (s.is_connecting(token) and not _is_name(s, at)):
        return []
    return list(token.text) if has_chinese(token.text) else [token.text]


def _only_in_text(s: Sentence, at: int) -> bool:
    number = number_of(s.tokens[at])
    stated = any(number in values for values in s.facts.numbers.values())
    return not stated and s.unit(at) is None and s.is_in_text(at)


def _is_supported(s: Sentence, parts: list[list[str]]) -> bool:
    """Whether the words of each part are in one sentence of the catalogue's text, in their order:
    the same sentence for all parts, or one for each part of several words. Words of a title that
    describes the item may be anywhere."""
    stems = [[w for w in map(stem, part) if w not in s.facts.title_words] for part in parts]
    stated = [part for part in stems if part]
    named = {
        word
        for token in s.tokens
        if token.kind == "fact" and token.roles & EXACT_ROLES
        for word in stems_of(token.text)
    }
    sentences = [one for one in s.facts.text_sentences if named <= set(one)]
    if any(all(in_order(part, sentence) for part in stated) for sentence in sentences):
        return True
    separate = all(len(part) > 1 for part in stated) and not named
    return separate and all(any(in_order(part, one) for one in sentences) for part in stated)


def _is_name(s: Sentence, at: int) -> bool:
    """Whether a word has a capital letter other than at the start."""
    text = s.tokens[at].text
    start = at == 0 or (at == 1 and s.tokens[0].kind == "mark") or s.tokens[at - 1].text in ":："
    return text[0].isupper() and not start


def _role_nouns(s: Sentence) -> str | None:
    """`the director` needs the director's name, or a history item that shares the director."""
    if any(token.kind == "past" for token in s.tokens) and sharing_word(s) is not None:
        return None
    if any(t.kind == "past" and role_of_past(s, at) for at, t in enumerate(s.tokens)):
        return None
    stated = s.stated_roles()
    for token in s.tokens:
        role = role_of(token.folded) if token.kind == "word" else ""
        if token.folded in ROLE_NOUNS and role not in stated:
            return f"it names no {role}"
    return None


def spelling(s: Sentence) -> str | None:
    """Words of names and titles are written as in the catalogue: no `Cranes` of the brand Crane.
    Only the last word of a title may be singular or plural."""
    for at, token in enumerate(s.tokens):
        if token.kind != "word" or at in s.asked or s.is_connecting(token):
            continue
        is_name = stem(token.folded) in s.facts.name_words
        if is_name and s.facts.forms.isdisjoint(spellings(token.folded)):
            return f"the catalogue does not write {token.text!r}"
    for phrase in phrases_of(s.sentence):
        for original in s.facts.title_phrases:
            if (form := _altered_word(phrase, original)) is not None:
                return f"the title does not say {form!r}"
    return None


def _altered_word(phrase: Sequence[str], title: Sequence[str]) -> str | None:
    """The first word that differs in form between a phrase and a title, in a run of three or more
    words with the same stems; the last word of the run may differ. Both in lower case."""
    own, theirs = [stem(word) for word in phrase], [stem(word) for word in title]
    runs = SequenceMatcher(None, own, theirs, autojunk=False).get_matching_blocks()
    for start, place, size in runs:
        pairs = zip(phrase[start : start + size - 1], title[place : place + size - 1], strict=True)
        other = [one for one, two in pairs if spellings(one).isdisjoint(spellings(two))]
        if size > 2 and other:
            return other[0]
    return None


def cut_title(s: Sentence) -> str | None:
    """The part of a title before a colon is not its name: `Ms. Fit` of `Ms. Fit: Yoga Mat`."""
    start, colon, _ = s.facts.item.title.partition(": ")
    plain = " ".join(token.text for token in s.tokens if token.kind == "word")
    words, head = " ".join(stems_of(plain)), " ".join(stems_of(start))
    cut = colon and " " in head and f" {head} " in f" {words} "
    values = {text.casefold() for v in s.facts.item.attributes.values() for text in texts_of(v)}
    return f"it cuts the title at {start!r}" if cut and start.casefold() not in values else None


_BREAKS = frozenset(",;，；")
