"""Notices shown beside the cards; their words are in `language/packs/messages`."""

from shelftalker.language.packs import messages


def notice(name: str, language: str, **values: object) -> str:
    """A notice by its name, with its values filled in."""
    return messages("notices", language)[name].format(**values)
