"""Renders a conversation as HTML: pure functions of its state, in the language that its visitor
speaks. The templates escape all catalogue text.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shelftalker.conversation.sentences import say
from shelftalker.conversation.state import Conversation, Turn
from shelftalker.conversation.taste import Chip
from shelftalker.data.catalog import Catalog, Item, Value
from shelftalker.data.filter_labels import label_in, name_in
from shelftalker.data.filters import Filter
from shelftalker.language.packs import messages
from shelftalker.types import Answer

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)
MAX_FACTS = 5
MAX_CHARACTERS = 60
FIRST_FIELDS = (
    "price", "year", "genres", "genre", "category", "categories", "director", "author", "artist",
)  # fmt: skip


def log(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """Some of the turns; those of the cards on show have buttons, earlier cards their titles."""
    return "".join(drawn("turn", conversation.spoken, turn, conversation) for turn in turns)


def drawn(part: str, language: str, *values: Any) -> str:
    """What the macro of a part in `view.html.j2` makes of some values, in a language."""
    return str(getattr(_PARTS, part)(messages("page", language), *values))


def taste(conversation: Conversation, history: Sequence[Chip], events: int) -> str:
    """The chips, each with buttons to pin and to remove it; `history` are the latest likes of
    `events` events in the log."""
    language, chips = conversation.spoken, conversation.taste
    word = messages("page", language)
    groups = [
        (word["required"], chips.of("filter")),
        (word["said"], chips.of("wish", "avoid", "example")),
        (word["marked"], chips.of("like", "dislike", "bought", "seen")),
        (word["history"].format(count=events), history),
        (word["ignored"], chips.of("ignore")),
    ]
    hint = word["correct_me" if conversation.turns else "own_words"]
    return drawn("taste", language, [group for group in groups if group[1]], language, hint)


def details(answer: Answer | None, catalog: Catalog, language: str) -> str:
    """The request, shortlist, engine and timings of the latest answer, as tables."""
    picked = {card.item.id for card in answer.cards} if answer else set()
    given = [Filter(**one) for one in answer.request["filters"]] if answer else []
    labels = "; ".join(label_in(one, language) for one in given if one.field != "id")
    word = messages("page", language)
    page = _PAGES.get_template("details.html.j2")
    return page.render(answer=answer, catalog=catalog, picked=picked, filters=labels, word=word)


def status(turn: Turn | None, language: str) -> str:
    """The status for screen readers: when picks are there, and at the end."""
    word = messages("page", language)
    if turn is None or (turn.progress == "working" and not turn.cards):
        return word["searching"] if turn else ""
    titles = ", ".join(turn.cards[rank].item.title for rank in sorted(turn.cards))
    ended = {**word, "failed": f"{word['failed']} {turn.error}"}.get(turn.progress, "")
    return escape(f"{turn.reply} {titles} {ended}".strip())


def facts_line(item: Item, language: str) -> str:
    """Key facts in one line, the most informative first: `1984 · Thriller, Crime · Ida Brandt`."""
    facts = {name: value for name, value in item.facts().items() if name not in ("title", "text")}
    order = [name for name in dict.fromkeys((*FIRST_FIELDS, *facts)) if name in facts]
    shown = (_shown(name, facts[name], language) for name in order)
    return " · ".join([text for text in shown if text][:MAX_FACTS])


def _shown(name: str, value: Value, language: str) -> str:
    if isinstance(value, bool):
        return name_in(name, language) if value else ""
    if isinstance(value, tuple):
        text = ", ".join(value[:3])
    elif isinstance(value, float):
        text = f"{value:.2f}".removesuffix(".00")
    else:
        text = str(value)
    if not text or len(text) > MAX_CHARACTERS:
        return ""
    unit = {"runtime": "unit_minutes", "minutes": "unit_minutes", "pages": "unit_pages"}.get(name)
    return messages("page", language)[unit].format(value=text) if unit else text


def _label(chip: Chip, language: str) -> str:
    return chip.label_in(language) if chip.kind == "filter" else chip.label


def _marked(chip: Chip, word: Mapping[str, str], language: str) -> str:
    """A chip's label with the word that says what it does, such as `without`."""
    return word.get(f"mark_{chip.kind}", "{label}").format(label=_label(chip, language))


def _marks(conversation: Conversation) -> dict[str, str]:
    """What was marked on the cards: like, dislike or seen, by item."""
    return {chip.value: chip.kind for chip in conversation.taste.of("like", "dislike", "seen")}


_PAGES.globals |= {
    "facts_line": facts_line, "label_of": _label, "marked": _marked, "marks_of": _marks, "say": say,
}  # fmt: skip
_PARTS = _PAGES.get_template("view.html.j2").module
