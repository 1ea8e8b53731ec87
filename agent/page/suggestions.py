"""Messages to click instead of typing: requests in the catalogue's own words, and corrections of
the cards on show. Each is tried before it is offered.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Literal

import numpy as np
import numpy.typing as npt

from shelftalker.conversation.transition import Situation, understand
from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.filters import allowed_items
from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import kind_named
from shelftalker.data.values import texts_of
from shelftalker.language.aliases import TRANSLATIONS
from shelftalker.language.packs import messages
from shelftalker.serving.domain import Domain
from shelftalker.understanding.rules.vocabulary import VocabularyEntry
from shelftalker.writing.compose.facts import spoken_title

MAX_OFFERED = 3
MIN_FIT = 6
"""Items that must fit a request before it is offered."""
MAX_SCANNED = 5_000
"""Items of a catalogue that are searched for its commonest products."""
MIN_LEFT = 3
"""Items that must be left by a correction: as many as are shown."""


def suggestions(domain: Domain, language: str = "en") -> list[str]:
    """Up to three requests in a language that the rules read and that enough items fit."""
    candidates = _candidates(domain, language)
    return list(islice((t for t in candidates if _works(domain, t, language)), MAX_OFFERED))


def corrections(domain: Domain, situation: Situation) -> list[str]:
    """Up to three corrections in the situation's language, each of which changes the filters and
    leaves enough items."""
    candidates = _correction_candidates(domain, situation)
    return list(islice((t for t in candidates if _corrects(domain, situation, t)), MAX_OFFERED))


def _corrects(domain: Domain, situation: Situation, text: str) -> bool:
    move = understand(text, situation, domain.reader)
    fit = int(allowed_items(domain.catalog, move.taste.filters).sum())
    return move.taste.filters != situation.taste.filters and fit >= MIN_LEFT


def _correction_candidates(domain: Domain, situation: Situation) -> list[str]:
    language = situation.language or "en"
    measured, word = domain.reader.vocabulary.measured, messages("offers", language)
    asked = {str(chip.label).casefold() for chip in situation.taste.of("filter")}
    values = [value for item in situation.shown for value in item.attributes.values()]
    shown = {text.casefold() for value in values for text in texts_of(value)}
    kinds = [kind.value for kind in _kinds(domain) if kind.value.casefold() in shown - asked]
    noun = noun_of(situation.shown[0]) if situation.shown else "any"
    brands = [brand for brand, _ in _brands(situation.shown).most_common(1)]
    return [
        *([word["cheaper"]] if measured("price") else []),
        *([word["older"], word["newer"]] if measured("year") else []),
        *(word["without"].format(kind=_named(kind, noun, language)) for kind in kinds[:1]),
        *(word["not_from"].format(brand=brand) for brand in brands),
        *([word["shorter"]] if measured("minutes") else []),
    ]


def _named(kind: str, noun: str, language: str) -> str:
    """A kind as a sentence about such items has it."""
    known = TRANSLATIONS.get(language, {}).get(kind.casefold())
    name = known or (kind if language == "de" else kind.lower())
    return messages("offers", language)["film"].format(kind=name) if noun == "film" else name


def _works(domain: Domain, text: str, language: str) -> bool:
    request = domain.reader.request(text, language)
    fit = int(allowed_items(domain.catalog, request.filters).sum())
    return bool(request.filters or request.like) and fit >= MIN_FIT


def _candidates(domain: Domain, language: str) -> list[str]:
    kinds, word = _kinds(domain), messages("offers", language)
    popular = _popular(domain)
    noun = noun_of(popular)
    first, second = (*[_named(kind.value, noun, language) for kind in kinds], "", "")[:2]
    decade, cheap = None if noun == "thing" else _decade(domain), _price(domain)
    like = word["like" if noun == "thing" else "funnier"]
    listed = [
        word["decade"].format(kind=first, decade=decade) if decade and first else "",
        *_product_requests(domain, language),
        like.format(title=spoken_title(popular)),
        word["under"].format(kind=second, price=cheap) if cheap and second else "",
        word["other_decade"].format(kind=second, decade=decade) if decade and second else "",
        word["without"].format(kind=first) if first else "",
        word["either"].format(kind=first, other=second) if first and second else "",
    ]
    return [text for text in listed if text]


def _kinds(domain: Domain) -> list[VocabularyEntry]:
    """The commonest values of the field that sorts items best: genres before countries."""
    entries = {e for es in domain.reader.vocabulary.categories.values() for e in es if not e.tied}
    order = ("genre", "categor", "type", "tag", "topic", "section")
    ranked = {name: place for place, name in enumerate(order)}

    def place(entry: VocabularyEntry) -> tuple[int, int]:
        names = (p for n, p in ranked.items() if entry.field.casefold().startswith(n))
        return next(names, len(order)), -entry.rows

    best, most = sorted(entries, key=place), 0.6 * len(domain.catalog)
    return [e for e in best if e.field == best[0].field and e.rows < most]


def _decade(domain: Domain) -> int | None:
    decades = Counter((_measured(domain, "year") // 10 * 10).astype(int).tolist())
    return decades.most_common(1)[0][0] if decades else None


def _price(domain: Domain) -> int | None:
    prices = _measured(domain, "price")
    return round(float(np.median(prices))) or None if len(prices) else None


def _measured(domain: Domain, what: Literal["year", "price"]) -> npt.NDArray[np.float64]:
    """The numbers in the first field of years, or of prices."""
    fields = domain.reader.vocabulary.measured(what)
    numbers: npt.NDArray[np.float64] = np.array([])
    if fields:
        numbers = domain.catalog.column(fields[0]).numbers
    return np.asarray(numbers[~np.isnan(numbers)])


def _popular(domain: Domain) -> Item:
    """The item with most events."""
    row = int(np.argmax(domain.scorer.popularity()))
    return domain.catalog[domain.catalog.ids[row]]


def _product_requests(domain: Domain, language: str) -> list[str]:
    """Requests for the commonest kind of product by its commonest brand, and for the next kind
    without its commonest brand."""
    some = islice(domain.catalog, MAX_SCANNED)
    things = [item for item in some if noun_of(item) == "thing"]
    kinds: dict[str, list[Item]] = {}
    for item in things:
        kinds.setdefault(kind_named(item.title), []).append(item)
    kinds.pop("", None)
    most = sorted(kinds, key=lambda kind: -len(kinds[kind]))[:2]
    brands = [next(iter(_brands(kinds[kind]).most_common(1)), ("", 0))[0] for kind in most]
    patterns = [messages("offers", language)[name] for name in ("of_brand", "not_of_brand")]
    return [
        pattern.format(kind=kind, brand=brand)
        for pattern, kind, brand in zip(patterns, most, brands, strict=False)
        if brand
    ]


def _brands(items: Iterable[Item]) -> Counter[str]:
    return Counter(
        text
        for item in items
        for field, value in item.attributes.items()
        if role_of(field) == "brand"
        for text in texts_of(value)
    )
