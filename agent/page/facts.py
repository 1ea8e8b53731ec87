"""The key facts of an item in one line, as its card shows them."""

from shelftalker.data.catalog import Item, Value
from shelftalker.data.filter_labels import name_in
from shelftalker.language.packs import messages

MAX_FACTS = 5
MAX_CHARACTERS = 60
FIRST_FIELDS = (
    "price", "year", "genres", "genre", "category", "categories", "director", "author", "artist",
)  # fmt: skip


def facts_line(item: Item, language: str = "en") -> str:
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
