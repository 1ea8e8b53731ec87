"""The words of pages, which lie in `language/packs/messages`, and the language of a browser."""

from collections.abc import Mapping

import gradio as gr

from shelftalker.language.packs import messages

LANGUAGES = ("en", "zh", "de")


def labels(kind: str) -> gr.I18n:
    """The messages of one kind for widgets, in the language of each browser."""
    return gr.I18n(**{language: messages(kind, language) for language in LANGUAGES})


def browser_language(headers: Mapping[str, str]) -> str:
    """The first language that a browser asks for and the pages have; English without one."""
    asked = [one.strip()[:2].lower() for one in headers.get("accept-language", "").split(",")]
    return next((language for language in asked if language in LANGUAGES), "en")
