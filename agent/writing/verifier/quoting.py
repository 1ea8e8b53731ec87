"""Which of a catalogue's own texts and values may be quoted: plain statements about the item.

Descriptions are untrusted data. Text that addresses the reader or a model, gives instructions, asks
questions or looks like code is never quoted and supports no sentence, so that a catalogue entry
cannot put its own words on a card. A value that reads like a sentence is not used either.
"""

import re
import unicodedata

from shelftalker.writing.verifier.unsafe import unsafe_words
from shelftalker.writing.verifier.words_of import pattern, words_of

MAX_VALUE_LENGTH = 60
"""Characters of one attribute value that may be used in a text."""

_WORDS = words_of("quoting")
_PRONOUNS = pattern("pronouns")
_INSTRUCTIONS = pattern("instructions")
_ADDRESS = pattern("address")
_DUTIES = pattern("duties")
_INJECTION = pattern("injection")
_TASK_VERBS = pattern("task_verbs")
_PROMOTION = pattern("promotion")
_DEPENDENT = pattern("dependent")
_ENCODED = re.compile(r"[0-9a-f]{24}|[a-z0-9+/=_]{40}|[01]{8}", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+|[-–]\d+)?")
_MIXED_DIRECTION = re.compile(r"[A-Za-z][\u0590-\u06ff]|[\u0590-\u06ff][A-Za-z]")
_CODE = re.compile(
    r"[{}<>|\\`=$^~#@\[\]]|\(\)|::|//|(?<! )--|--(?! )|&&|\w\.\w+\(|\w\(|;\s*\w+ |"
    r"\.(?:exe|py|js|php|com|org|co\.uk)\b"
)
_YOUR = re.compile(
    r"\byour\b|\b(?:lets?|allows?|helps?|gives?|keeps?|enables?|makes?) you\b|"
    r"\byou (?:can|need|may)\b",
    re.IGNORECASE,
)
"""`Keeps your desk tidy` is said of the item; only the other words speak to the reader."""
_WITHOUT = re.compile(r"\b[\w-]+[- ]free\b|\bfree (?:from|of)\b", re.IGNORECASE)
"""`Free from lead` offers nothing free of charge."""
_RUN_ON = re.compile(r"[^\s.!?:;,\"“(–—/-]\s(?:The|It|This|These|They)\s")
"""Two sentences without a mark between them."""
_FIRST = re.compile(r"[\"“'(]*([^\W\d_]+(?:-[^\W\d_]+)*)")
"""The first word; `open-back` is no order."""
_ODD_START = re.compile(r"[a-z]\d[a-z]|^\W|^\w+( \w+)?:", re.IGNORECASE)


def is_presentable(sentence: str) -> bool:
    """Whether a sentence of the catalogue's text may be shown unchanged: a plain statement, no
    slogan, that does not lean on another one."""
    text = sentence.strip()
    if not is_plain_statement(text) or text.endswith("!") or _RUN_ON.search(text):
        return False
    return not (_has_foreign(text) or promotes(text) or _DEPENDENT.search(text)) and _is_prose(text)


def _is_prose(text: str) -> bool:
    """Whether most words are neither numbers nor in capital letters."""
    words: list[str] = re.findall(r"[^\W\d_]{4,}", text)
    odd = [word for word in words if word.isupper()] + re.findall(r"\d{3,}", text)
    return 3 * len(odd) <= 2 * len(words)


def is_story(sentence: str) -> bool:
    """Whether a sentence tells what an item is about, and may be shown unchanged. It may deny
    things and speak of duties and secrets, as stories do: `a boy must find his father`, but not of
    both duties and what is told to models."""
    text = sentence.strip().replace("; ", ", ")
    if not _plain(text) or _has_foreign(text) or unsafe_words().found(text):
        return False
    first = _FIRST.match(text)
    opens = first.group(1) if first else ""
    if opens.islower() or text.endswith(("?", "!", ":", "...")) or _ODD_START.search(text):
        return False
    when = opens in ("When", "What", "Who", "Why") and "," in text
    if opens.casefold() in _WORDS["imperatives"] and not when and not _two_names(text):
        return False
    rest = _TOLD.sub("", text)
    if not _is_prose(text) or _RUN_ON.search(text) or _PRONOUNS.search(_NAMED_US.sub("", rest)):
        return False
    if _INSTRUCTIONS.search(rest) or _CODE.search(rest) or _TRADE.search(text):
        return False
    return not (_DUTIES.search(text) and rest != text)


MIN_DENYING_WORDS = 12
"""In a sentence that denies something; a shorter one answers another, or a request."""
_TOLD = re.compile(
    r"\b(?:secrets?|system|reveal\w*|forget|permission|granted|assistant|leaks?|root|"
    r"ignor(?:ed|es|ing))\b",
    re.IGNORECASE,
)
"""Words of stories that an order to a model has too."""
_NAMED_US = re.compile(r"\bUS\b|\bamong us\b")
_TRADE = re.compile(
    r"\b(?:recommend\w*|customers?|visitors?|users?|readers?|viewers? (?:must|should)|shipping|"
    r"refunds?|guarantee\w*|warrant(?:y|ies)|discount\w*)\b",
    re.IGNORECASE,
)


def promotes(sentence: str) -> bool:
    """Whether a sentence praises or promises: `perfect`, `best`, `free`."""
    return _PROMOTION.search(_WITHOUT.sub("", sentence)) is not None


def is_short_denial(sentence: str) -> bool:
    """Whether a sentence denies something in few words: it answers a question."""
    return len(sentence.split()) < MIN_DENYING_WORDS and _DEPENDENT.search(sentence) is not None


def free_of_injection(text: str) -> bool:
    """Whether a catalogue text may be quoted at all. One with an instruction to a model or with
    encoded content was written for a model, so its harmless sentences are not used either."""
    return not (_INJECTION.search(text) or _ENCODED.search(text))


def is_plain_statement(sentence: str) -> bool:
    """Whether a sentence of the catalogue's text is a plain statement."""
    text = sentence.strip()
    if not _plain(text):
        return False
    spoken_to = _PRONOUNS.search(_YOUR.sub("", text)) or is_order_to_a_model(text)
    if spoken_to or suspicious(text) or text.endswith(("?", "？", ":", "...")):
        return False
    first = _FIRST.match(text)
    if first is None:
        return bool(re.match(r"\d", text)) or not text.isascii()
    if first[1].casefold() in _WORDS["imperatives"]:
        return _two_names(text)
    cut = first[1].isascii() and first[1].islower()  # the end of a text
    return not cut and not _ODD_START.search(text)


def foreign_character(char: str) -> bool:
    """Whether a character is hidden, or a letter of a script other than Latin and Chinese."""
    if ord(char) < 128:
        return False
    kind = unicodedata.category(char)
    letter = kind[0] in "LM" and not _SCRIPTS.match(unicodedata.name(char, ""))
    return letter or kind in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def _has_foreign(text: str) -> bool:
    return not text.isascii() and any(map(foreign_character, text))


_SCRIPTS = re.compile("LATIN|CJK UNIFIED|MODIFIER|COMBINING")


def is_order(sentence: str) -> bool:
    """Whether a sentence of the catalogue's text tells a reader or a model what to do or be: not
    even a part of it is repeated."""
    text = sentence.strip()
    first = _FIRST.match(text)
    orders = first is not None and first.group(1).casefold() in _WORDS["imperatives"]
    orders = (orders and not _two_names(text)) or _TASK_VERBS.match(text) is not None
    return orders or suspicious(text) or _ADDRESS.search(text) is not None


def is_order_to_a_model(text: str) -> bool:
    """Whether a sentence of a request, which may well be an order, is meant for a model."""
    return bool(_INSTRUCTIONS.search(text) or _ADDRESS.search(text))


def suspicious(text: str) -> bool:
    """Whether a text of a catalogue contains instructions, code or unsafe words."""
    return bool(
        _DUTIES.search(text) or _CODE.search(text) or unsafe_words().found(text) or is_hostile(text)
    )


def is_hostile(text: str) -> bool:
    """Whether a text of any writer contains words to a model or code; `should` is no such word."""
    prose = text.replace("; ", ", ")
    return bool(_INSTRUCTIONS.search(text) or _CODE.search(prose))


def is_plain_value(value: str) -> bool:
    """Whether an attribute value is short and plain enough to be used in a text. A name of up to
    three words may contain words that a sentence may not: bands have all kinds of names."""
    plain = value.strip()
    words = len(plain.split())
    if not 0 < len(plain) <= MAX_VALUE_LENGTH or words > 8 or not plain.isprintable():
        return False
    if not _plain(plain) or _CODE.search(plain) or _INJECTION.search(plain):
        return False
    told = re.search(r"[^\W\d_]", plain) or _NUMBER.fullmatch(plain)
    if not told or _MIXED_DIRECTION.search(plain):
        return False
    speech = any(one.search(plain) for one in (_PRONOUNS, _INSTRUCTIONS, _DUTIES))
    speech = speech or bool(_TASK_VERBS.match(plain)) or plain.endswith((".", "?", "!"))
    return words <= 3 or not speech


def _plain(text: str) -> bool:
    """Whether it is mostly ordinary letters, not disguised (full-width, encoded, drawn)."""
    letters = len(text) - len(_NO_LETTER.findall(text))
    longest = max(map(len, re.findall(r"[!-~]+", text)), default=0)
    plain = text.translate(_CHINESE_MARKS)
    disguised = unicodedata.normalize("NFKC", plain) != plain
    encoded = _ENCODED.search(text)
    return not disguised and not encoded and letters >= 0.8 * len(text) and longest <= 40


_NO_LETTER = re.compile(r"[^\w .,'’&()-]|_")
_CHINESE_MARKS = dict.fromkeys(map(ord, "，：；！？（）"), ",")
"""Full-width marks of ordinary Chinese, which hide nothing."""


def _two_names(text: str) -> bool:
    """Whether a name only looks like an instruction: `Mark Vale follows a thief`."""
    words = text.split()
    return len(words) > 2 and words[0][:1].isupper() and words[1][:1].isupper()
