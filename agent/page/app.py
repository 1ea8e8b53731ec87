"""The chat page: `build` makes it for one recommender, `launch` serves it.

A demo: anybody may choose any known user and see what that user likes. Put it behind your login.
"""

from typing import TYPE_CHECKING

from shelftalker.errors import MissingExtra, ShelftalkerError
from shelftalker.recommender import Recommender

if TYPE_CHECKING:
    import gradio as gr


def build(recommender: Recommender, demo: bool = True) -> "gr.Blocks":
    """The page, not yet served. `demo`: as in `PageController`. Raises `MissingExtra`."""
    try:
        from shelftalker.page.blocks import blocks
    except ModuleNotFoundError as error:
        if error.name != "gradio":
            raise
        raise MissingExtra("gradio", "chat") from None
    return blocks(recommender, demo)


def launch(
    recommender: Recommender, *, host: str = "127.0.0.1", port: int | None = None, wait: bool = True
) -> "gr.Blocks":
    """Serve the page until interrupted or, without `wait`, until its `close()`.

    Its address is `local_url`; the default port is the first free one from 7860 on. Raises
    `MissingExtra`, and `ShelftalkerError` if the address cannot be used.
    """
    page = build(recommender)
    from shelftalker.page.blocks import serve

    turns = recommender.workspace.settings.chat.concurrency
    try:
        address = serve(page, host=host, port=port, turns=turns)
    except OSError:
        raise ShelftalkerError(
            f"cannot serve on {host}:{port}, which is in use or not allowed; choose another --port"
        ) from None
    if wait:
        print(f"The page is at {address} (Ctrl-C ends it).", flush=True)
        page.block_thread()
    return page
