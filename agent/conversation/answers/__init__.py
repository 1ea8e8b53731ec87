"""Answers to questions about the cards on show."""

from collections.abc import Sequence

from shelftalker.conversation.answers.comparison import compared, foremost
from shelftalker.conversation.answers.fields import ItemAnswers
from shelftalker.conversation.answers.predicates import whether, which
from shelftalker.conversation.sentences import say
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
