"""Which of a catalogue's own texts and values may be quoted: plain statements about the item.

Descriptions are untrusted data. Text that addresses the reader or a model, gives instructions, asks
questions or looks like code is never quoted and supports no sentence, so that a catalogue entry
cannot put its own words on a card. A value that reads like a sentence is not used either.
"""

import re
import unicodedata

from shelftalker.writing.verifier.unsafe import unsafe_words
from shelftalker.writing.verifier.words_of import words_of

MAX_VALUE_LENGTH = 60
"""Characters of one attribute value that may be used in a text."""

_WORDS = words_of("quoting")
_PRONOUNS = re.compile(
    r"\b(you|your|yours|yourself|i|me|my|mine|we|us|our|let's|please|du|dich|dein|sie|ihr|tu|te|"
    r"vous|votre|voi|tuo|usted|su)\b|[你您我请們们]",
    re.IGNORECASE,
)
_INSTRUCTIONS = re.compile(
    r"\b(ignor\w*|disregard\w*|forget|override|overrid\w*|bypass\w*|vergiss|olvida\w*|oubli\w*|"
    r"dimentica\w*|instruct\w*|istruzion\w*|anweisung\w*|instruccion\w*|prompts?|jailbreak\w*|"
    r"your (?:response|reply|answer|message|output|text|words|letters)|the user|pretend|uncensored|"
    r"system|assistant|chatbot|language model|llm|gpt\w*|openai|an ai|ai|developer mode|"
    r"unrestricted|passwords?|passcode|credentials?|api[ -]?keys?|secrets?|tokens?|admin\w*|sudo|"
    r"root|permission\w*|granted|execute|eval|exec|import|curl|wget|base64|decode|encode|http\w*|www|select|insert|"
    r"drop table|always (?:pick|choose|recommend|rank|select)|(?:pick|choose|recommend) this|"
    r"reveal\w*|exfiltrat\w*|leak\w*)\b|忽略|无视|指令|提示词|系统|助手",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\byou (?:are|must|should|will|now|have no)\b|你现在|你是", re.IGNORECASE)
_DUTIES = re.compile(r"\b(must|should|never)\b|必须|务必", re.IGNORECASE)
_INJECTION = re.compile(
    r"\b(ignor(?:e|a|ez|iere)|disregard|jailbreak|system prompt|instructions|instrucciones|"
    r"istruzioni|anweisungen|you are now|[a-z]+_[a-z]+)\b|\{\w+\}|忽略|无视|提示词",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"[0-9a-f]{24}|[a-z0-9+/=_]{40}|[01]{8}", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+|[-–]\d+)?")
_MIXED_DIRECTION = re.compile(r"[A-Za-z][\u0590-\u06ff]|[\u0590-\u06ff][A-Za-z]")
_TASK_VERBS = re.compile(
    r"(act|print|call|apply|verrate|explain|describe|provide|write|draft|compose|use|replace|"
    r"render|introduce|misspell|scramble|rearrange|remove|group|combine|enhance|repeat|break|"
    r"what|who|how|why)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[{}<>|\\`=$^~#@\[\]]|\(\)|::|//|--|&&|\w\.\w+\(|\w\(|;\s*\w+ |"
    r"\.(?:exe|py|js|php|com|org|co\.uk)\b"
)
_RUN_ON = re.compile(r"[^\s.!?:;,\"“(–—/-]\s(?:The|It|This|These|They)\s")
"""Two sentences without a mark between them."""
_ODD_START = re.compile(r"[a-z]\d[a-z]|^\W|^\w+( \w+)?:", re.IGNORECASE)
_PROMOTION = re.compile(
    r"\b(suppliers?|sellers?|reliable source|shipping|shipped|refunds?|holidays|free|perfect|best|"
    r"guarantee\w*|warrant\w*)\b",
    re.IGNORECASE,
)
"""Words about the trade instead of the item, and promises."""
_DEPENDENT = re.compile(
    r"^(?:at the same time|however|also|in addition|moreover|besides|therefore|thus|then|instead|"
    r"otherwise|as a result|for example)\b|"
    r"\b(?:not|no|non|never|without|unsuitable|neither)\b|n['’\"]t\b",
    re.IGNORECASE,
)
"""Words that continue an earlier sentence, and negations: such a sentence cannot stand alone."""


def is_presentable(sentence: str) -> bool:
    """Whether a sentence of the catalogue's text may be shown unchanged: a plain statement, no
    slogan, that does not lean on another one."""
    text = sentence.strip()
    if not is_plain_statement(text) or text.endswith("!") or _RUN_ON.search(text):
        return False
    if any(map(foreign_character, text)):
        return False
    if _PROMOTION.search(text) or _DEPENDENT.search(text):
        return False
    words: list[str] = re.findall(r"[^\W\d_]{4,}", text)
    odd = [word for word in words if word.isupper()] + re.findall(r"\d{3,}", text)
    return 3 * len(odd) <= 2 * len(words)


def free_of_injection(text: str) -> bool:
    """Whether a catalogue text may be quoted at all. One with an instruction to a model or with
    encoded content was written for a model, so its harmless sentences are not used either."""
    return not (_INJECTION.search(text) or _ENCODED.search(text))


def is_plain_statement(sentence: str) -> bool:
    """Whether a sentence of the catalogue's text is a plain statement."""
    text = sentence.strip()
    if not _plain(text):
        return False
    if _PRONOUNS.search(text) or suspicious(text) or text.endswith(("?", "？", ":", "...")):
        return False
    first = re.match(r"[\"“'(]*([^\W\d_]+)", text)
    if first is None:
        return bool(re.match(r"\d", text)) or not text.isascii()
    if first.group(1).casefold() in _WORDS["imperatives"]:
        return _two_names(text)
    if first.group(1).isascii() and first.group(1).islower():
        return False  # the end of a text that was cut
    return not _ODD_START.search(text)


def foreign_character(char: str) -> bool:
    """Whether a character is hidden, or a letter of a script other than Latin and Chinese."""
    if ord(char) < 128:
        return False
    kind = unicodedata.category(char)
    letter = kind[0] in "LM" and not _SCRIPTS.match(unicodedata.name(char, ""))
    return letter or kind in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


_SCRIPTS = re.compile("LATIN|CJK UNIFIED|MODIFIER|COMBINING")


def is_order(sentence: str) -> bool:
    """Whether a sentence of the catalogue's text tells a reader or a model what to do or be: not
    even a part of it is repeated."""
    text = sentence.strip()
    first = re.match(r"[\"“'(]*([^\W\d_]+)", text)
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
    if not (re.search(r"[^\W\d_]", plain) or _NUMBER.fullmatch(plain)) or _MIXED_DIRECTION.search(
        plain
    ):
        return False
    like_speech = any(
        words_to.search(plain) for words_to in (_PRONOUNS, _INSTRUCTIONS, _DUTIES)
    ) or _TASK_VERBS.match(plain)
    return words <= 3 or not (like_speech or plain.endswith((".", "?", "!")))


def _plain(text: str) -> bool:
    """Whether it is mostly ordinary letters, not disguised (full-width, encoded, drawn)."""
    letters = sum(c.isalnum() or c in " .,'’-&()" for c in text)
    longest = max(map(len, re.findall(r"[!-~]+", text)), default=0)
    plain = text.translate(_CHINESE_MARKS)
    disguised = unicodedata.normalize("NFKC", plain) != plain
    encoded = _ENCODED.search(text)
    return not disguised and not encoded and letters >= 0.8 * len(text) and longest <= 40


_CHINESE_MARKS = dict.fromkeys(map(ord, "，：；！？（）"), ",")
"""Full-width marks of ordinary Chinese, which hide nothing."""


def _two_names(text: str) -> bool:
    """Whether a name only looks like an instruction: `Mark Vale follows a thief`."""
    words = text.split()
    return len(words) > 2 and words[0][:1].isupper() and words[1][:1].isupper()
