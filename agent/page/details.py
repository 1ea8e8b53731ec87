"""The details under a conversation: request, shortlist, engine and timings of the last answer."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shelftalker.data.catalog import Catalog
from shelftalker.types import Answer

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)


def details(answer: Answer | None, catalog: Catalog) -> str:
    """The latest answer's details as HTML tables."""
    picked = {card.item.id for card in answer.cards} if answer else set()
    page = _PAGES.get_template("details.html.j2")
    return page.render(answer=answer, catalog=catalog, picked=picked)
