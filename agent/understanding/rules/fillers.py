# ruff: noqa: E501
"""Filler words that carry no wish: "well", "you know", "actually".

They are recognised by their position at the edge of a clause, not by the word alone: "well" is a
filler in "well, a comedy" and none in "a well made comedy".
"""

import re

from shelftalker.language.tokens import fold

ANYWHERE = (
    r"actually|anyways?|h+m+|u+m+|u+h+|er+m*|o+h+|a+h+|oops|wow|hey|ok(?:ay)?|alright|all right|honestly|frankly"
    r"|basically|never ?mind|i fancy|hi|hello|hi there|hello there|good (?:morning|afternoon|evening)|please|pls|thanks|thank you|by the way|btw|you know|i (?:just )?mean(?:t)?|i guess|i suppose|let me think"
    r"|let's see|to be honest|excuse me|pardon|my bad|if possible|if you can|ideally|preferably|for once"
    r"|for a change|also gut|naja|ach|eigentlich|entschuldigung|bon|enfin|desole|bueno|perdon"
)
"""Fillers wherever a clause begins or ends with them."""
BEFORE = r"well|right|fine|sorry|look|listen|so|now|wait|yes|yeah|yep|then"
"""Fillers where a clause begins with them and then begins anew: a comma, an article, a pronoun."""
AFTER = r"then|though|right|now|after all"
CHINESE = r"最好(?:是)?(?![的看听用玩吃评])|其实|(?:还)?有没有(?:什么|啥|一些)?|你好|您好|嗨|(?:再|请|帮我|麻烦你?)*(?:来|给我|找|推荐)(?:一下|一?[个部本款首点些件]|几[个部本款首件])|嗯+|呃+|哦|唉|哎|那么?(?=[，,、])|那就?(?=要|来|给|看|换)|不好意思|对不起|抱歉|算了|好吧|好的(?=[，,])|要不然?|话说|对了|就是说|麻烦(?:你|您)?|[那这]个(?=[，,、…]|\.\.)"

_OPENS = (
    r"(?=\s*(?:[,.;:!…-]|$)|\s+(?:an?|the|some|something|anything|i|i'd|i'm|let|let's|show|give|find|how|what"
    r"|who|is|can|could|maybe|perhaps|then|no|not|nothing|without|more|less|any|only|please|make|do"
    r"|actually|ok(?:ay)?|h+m+)\b)"
)
_START = re.compile(
    rf"(?:^|(?<=[,.;:!?…，。；！？]))[\s-]*(?P<word>(?:{ANYWHERE})(?![\w'’-])|(?:{BEFORE}){_OPENS}|(?:{CHINESE}))"
)
_END = re.compile(
    rf"(?:(?<=[\s,])(?P<word>{ANYWHERE}|{AFTER})|(?P<zh>(?<=[，, ])(?:最好)))(?=\s*(?:[.;!?…。！？]|$))"
)


def without_fillers(message: str) -> str:
    """The message with its fillers replaced by spaces, so that all positions stay the same."""
    text = fold(message)
    kept = list(message)
    for pattern in (_START, _END):
        while match := pattern.search(text):
            start, end = match.span("word") if match["word"] else match.span("zh")
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
            kept[start:end] = " " * (end - start)
    return "".join(kept)
