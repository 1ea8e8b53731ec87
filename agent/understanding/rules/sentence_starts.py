"""Where a sentence begins without a full stop before: "no war films Looking for a comedy"."""

from collections.abc import Sequence

from shelftalker.language.tokens import Word, words
from shelftalker.understanding.rules.tables import request_words

_SUBJECTS = frozenset(request_words.SUBJECTS)


def begins_anew(tokens: Sequence[Word], place: int) -> bool:
    """Whether a sentence begins with a word without a full stop before. A title has more
    capitals."""
    word, before = tokens[place], tokens[place - 1]
    inside = 0 < place < len(tokens) - 1
    plain = inside and word.text in request_words.FILLER and len(word.text) > 1
    return plain and word.raw.istitle() and before.raw.islower() and tokens[place + 1].raw.islower()


def punctuated(message: str) -> str:
    """The message, of the same length, with full stops where a sentence begins without one, and
    without a "no" that only answers: "no i like dramas"."""
    found = words(message)
    starts = {word.start for at, word in enumerate(found) if begins_anew(found, at)}
    if [word.text for word in found[:1]] == ["no"] and {w.text for w in found[1:2]} & _SUBJECTS:
        message = message[: found[0].start] + "  " + message[found[0].end :]
    return "".join(
        "." if at + 1 in starts and sign == " " else sign for at, sign in enumerate(message)
    )
