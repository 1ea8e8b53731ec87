"""The assistant's fixed sentences; their words are in `language/packs/messages`."""

from collections.abc import Iterable, Sequence

from shelftalker.conversation.taste import ChipChange, ChipKind, Taste
from shelftalker.language.notices import notice
from shelftalker.language.packs import messages
from shelftalker.language.sentences import joined, listed
from shelftalker.types import Card


def say(name: str, language: str, **values: object) -> str:
    """A sentence by its name, with its values filled in."""
    return messages("sentences", language)[name].format(**values)


def no_measure(measures: Iterable[str], language: str) -> str:
    """The reply to "cheaper" where the catalogue has no prices, and so on."""
    names = messages("measures", language)
    return say("no_measure", language, what=listed((names[m] for m in measures), language))


def small_talk(message: str, language: str) -> str:
    """The reply to thanks, to a goodbye, or to anything else: a hint of what can be asked."""
    folded = message.casefold()
    thanks = ("thank", "thx", "cheers", "danke", "merci", "gracias", "谢")
    byes = ("bye", "see you", "tschüss", "au revoir", "adiós", "adios", "再见")
    if any(word in folded for word in thanks):
        return say("thanks", language)
    return say("bye" if any(word in folded for word in byes) else "hello", language)


def explained(cards: Sequence[Card], language: str) -> str:
    """Why each card was picked: the first facts behind its text, and the history that led to it.
    Several cards get fewer facts each."""
    facts = 4 if len(cards) == 1 else 2
    sentences = []
    for card in cards:
        past = listed((reason.title for reason in card.reasons), language)
        behind = say("history", language, titles=past) if past else say("no_history", language)
        sentences += [say("why", language, title=card.item.title)]
        sentences += [*(evidence.text for evidence in card.evidence[:facts]), behind]
    return joined(sentences, language)


def not_excluded(made: Iterable[ChipChange], language: str) -> list[str]:
    """The notice that the catalogue cannot exclude what a turn avoids, if it avoids anything."""
    avoided = [one.chip.value for one in made if one.added and one.chip.kind == "avoid"]
    return [notice("unstated", language, what=listed(avoided, language))] if avoided else []


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
