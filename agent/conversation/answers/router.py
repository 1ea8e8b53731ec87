"""The answer to a question about the cards on show, or about what was wished."""

from collections.abc import Sequence

from shelftalker.conversation.answers.comparison import compared, foremost
from shelftalker.conversation.answers.fields import Teller
from shelftalker.conversation.answers.predicates import whether, which
from shelftalker.conversation.sentences import say
from shelftalker.conversation.taste import Chip, ChipKind, Taste
from shelftalker.data.catalog import Item
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.questions import Question


def answered(
    question: Question,
    items: Sequence[Item],
    reader: RuleReader,
    language: str,
    beside: Sequence[Item] = (),
) -> str:
    """What is answered of one or several items, `beside` others on show. It holds what the
    catalogue states and nothing else; where the catalogue does not say it, the answer says so."""
    teller = Teller(reader, language, tuple(items), tuple(beside))
    match question.kind:
        case "compare" if len(items) > 1:
            return compared(teller)
        case "most":
            return foremost(teller, question.aspects[0], question.sign)
        case "whether" | "which" if len(items) == 1:
            return whether(teller, question, items[0])
        case "whether" | "which":
            return which(teller, question)
        case "field":
            return teller.fields(question)
        case "pick":
            return say("first_pick", language, title=teller.title(items[0]))
        case _:
            return teller.about(story=question.verb != "tell")


def recalled(taste: Taste, language: str, only: Sequence[str] = ()) -> str:
    """What of the visitor's wishes and marks holds, in words; `only` some kinds of chips."""
    told = [
        say(name, language, what=_listed(taste.of(*kinds), language))
        for name, kinds in _RECALLED.items()
        if taste.of(*kinds) and (not only or set(kinds) & set(only))
    ]
    nothing = say("nothing_marked" if only else "nothing_asked", language)
    return ("" if language == "zh" else " ").join(told) or nothing


_RECALLED: dict[str, tuple[ChipKind, ...]] = {
    "asked": ("filter", "wish"),
    "asked_avoid": ("avoid",),
    "asked_like": ("example",),
    "marked_like": ("like",),
    "marked_bought": ("bought",),
    "marked_known": ("seen",),
    "marked_dislike": ("dislike",),
    "marked_ignore": ("ignore",),
}


def _listed(chips: Sequence[Chip], language: str) -> str:
    comma = "、" if language == "zh" else ", "
    return comma.join(chip.said(language) for chip in chips)
