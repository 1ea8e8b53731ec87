"""The details under a conversation: request, shortlist, engine and timings of the last answer."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shelftalker.data.catalog import Catalog
from shelftalker.data.filter_labels import label_in
from shelftalker.data.filters import Filter
from shelftalker.language.packs import messages
from shelftalker.types import Answer

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)


def details(answer: Answer | None, catalog: Catalog, language: str) -> str:
    """The latest answer's details as HTML tables in a language."""
    picked = {card.item.id for card in answer.cards} if answer else set()
    page = _PAGES.get_template("details.html.j2")
    given = [Filter(**one) for one in answer.request["filters"]] if answer else []
    labels = "; ".join(label_in(one, language) for one in given if one.field != "id")
    word = messages("page", language)
    return page.render(answer=answer, catalog=catalog, picked=picked, filters=labels, word=word)
