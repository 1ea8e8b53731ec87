"""The Universal Commerce Protocol, version 2026-04-08: discovery, catalogue search and lookup.

`context.intent` is read like a message in the chat: it sets conditions and moves the order. A
product needs a price, and the workspace a `currency`; without one these routes do not exist.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.field_index import value_key
from shelftalker.data.filters import Filter
from shelftalker.service.access import Serving, acting_for
from shelftalker.service.bodies import Name, Text
from shelftalker.service.context import Context, ServiceContext
from shelftalker.service.mcp_tools import NOT_PAID

router = APIRouter(tags=["ucp"])
VERSION = "2026-04-08"
_SPEC = f"https://ucp.dev/{VERSION}"
_SEARCH, _LOOKUP = "dev.ucp.shopping.catalog.search", "dev.ucp.shopping.catalog.lookup"
_NOBODY = "ucp-search"
_Amount = Annotated[int, Field(ge=0, le=10**12)]


class _Open(BaseModel):
    """Base of UCP's objects: extensions may add fields."""

    model_config = ConfigDict(extra="allow")


class PriceBody(_Open):
    """Bounds of a price, in minor units."""

    min: _Amount | None = None
    max: _Amount | None = None


class SearchFiltersBody(_Open):
    """All must hold; of the categories, one."""

    categories: list[Name] = Field(default=[], max_length=50)
    price: PriceBody = PriceBody()


class BuyerContextBody(_Open):
    """What is known of the buyer; `intent` is in words."""

    intent: Text = ""


class PageBody(_Open):
    """Which part of the results is wanted."""

    cursor: Annotated[str, Field(pattern="^[0-9]{1,4}$")] | None = None
    limit: int = Field(default=10, ge=1)


class SearchBody(_Open):
    """A search for products."""

    query: Text = ""
    context: BuyerContextBody = BuyerContextBody()
    filters: SearchFiltersBody = SearchFiltersBody()
    pagination: PageBody = PageBody()


class LookupBody(_Open):
    """Products wanted by their ids."""

    ids: list[Name] = Field(min_length=1, max_length=100)


@router.get("/.well-known/ucp")
async def profile(request: Request) -> dict[str, Any]:
    """Which capabilities this business has, and where."""
    service = {
        "version": VERSION, "transport": "rest", "spec": f"{_SPEC}/specification/overview",
        "schema": f"{_SPEC}/services/shopping/rest.openapi.json",
        "endpoint": str(request.base_url).rstrip("/"),
    }  # fmt: skip
    capabilities: dict[str, Any] = {}
    for name in (_SEARCH, _LOOKUP):
        kind = name.rpartition(".")[2]
        spec, schema = f"specification/catalog/{kind}", f"schemas/shopping/catalog_{kind}.json"
        about = {"version": VERSION, "spec": f"{_SPEC}/{spec}", "schema": f"{_SPEC}/{schema}"}
        capabilities[name] = [about]
    services = {"dev.ucp.shopping": [service]}
    ucp = {"version": VERSION, "services": services, "capabilities": capabilities}
    return {"ucp": {**ucp, "payment_handlers": {}}}


@router.post("/catalog/search")
def search(body: SearchBody, context: Context, who: Serving) -> dict[str, Any]:
    """Products for a query and an intent, best first."""
    user = acting_for(who, None) or _NOBODY
    catalog = context.recommender.domain().catalog
    begin, size = int(body.pagination.cursor or 0), min(body.pagination.limit, 50)
    message = ". ".join(filter(None, [body.query, body.context.intent]))
    scored = context.recommender.shortlist(
        user, message, n=begin + size + 1, filters=_filters(context, catalog, body.filters)
    )
    end = begin + size
    products = [_product(context, catalog[one.item_id]) for one in scored[begin:end]]
    more = {"has_next_page": True, "cursor": str(end)} if len(scored) > end else None
    messages = [{"type": "info", "code": "placement", "content": NOT_PAID}]
    return {
        "ucp": _head(_SEARCH), "products": products,
        "pagination": more or {"has_next_page": False}, "messages": messages,
    }  # fmt: skip


@router.post("/catalog/lookup")
def lookup(body: LookupBody, context: Context, _: Serving) -> dict[str, Any]:
    """Products by their ids; ids that are not in the catalogue, or withdrawn, are left out."""
    domain = context.recommender.domain()
    known = [domain.catalog[name] for name in dict.fromkeys(body.ids) if domain.offers(name)]
    products = [_product(context, item, looked_up=True) for item in known if item.price is not None]
    return {"ucp": _head(_LOOKUP), "products": products}


def _filters(context: ServiceContext, catalog: Catalog, wanted: SearchFiltersBody) -> list[Filter]:
    """The conditions of a search; every product has a price."""
    unit = 10**context.settings.currency_digits
    low, high = wanted.price.min or 0, wanted.price.max
    filters = [Filter("price", "at_least", low / unit)]
    if high is not None:
        filters.append(Filter("price", "at_most", high / unit))
    if wanted.categories:
        keys = [value_key(name) for name in wanted.categories]
        rows = [catalog.column(name).rows for name in catalog.fields]
        found = {row for key in keys for of_field in rows for row in of_field.get(key, ())}
        filters.append(Filter("id", "any_of", tuple(catalog.ids[row] for row in sorted(found))))
    return filters


def _product(context: ServiceContext, item: Item, looked_up: bool = False) -> dict[str, Any]:
    """An item as a product with one variant."""
    settings = context.settings
    amount = round((item.price or 0) * 10**settings.currency_digits)
    price = {"amount": amount, "currency": settings.currency}
    told: dict[str, Any] = {"plain": item.text or item.title}
    both = {"id": item.id, "title": item.title, "description": told}
    available = {"available": item.available}
    variant: dict[str, Any] = {**both, "price": price, "availability": available}
    if looked_up:
        variant["inputs"] = [{"id": item.id, "match": "exact"}]
    return {
        **both, "variants": [variant], "price_range": {"min": price, "max": price},
        "metadata": dict(item.attributes),
    }  # fmt: skip


def _head(capability: str) -> dict[str, Any]:
    return {"version": VERSION, "capabilities": {capability: [{"version": VERSION}]}}
