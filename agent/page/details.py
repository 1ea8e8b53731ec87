"""The details under a conversation: request, shortlist, engine and timings of the last answer."""

from html import escape

from shelftalker.data.catalog import Catalog
from shelftalker.types import Answer, FilterFields


def details(answer: Answer | None, catalog: Catalog) -> str:
    """The latest answer's details as HTML tables."""
    if answer is None:
        return "<p>Nothing has been answered yet.</p>"
    request = answer.request
    rows = {
        "Engine": answer.engine,
        "Adapter": answer.adapter or "none",
        "Scorer": answer.scorer,
        "Order by": answer.pick,
        "Free text": str(request["text"]) or "none",
        "Avoided": str(request["avoid"]) or "none",
        "Language": str(request["language"]),
        "Filters": "; ".join(_condition(f) for f in request["filters"]) or "none",
    }
    timings = {
        f"{name.replace('_', ' ')}": f"{ms:.0f} ms" for name, ms in answer.timings_ms.items()
    }
    picked = {card.item.id for card in answer.cards}
    short = "".join(
        f"<tr><td>{place}</td><td>{escape(catalog[s.item_id].title)}"
        f"{' ✓' if s.item_id in picked else ''}</td><td>{s.probability:.3f}</td></tr>"
        for place, s in enumerate(answer.shortlist, start=1)
        if s.item_id in catalog
    )
    return (
        f'<div class="st-details">{_table("Request and engine", rows)}{_table("Timings", timings)}'
        "<table><caption>Shortlist, with the scorer's scores</caption>"
        f"<thead><tr><th>#</th><th>Item</th><th>Score</th></tr></thead><tbody>{short}</tbody></table></div>"
    )


def _condition(condition: FilterFields) -> str:
    return f"{condition['field']} {condition['op']} {condition['value']}"


def _table(caption: str, rows: dict[str, str]) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in rows.items()
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>"
