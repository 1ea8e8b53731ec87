"""Renders a conversation as HTML: pure functions of its state. All catalogue text is escaped.

Buttons carry `data-button` and `data-value`; `page.js` turns a click into one event, and `data-key`
lets it restore the keyboard focus after a redraw.
"""

from collections.abc import Sequence
from html import escape

from shelftalker.conversation.sentences import say
from shelftalker.conversation.state import Conversation, Turn
from shelftalker.conversation.taste import Chip, ChipChange
from shelftalker.page.facts import facts_line
from shelftalker.types import Card


def log(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """Some of the turns; those of the cards on show have buttons, earlier cards their titles."""
    return "".join(_turn(turn, conversation) for turn in turns)


def welcome(offered: Sequence[str]) -> str:
    """What a new conversation begins with; `offered` are requests to click instead of typing."""
    return (
        '<section class="st-welcome"><h2>What are you in the mood for?</h2>'
        "<p>Say it in your own words, what you want and what you never want to see. "
        "Then correct me until it fits.</p>"
        f'<ul class="st-examples">{_examples(offered)}</ul></section>'
    )


def corrections(offered: Sequence[str]) -> str:
    """Corrections of the cards on show, to click instead of typing."""
    if not offered:
        return ""
    return (
        '<section class="st-correct" aria-label="Corrections"><span>Not quite? Say what you would '
        f'change:</span><ul class="st-examples">{_examples(offered)}</ul></section>'
    )


def _examples(offered: Sequence[str]) -> str:
    return "".join(f"<li>{_button('example', text, text, 'st-example')}</li>" for text in offered)


def _turn(turn: Turn, conversation: Conversation) -> str:
    bubble = f'<p class="st-said"><span class="st-hidden">You: </span>{escape(turn.message)}</p>'
    parts = [bubble if turn.message else ""]
    if turn.changes:
        changes = "".join(_change(change) for change in turn.changes)
        parts.append(f'<ul class="st-diff" aria-label="What this changed">{changes}</ul>')
    if turn.reply:
        parts.append(f'<p class="st-reply">{escape(turn.reply)}</p>')
    parts.append(_cards(turn, conversation))
    parts += [_relaxations(turn, conversation), _notices(turn), _ending(turn)]
    return f'<section class="st-turn" data-state="{turn.progress}">{"".join(parts)}</section>'


def _change(change: ChipChange) -> str:
    sign, word = ("+", "added") if change.added else ("−", "removed")
    said = _MARKS.get(change.chip.kind, "") + change.chip.label
    return (
        f'<li class="st-{word}"><span aria-hidden="true">{sign}</span>'
        f'<span class="st-hidden">{word}: </span>{escape(said)}</li>'
    )


def _cards(turn: Turn, conversation: Conversation) -> str:
    if not turn.cards:
        return _skeleton() if turn.progress == "working" and not turn.reply else ""
    cards = [turn.cards[rank] for rank in sorted(turn.cards)]
    if turn is not conversation.on_show:
        titles = " · ".join(escape(card.item.title) for card in cards)
        return f'<p class="st-earlier">{titles}</p>'
    return (
        f'<div class="st-cards">{"".join(_card(card, turn, conversation) for card in cards)}</div>'
    )


def _card(card: Card, turn: Turn, conversation: Conversation) -> str:
    item, text = card.item, turn.texts.get(card.rank, "")
    writing = turn.progress == "working" and not card.description
    body = escape(text) if text else ""
    if writing:
        body += '<span class="st-writing" aria-hidden="true"></span>'
    why = item.id in turn.why
    return (
        f'<article class="st-card" aria-label="{card.rank}. {escape(item.title)}">'
        f"{_picture(item.image)}"
        f'<h3><span class="st-rank">{card.rank}</span> {escape(item.title)}</h3>'
        f'<p class="st-facts">{escape(facts_line(item))}</p>{_match(card)}'
        f'<p class="st-text">{body}</p>{_actions(card, conversation, why)}'
        f"{_why(card) if why else ''}</article>"
    )


def _match(card: Card) -> str:
    share = f"{card.score:.0%}"
    return (
        f'<div class="st-match"><span>match {share}</span>'
        f'<span class="st-bar" role="meter" aria-label="match" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{100 * card.score:.0f}">'
        f'<span style="width:{share}"></span></span></div>'
    )


def _actions(card: Card, conversation: Conversation, why: bool) -> str:
    item = card.item
    marked = {chip.value: chip.kind for chip in conversation.taste.of("like", "dislike", "seen")}
    buttons = [
        _button("like", item.id, "Like", state=("pressed", marked.get(item.id) == "like")),
        _button("dislike", item.id, "Not for me"),
        _button("seen", item.id, "Already know it"),
        _button("more_like", item.id, "More like this"),
        _button("why", item.id, "Why this?", state=("expanded", why)),
    ]
    return f'<div class="st-actions">{"".join(buttons)}</div>'


def _why(card: Card) -> str:
    """The evidence for a card's text and the history behind its pick."""
    evidence = "".join(
        f"<li>{escape(e.text)} <small>{_SOURCES[e.source]}</small></li>" for e in card.evidence
    )
    reasons = "".join(
        f"<li>{escape(r.title)} <small>+{r.weight:.2f}</small></li>" for r in card.reasons
    )
    behind = f"<h4>From your history</h4><ul>{reasons}</ul>" if reasons else ""
    none = "<p>Nothing in your history led to it.</p>"
    return (
        f'<div class="st-why"><h4>What this text is based on</h4><ul>{evidence}</ul>'
        f"{behind or none}<p><small>Written by: {_WRITERS[card.source]}</small></p></div>"
    )


_SOURCES = {"catalog": "catalogue", "history": "your history", "request": "your words"}
_WRITERS = {
    "model": "the language model, checked sentence by sentence",
    "retry": "the language model, on its second try",
    "prepared": "prepared ahead and checked",
    "human": "written by a person",
    "template": "put together from catalogue facts, without the language model",
}


def _relaxations(turn: Turn, conversation: Conversation) -> str:
    language, lines = conversation.spoken, []
    for r in turn.relaxations:
        label = r.chip.label_in(language)
        text = escape(say("relax", language, label=label, count=r.count, title=r.title))
        remove = _button("remove", r.chip.key, say("let_go", language, label=label), "st-relax")
        lines.append(f"<li>{text}{remove}</li>")
    return f'<ul class="st-relaxations">{"".join(lines)}</ul>' if lines else ""


def _notices(turn: Turn) -> str:
    return "".join(f'<p class="st-notice">{escape(notice)}</p>' for notice in turn.notices)


def _ending(turn: Turn) -> str:
    if turn.progress == "failed":
        again = _button("again", "", "Try again")
        return (
            f'<p class="st-error" role="alert">That didn’t work: {escape(turn.error)} {again}</p>'
        )
    if turn.progress == "stopped":
        return f'<p class="st-notice">Stopped. {_button("again", "", "Continue")}</p>'
    return ""


def _skeleton() -> str:
    card = '<div class="st-card st-skeleton"><span></span><span></span><span></span></div>'
    return f'<div class="st-cards" aria-hidden="true">{card * 3}</div>'


def taste(conversation: Conversation, history: Sequence[Chip], events: int) -> str:
    """The chips, each with buttons to pin and to remove it; `history` are the latest likes of
    `events` events in the log."""
    groups = [
        ("Required", conversation.taste.of("filter")),
        ("You said", conversation.taste.of("wish", "avoid", "example")),
        ("You marked", conversation.taste.of("like", "dislike", "bought", "seen")),
        (f"From your history ({events})", history),
        ("Ignored", conversation.taste.of("ignore")),
    ]
    language = conversation.spoken
    listed = [(name, "".join(_chip(c, language) for c in chips)) for name, chips in groups if chips]
    shown = "".join(
        f'<div class="st-group"><h3>{escape(name)}</h3><ul>{chips}</ul></div>'
        for name, chips in listed
    )
    empty = '<p class="st-nothing">Nothing yet. What you ask for will be listed here.</p>'
    return f'<section class="st-taste" aria-label="Your taste">{shown or empty}</section>'


def _chip(chip: Chip, language: str) -> str:
    said = chip.label_in(language) if chip.kind == "filter" else chip.label
    label = escape(_MARKS.get(chip.kind, "") + said)
    if chip.kind == "history":
        ignore = _button("ignore", chip.value, "×", "st-cross", name=f"Ignore {said}")
        return f'<li class="st-chip">{label}{ignore}</li>'
    pin = _button(
        "pin",
        chip.key,
        "◆" if chip.pinned else "◇",
        "st-pin",
        name=f"Pin {said}",
        state=("pressed", chip.pinned),
        title="Keep this, even when I start over",
    )
    cross = _button("remove", chip.key, "×", "st-cross", name=f"Remove {said}")
    pinned = " st-pinned" if chip.pinned else ""
    return f'<li class="st-chip st-{chip.kind}{pinned}">{label}{pin}{cross}</li>'


_MARKS = {
    "like": "♥ ",
    "dislike": "not ",
    "seen": "known: ",
    "bought": "bought: ",
    "example": "like ",
    "ignore": "without ",
}


def status(turn: Turn | None) -> str:
    """The status for screen readers: when picks are there, and at the end."""
    if turn is None or (turn.progress == "working" and not turn.cards):
        return "Looking for picks" if turn else ""
    titles = ", ".join(turn.cards[rank].item.title for rank in sorted(turn.cards))
    ended = {"done": "Done.", "stopped": "Stopped.", "failed": f"Failed: {turn.error}"}
    return escape(f"{turn.reply} {titles} {ended.get(turn.progress, '')}".strip())


def _button(
    button: str,
    value: str,
    text: str,
    classes: str = "",
    *,
    name: str = "",
    state: tuple[str, bool] | None = None,
    title: str = "",
) -> str:
    """A button that `page.js` listens to; `state` is an ARIA state and its value."""
    aria = f' aria-label="{escape(name)}"' if name else ""
    if state:
        aria += f' aria-{state[0]}="{"true" if state[1] else "false"}"'
    if title:
        aria += f' title="{escape(title)}"'
    value = escape(value)
    return (
        f'<button type="button" class="st-button {classes}" data-button="{button}" '
        f'data-value="{value}" data-key="{button}:{value}"{aria}>{escape(text)}</button>'
    )


def _picture(address: str | None) -> str:
    """The item's picture, if it has one; its `alt` is empty because the title follows."""
    if not address or not address.startswith(("https://", "http://", "data:image/")):
        return ""
    return f'<img src="{escape(address)}" alt="" loading="lazy">'
