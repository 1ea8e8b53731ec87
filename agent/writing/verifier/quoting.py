"""What of a catalogue's own text may be repeated: plain statements about the item.

A description is data. What speaks to the reader or to a model, gives orders, asks, or smells of
code is never quoted and supports no sentence, so that nobody can write a text by writing a
catalogue. A value that reads like a sentence is no value.
"""

import re
import unicodedata
from collections.abc import Sequence

from shelftalker.writing.verifier.unsafe import unsafe_words

LONGEST_VALUE = 60
"""Characters that one value of an attribute may have to be told."""

_ADDRESSED = re.compile(
    r"\b(you|your|yours|yourself|i|me|my|mine|we|us|our|let's|please|du|dich|dein|sie|ihr|tu|te|"
    r"vous|votre|voi|tuo|usted|su)\b|[你您我请們们]",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(ignor\w*|disregard\w*|forget|override|overrid\w*|bypass\w*|vergiss|olvida\w*|oubli\w*|"
    r"dimentica\w*|instruct\w*|istruzion\w*|anweisung\w*|instruccion\w*|prompts?|jailbreak\w*|"
    r"system|assistant|chatbot|language model|llm|gpt\w*|openai|an ai|ai|developer mode|"
    r"unrestricted|passwords?|passcode|credentials?|api[ -]?keys?|secrets?|tokens?|admin\w*|sudo|"
    r"root|permission\w*|granted|execute|eval|exec|import|curl|wget|base64|decode|encode|http\w*|www|select|insert|"
    r"drop table|always (?:pick|choose|recommend|rank|select)|(?:pick|choose|recommend) this|"
    r"reveal\w*|exfiltrat\w*|leak\w*|must|should|never)\b|忽略|无视|指令|提示词|系统|助手|必须|务必",
    re.IGNORECASE,
)
_BLUNT = re.compile(
    r"\b(ignor(?:e|a|ez|iere)|disregard|jailbreak|system prompt|instructions)\b|忽略|无视|提示词",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"[0-9a-f]{24}|[a-z0-9+/=_]{40}|[01]{8}", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+|[-–]\d+)?")
_TWO_WAYS = re.compile(r"[A-Za-z][\u0590-\u06ff]|[\u0590-\u06ff][A-Za-z]")
_VERBS = re.compile(
    r"(act|print|call|apply|verrate|explain|describe|provide|write|draft|compose|use|replace|"
    r"render|introduce|misspell|scramble|rearrange|remove|group|combine|enhance|repeat|break|"
    r"what|who|how|why)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[{}<>|\\`=$^~#@\[\]]|\(\)|::|//|--|&&|\w\.\w+\(|\w\(|;\s*\w+ |"
    r"\.(?:exe|py|js|php|com|org|co\.uk)\b"
)
_IMPERATIVES = frozenset(
    re.findall(
        r"\w+",
        "accept act add adjust allow analyze answer append apply approve ask assume avoid be "
        "become begin behave break bring build buy bypass calculate call cancel change check "
        "choose cite classify clear click close combine come compare complete compose compute "
        "consider contact continue convert copy count create decode define delete denken "
        "describe design develop disable discuss display do don download draft draw edit "
        "email enable encode end enhance enter estimate evaluate exec execute explain explore "
        "export extract fetch fill find finish follow forget format forward generate get give "
        "go grant group guess help hide how identify ignore imagine implement import include "
        "increase infer inform insert install integrate introduce invoke join just keep "
        "kindly learn let list load log look make mark meet mention misspell modify move name "
        "never note notify obey offer omit open order output override paste pay pensemos "
        "perform pick play post prefer prepare present press pretend print proceed produce "
        "promote prove provide publish purchase put rank rate read rearrange recite recommend "
        "record reduce refer register relay remember remind remove rename render repeat "
        "replace reply report reproduce request respond restart return reveal review rewrite "
        "run save say scan scramble search see select sell send set share show sign simulate "
        "skip solve sort speak start state stop store submit subscribe suggest summarize "
        "supply suppose switch take talk tell terminate test think transcribe transfer "
        "transform translate treat trust try turn type update upload use verify verrate view "
        "visit wait warn watch what when where who why write ",
    )
)
"""Words that begin an order or a question; plain statements of a catalogue do not start so."""
_DISGUISED = re.compile(r"[a-z]\d[a-z]|^\W|^\w+( \w+)?:", re.IGNORECASE)


_STARTS = frozenset(
    re.findall(
        r"\w+",
        "a an the this that these those it its he she they his her their one two three four five "
        "six seven eight nine ten in on at with from after before when while during set based "
        "inspired for by each every some many most both all another following made designed",
    )
)
"""Words that begin a plain statement; slogans begin with others."""
_VERBS_TOLD = frozenset(
    re.findall(
        r"\w+",
        "is are was were has have had does do can will comes come came features include includes "
        "included contains contain offers offer provides provide makes make holds allows "
        "allow helps help keeps keep fits gives give tells tell told follows follow followed "
        "stars plays takes take took lets brings bring covers measures weighs delivers "
        "deliver produces produce ensures ensure resists resist writes write wrote glides glide "
        "lasts stores organizes protects protect supports requires require combines becomes "
        "become became finds find found falls fall fell lives lived gets gets goes went discovers "
        "discovered returns returned tries tried meets met runs ran adds add accepts accept works "
        "attaches attach sits stands hangs opens closes closes serves shows showed "
        "explores explore examines depicts describes recounts begins began ends loses lost wins "
        "won kills killed leads led leaves left moves moved saves saved fights fought learns "
        "learned marries married seeks sought joins joined appears appeared directed reduces "
        "reduce prevents prevent eliminates eliminate connects connect prints dries seals sticks "
        "erases",
    )
)
"""Verbs that make a plain statement whole; a list of words without any is a heading or a piece."""
_TOLD = re.compile(
    r"(?:[Aa]n? (?:(?!of|with|for|in|to|and|or)\w+ ){1,3}?|(?:[A-Z][\w.'’-]+,? ){2,3})"
    r"[a-z]*(?:[^s\W\d]s|ed) \w"
)
"""`A retired thief robs`, `Anna Kessler follows`: a subject and a verb in -s or -ed."""


_TRADE = re.compile(
    r"\b(suppliers?|sellers?|reliable source|shipping|shipped|refunds?|holidays|free|perfect|best|"
    r"guarantee\w*|warrant\w*)\b",
    re.IGNORECASE,
)
"""What is about the trade and not the item, and what promises."""
_UNFIT = re.compile(
    r"^(?:at the same time|however|also|in addition|moreover|besides|therefore|thus|then|instead|"
    r"otherwise|as a result|for example)\b|"
    r"\b(?:not|no|non|never|without|unsuitable|neither)\b|n['’\"]t\b",
    re.IGNORECASE,
)
"""What goes on from a sentence before, and what says what the item is not: no way to present it."""


def presentable(sentence: str) -> bool:
    """Whether a sentence of the catalogue's text may be shown as it is: a whole plain statement
    that neither begins nor ends like a slogan."""
    text = sentence.strip()
    if not quotable(text) or text.endswith("!") or _TRADE.search(text) or _UNFIT.search(text):
        return False
    if not text.isascii() and not re.search(r"[a-z]{3}", text):
        return True
    words = re.findall(r"[^\W\d_]+", text)
    if not words or (words[0].casefold() not in _STARTS and not _named(text.split())):
        return False
    return any(word.casefold() in _VERBS_TOLD for word in words[1:]) or bool(_TOLD.match(text))


def trusted(text: str) -> bool:
    """Whether any of a catalogue's text may be repeated: one that holds an order to a model, or
    something encoded, was written for a model, its harmless sentences too."""
    return not (_BLUNT.search(text) or _ENCODED.search(text))


def quotable(sentence: str) -> bool:
    """Whether a sentence of the catalogue's text is a plain statement."""
    text = sentence.strip()
    if not _plain(text):
        return False
    if _ADDRESSED.search(text) or suspicious(text) or text.endswith(("?", "？", ":", "...")):
        return False
    first = re.match(r"[\"“'(]*([^\W\d_]+)", text)
    if first is None:
        return bool(re.match(r"\d", text)) or not text.isascii()
    if first.group(1).casefold() in _IMPERATIVES:
        return _two_names(text)
    if first.group(1).isascii() and first.group(1).islower():
        return False  # the rest of something that was cut
    return not _DISGUISED.search(text)


def suspicious(text: str) -> bool:
    """Whether a text holds orders, code or unsafe words."""
    found = _ORDERS.search(text) or _CODE.search(text) or unsafe_words().found(text)
    return bool(found)


def tellable(value: str) -> bool:
    """Whether one value of an attribute is short and plain enough to be told. Names of three words
    may hold what sentences may not: a band is called what it is called."""
    plain = value.strip()
    words = len(plain.split())
    if not 0 < len(plain) <= LONGEST_VALUE or words > 8 or not plain.isprintable():
        return False
    if not _plain(plain) or _CODE.search(plain) or _BLUNT.search(plain):
        return False
    if not (re.search(r"[^\W\d_]", plain) or _NUMBER.fullmatch(plain)) or _TWO_WAYS.search(plain):
        return False
    spoken = _ADDRESSED.search(plain) or _ORDERS.search(plain) or _VERBS.match(plain)
    return words <= 3 or not (spoken or plain.endswith((".", "?", "!")))


def _plain(text: str) -> bool:
    """Ordinary letters for the most part, in no disguise (full-width, encoded, drawn)."""
    letters = sum(sign.isalnum() or sign in " .,'’-&()" for sign in text)
    longest = max(map(len, re.findall(r"[!-~]+", text)), default=0)
    disguised = unicodedata.normalize("NFKC", text) != text
    encoded = _ENCODED.search(text)
    return not disguised and not encoded and letters >= 0.8 * len(text) and longest <= 40


def _named(words: Sequence[str]) -> bool:
    """`Anna Kessler follows a thief`: two capitalised words, or a name and a verb."""
    if not words[0][:1].isupper() or words[0].endswith("ly") or len(words) < 3:
        return False
    second = words[1].strip(",;")
    return second[:1].isupper() or second in _VERBS_TOLD


def _two_names(text: str) -> bool:
    """`Mark Vale follows a thief`: a name that begins like an order."""
    words = text.split()
    return len(words) > 2 and words[0][:1].isupper() and words[1][:1].isupper()
