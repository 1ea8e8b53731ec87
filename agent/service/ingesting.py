"""POST /v1/events, and PUT and DELETE /v1/items: what a shop sends."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Header

from shelftalker.data.deliveries import receive
from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.service.access import Ingesting, Sender, acting_for
from shelftalker.service.bodies import EventBody, EventsBody, ItemIdsBody, ItemsBody
from shelftalker.service.context import Context, ServiceContext
from shelftalker.service.keys import Principal
from shelftalker.service.replies import Count, EventsOut, RefusedEvent
from shelftalker.serving.options import check_user

router = APIRouter(prefix="/v1", tags=["ingestion"])
_Key = Annotated[str | None, Header(max_length=200)]


@router.post("/events")
async def events(
    body: EventsBody, context: Context, who: Sender, idempotency_key: _Key = None
) -> EventsOut:
    """Store a batch of events. Once this is answered they are on disk, and the next request uses
    them. Sent again with the same Idempotency-Key, or with events of the same ids, nothing is
    stored twice. An event that cannot be stored is `refused`, and does not hold up the others."""
    return await asyncio.to_thread(_received, context, who, body, idempotency_key)


@router.put("/items")
def put_items(body: ItemsBody, context: Context, _: Ingesting) -> Count:
    """Add items, or replace those with the same ids; once this is answered they are recommended."""
    items = [one.item() for one in body.items]
    return Count(count=context.recommender.add_items(items, domain=body.domain))


@router.delete("/items")
def delete_items(body: ItemIdsBody, context: Context, _: Ingesting) -> Count:
    """Remove items; ids that are not in the catalogue are no error."""
    recommender = context.recommender
    catalog = recommender.domain(body.domain).catalog
    known = [item_id for item_id in dict.fromkeys(body.ids) if item_id in catalog]
    if known:
        recommender.remove_items(known, domain=body.domain)
    return Count(count=len(known))


def _received(
    context: ServiceContext, who: Principal, body: EventsBody, key: str | None
) -> EventsOut:
    domain = context.recommender.domain(body.domain)
    good: list[tuple[str | None, Event]] = []
    refused: list[RefusedEvent] = []
    for index, sent in enumerate(body.events):
        try:
            event = _event(who, sent)
            domain.catalog.row(event.item)  # raises UnknownItem
            good.append((sent.id, event))
        except InputError as error:
            refused.append(RefusedEvent(index=index, detail=str(error)))
    log = context.recommender.workspace.events
    batch = f"{who.key or ''} {who.visitor or ''} {key}" if key is not None else None
    # Those of people who were erased after them are left out.
    lawful = [good[place] for place in log.lawful([(one.user, one.time) for _, one in good])]
    receipt = receive(log, domain.name, lawful, batch, body.model_dump_json().encode())
    new = 0 if receipt.again else receipt.stored
    known = receipt.stored + receipt.duplicates - new
    counts = {"stored": new, "duplicate": known, "refused": len(body.events) - new - known}
    for result, count in counts.items():
        context.metrics.events.labels(result).inc(count)
    return EventsOut(stored=receipt.stored, duplicates=receipt.duplicates, refused=refused)


def _event(who: Principal, sent: EventBody) -> Event:
    user = acting_for(who, sent.user)
    if not user:
        raise InputError("this event names no user; give the id of who did it")
    check_user(user)
    now = time.time()
    when = now if sent.time is None or who.visitor is not None else sent.time
    return Event(user, sent.item, sent.kind, sent.value, when)
