"""What the words around a name say of it: its role, a comparison, a language."""

from collections.abc import Sequence

from shelftalker.language.tokens import Word
from shelftalker.understanding.rules import request_words
from shelftalker.understanding.rules.cues import cue


def is_compared(tokens: Sequence[Word], text: str, first: int) -> bool:
    """Whether the name follows "like", which makes it an example instead of a demand."""
    after = tokens[first + 1] if first + 1 < len(tokens) else None
    if after and after.text in ("like", "style", "esque"):
        return text[tokens[first].end : after.start] == "-"
    if first and tokens[first - 1].text in ("like", "liked", "loved", "enjoyed"):
        subject = tokens[first - 2].text if first > 1 else ""
        return subject not in ("i", "we")
    if first and tokens[first - 1].text in ("a", "an", "the"):
        return is_compared(tokens, text, first - 1)
    return any(cue(tokens, first - n, request_words.LIKE) == n for n in (1, 2, 3) if n <= first)


def names_language(tokens: Sequence[Word], first: int, length: int) -> bool:
    """ "in French", "French-language", "auf Deutsch", "用英语"."""
    before = tokens[first - 1].text if first else ""
    after = tokens[first + length].text if first + length < len(tokens) else ""
    marked = after in ("language", "speaking", "spoken", "sprachig", "语")
    return marked or before in ("in", "auf", "en", "speak", "spoken", "语", "用")


def role_before(tokens: Sequence[Word], first: int) -> str:
    """ "by" or "with" by the words before a name, looking past another name ("and")."""
    for back in (1, 2, 3):
        start = first - back
        if start < 0:
            break
        if cue(tokens, start, request_words.WITH) == back:
            return "with"
        if cue(tokens, start, request_words.BY) == back:
            return "by"
    return ""


def in_a_word(tokens: Sequence[Word], taken: Sequence[bool], first: int, length: int) -> bool:
    """Whether a single Chinese sign is part of a longer word: 纸 in 卫生纸, 男 in 男主角."""
    sign = tokens[first]
    if length > 1 or sign.text.isascii():
        return False
    before, after = tokens[first - 1 : first], tokens[first + 1 : first + 2]
    led = any(
        word.end == sign.start
        and not word.text.isascii()
        and word.text not in "的色要买找款"
        and not taken[first - 1]
        for word in before
    )
    return (led and sign.text not in "男女") or any(
        word.text in "人主生性友演星孩" for word in after
    )
