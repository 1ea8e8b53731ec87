"""Rewrites the many ways of giving a bound into the few that the number patterns know.

"Can't spend more than 50" and "nothing over 50" become "at most 50". The text keeps its length, so
that offsets stay.
"""

import re

_SAYS_NO = (
    r"(?:can'?t|cannot|can not|don'?t|do not|doesn'?t|didn'?t|won'?t|wouldn'?t|shouldn'?t|mustn'?t"
    r"|must not|should not|not|never|nothing|no|nichts?|kein\w*|nie|pas|rien|ne|sin)"
)
_MORE = (
    r"(?:more than|over|above|beyond|exceed(?:ing)?|longer than|higher than|past|mehr als|uber"
    r"|plus de|mas de)"
)
_LESS = r"(?:less than|under|below|fewer than|shorter than|weniger als|unter|moins de|menos de)"
_BETWEEN = r"(?:[ ](?!but\b|and\b|just\b|only\b|aber\b|sondern\b|mais\b|pero\b)[a-z']+){0,5}?[ ]"
_NUMBER = r"(?=[ ]?(?:[$€£¥]?[ ]?\d|[a-z]+[ ]?(?:dollars|bucks|euros|pounds|hours|minutes|pages)))"
_TABLE = (
    (rf"(?<![\w']){_SAYS_NO}{_BETWEEN}{_MORE}{_NUMBER}", "at most"),
    (rf"(?<![\w']){_SAYS_NO}{_BETWEEN}{_LESS}{_NUMBER}", "at least"),
)


def rewritten(text: str) -> str:
    """The folded text with denied bounds in the form "at most 50", of the same length."""
    for pattern, canonical in _PATTERNS:
        text = pattern.sub(lambda match, to=canonical: to.ljust(len(match[0])), text)  # type: ignore[misc]
    return text


_PATTERNS = [(re.compile(pattern), canonical) for pattern, canonical in _TABLE]
