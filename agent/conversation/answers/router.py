"""Chooses how a question about the cards on show, or about the visitor's wishes, is answered."""

from collections.abc import Sequence

from shelftalker.conversation.answers.comparison import compared, foremost
from shelftalker.conversation.answers.fields import ItemAnswers
from shelftalker.conversation.answers.predicates import whether, which
from shelftalker.conversation.sentences import say
from shelftalker.conversation.taste import ChipKind, Taste
from shelftalker.data.catalog import Item
from shelftalker.language.sentences import joined, listed
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.questions import Question


def answered(
    question: Question,
    items: Sequence[Item],
    reader: RuleReader,
    language: str,
    beside: Sequence[Item] = (),
) -> str:
    """The answer about one or several items, `beside` others on show: only what the catalogue
    states, and where it states nothing, that."""
    answers = ItemAnswers(reader, language, tuple(items), tuple(beside))
    match question.kind:
        case "compare" if len(items) > 1:
            return compared(answers)
        case "most":
            return foremost(answers, question.aspects[0], question.sign)
        case "whether" | "which" if len(items) == 1:
            return whether(answers, question, items[0])
        case "whether" | "which":
            return which(answers, question)
        case "field":
            return answers.fields(question)
        case "pick":
            return say("first_pick", language, title=answers.title(items[0]))
        case _:
            return answers.about(story=question.verb != "tell")


def recalled(taste: Taste, language: str, only: Sequence[str] = ()) -> str:
    """The visitor's current wishes and marks in words; `only` some kinds of chips."""
    sentences = [
        say(name, language, what=listed((chip.label_in(language) for chip in chips), language))
        for name, kinds in _RECALLED.items()
        if (chips := taste.of(*kinds)) and (not only or set(kinds) & set(only))
    ]
    nothing = say("nothing_marked" if only else "nothing_asked", language)
    return joined(sentences, language) or nothing


def requested(taste: Taste, language: str) -> str:
    """What the visitor asked for in words; empty without a request."""
    kinds: tuple[ChipKind, ...] = ("filter", "wish", "avoid", "example")
    return recalled(taste, language, kinds) if taste.of(*kinds) else ""


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
