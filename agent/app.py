"""The chat page: a `gr.ChatInterface` over one recommender. It draws; the recommender thinks."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from shelftalker.answer import Card, Checked, Done, Picked, Shortlisted, Token, Update
from shelftalker.errors import MissingExtra, ShelftalkerError
from shelftalker.recommender import Recommender

if TYPE_CHECKING:
    import gradio as gr

EXAMPLES = [
    "a tense thriller from the eighties, not violent",
    "a comedy from the 1990s",
    "no drama",
]


def build(recommender: Recommender) -> "gr.ChatInterface":
    """The page, not yet served."""
    gr = _gradio()

    async def reply(
        message: str, history: list[dict[str, Any]], user: str
    ) -> AsyncGenerator[str, None]:
        cards: dict[int, Card] = {}
        texts: dict[int, str] = {}
        try:
            async for update in recommender.astream(user or "visitor", message):
                notices = _apply(update, cards, texts)
                yield _markdown(cards, texts, notices)
        except ShelftalkerError as error:
            yield f"That did not work: {error}"

    return gr.ChatInterface(
        reply,
        title="shelftalker",
        description="Ask for something; the texts are checked against the catalogue.",
        examples=[[example, "196"] for example in EXAMPLES],
        additional_inputs=[gr.Textbox("196", label="User id (an unknown id is a new visitor)")],
        cache_examples=False,
        api_name="chat",
    )


def launch(recommender: Recommender, *, host: str, port: int) -> None:
    """Serve the page until interrupted."""
    try:
        build(recommender).launch(server_name=host, server_port=port, share=False, quiet=False)
    except OSError:
        raise ShelftalkerError(
            f"cannot serve on {host}:{port}, which is in use or not allowed; choose another --port"
        ) from None


def _apply(update: Update, cards: dict[int, Card], texts: dict[int, str]) -> tuple[str, ...]:
    """Take one update into the page's state; notices come with the last."""
    if isinstance(update, Shortlisted | Picked):
        cards.clear()
        cards.update({card.rank: card for card in update.cards})
    elif isinstance(update, Token):
        texts[update.rank] = f"{texts.get(update.rank, '')} {update.text}".strip()
    elif isinstance(update, Checked):
        cards[update.card.rank] = update.card
        texts[update.card.rank] = update.card.description
    elif isinstance(update, Done):
        return update.answer.notices
    return ()


def _markdown(cards: dict[int, Card], texts: dict[int, str], notices: tuple[str, ...]) -> str:
    parts = []
    for rank in sorted(cards):
        card = cards[rank]
        liked = ", ".join(_plain(reason.title) for reason in card.reasons)
        parts.append(f"**{rank}. {_plain(card.item.title)}** · match {card.score:.0%}")
        parts.append(_plain(texts.get(rank, "…")))
        if liked:
            parts.append(f"*because of {liked}*")
    parts += [f"> {_plain(notice)}" for notice in notices]
    return "\n\n".join(parts) or "Nothing in the catalogue fits."


def _plain(text: str) -> str:
    """Catalogue text is data: characters that Markdown or HTML would act on are escaped."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#!|>~$" else sign for sign in text).replace(
        "<", "&lt;"
    )


def _gradio() -> Any:
    try:
        import gradio
    except ImportError:
        raise MissingExtra("gradio", "chat") from None
    return gradio
