"""Renders a conversation as HTML: pure functions of its state, in the language that its visitor
speaks. All catalogue text is escaped.

Buttons carry `data-button` and `data-value`; `page.js` turns a click into one event, and `data-key`
lets it restore the keyboard focus after a redraw.
"""

from collections.abc import Mapping, Sequence
from html import escape

from shelftalker.conversation.sentences import say
from shelftalker.conversation.state import Conversation, Turn
from shelftalker.conversation.taste import Chip, ChipChange
from shelftalker.language.packs import messages
from shelftalker.page.facts import facts_line
from shelftalker.types import Card


def log(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """Some of the turns; those of the cards on show have buttons, earlier cards their titles."""
    return "".join(_turn(turn, conversation) for turn in turns)


def head(language: str) -> str:
    """The page's heading, and the banner that `page.js` shows where the connection is lost."""
    word = messages("page", language)
    return (
        f'<header class="st-head"><h1>shelftalker</h1><p>{word["tagline"]}</p></header>'
        f'<div id="st-offline" role="alert" hidden>{word["offline"]}</div>'
    )


def welcome(offered: Sequence[str], language: str) -> str:
    """What a new conversation begins with; `offered` are requests to click instead of typing."""
    word = messages("page", language)
    return (
        f'<section class="st-welcome"><h2>{word["mood"]}</h2><p>{word["invitation"]}</p>'
        f'<ul class="st-examples">{_examples(offered)}</ul></section>'
    )


def corrections(offered: Sequence[str], language: str) -> str:
    """Corrections of the cards on show, to click instead of typing."""
    word = messages("page", language)
    if not offered:
        return ""
    return (
        f'<section class="st-correct" aria-label="{word["corrections"]}">'
        f"<span>{word['not_quite']}</span>"
        f'<ul class="st-examples">{_examples(offered)}</ul></section>'
    )


def _examples(offered: Sequence[str]) -> str:
    return "".join(f"<li>{_button('example', text, text, 'st-example')}</li>" for text in offered)


def _turn(turn: Turn, conversation: Conversation) -> str:
    language, parts = conversation.spoken, []
    word = messages("page", language)
    if turn.message:
        you = f'<span class="st-hidden">{word["you"]} </span>'
        parts.append(f'<p class="st-said">{you}{escape(turn.message)}</p>')
    if turn.changes:
        changes = "".join(_change(change, language) for change in turn.changes)
        parts.append(f'<ul class="st-diff" aria-label="{word["changed"]}">{changes}</ul>')
    if turn.reply:
        parts.append(f'<p class="st-reply">{escape(turn.reply)}</p>')
    parts.append(_cards(turn, conversation))
    parts += [_relaxations(turn, language), _notices(turn), _ending(turn, word)]
    return f'<section class="st-turn" data-state="{turn.progress}">{"".join(parts)}</section>'


def _change(change: ChipChange, language: str) -> str:
    sign, name = ("+", "added") if change.added else ("−", "removed")
    return (
        f'<li class="st-{name}"><span aria-hidden="true">{sign}</span>'
        f'<span class="st-hidden">{messages("page", language)[name]} </span>'
        f"{escape(_marked(change.chip, language))}</li>"
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
    body, facts = escape(text) if text else "", facts_line(item, conversation.spoken)
    if writing:
        body += '<span class="st-writing" aria-hidden="true"></span>'
    why, word = item.id in turn.why, messages("page", conversation.spoken)
    return (
        f'<article class="st-card" aria-label="{card.rank}. {escape(item.title)}">'
        f"{_picture(item.image)}"
        f'<h3><span class="st-rank">{card.rank}</span> {escape(item.title)}</h3>'
        f'<p class="st-facts">{escape(facts)}</p>{_match(card, word)}'
        f'<p class="st-text">{body}</p>{_actions(card, conversation, why)}'
        f"{_why(card, word) if why else ''}</article>"
    )


def _match(card: Card, word: Mapping[str, str]) -> str:
    share = f"{card.score:.0%}"
    return (
        f'<div class="st-match"><span>{word["match"]} {share}</span>'
        f'<span class="st-bar" role="meter" aria-label="{word["match"]}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{100 * card.score:.0f}">'
        f'<span style="width:{share}"></span></span></div>'
    )


def _actions(card: Card, conversation: Conversation, why: bool) -> str:
    item = card.item
    marked = {chip.value: chip.kind for chip in conversation.taste.of("like", "dislike", "seen")}
    states = {"like": ("pressed", marked.get(item.id) == "like"), "why": ("expanded", why)}
    word = messages("page", conversation.spoken)
    buttons = [_button(name, item.id, word[name], state=states.get(name)) for name in _ACTIONS]
    return f'<div class="st-actions">{"".join(buttons)}</div>'


_ACTIONS = ("like", "dislike", "seen", "more_like", "why")


def _why(card: Card, word: Mapping[str, str]) -> str:
    """The evidence for a card's text and the history behind its pick."""
    evidence = "".join(
        f"<li>{escape(e.text)} <small>{word[f'from_{e.source}']}</small></li>"
        for e in card.evidence
    )
    reasons = "".join(
        f"<li>{escape(r.title)} <small>+{r.weight:.2f}</small></li>" for r in card.reasons
    )
    behind = f"<p>{word['no_history']}</p>"
    if reasons:
        behind = f"<h4>{word['from_history']}</h4><ul>{reasons}</ul>"
    written = word["written_by"].format(writer=word[f"by_{card.source}"])
    return (
        f'<div class="st-why"><h4>{word["based_on"]}</h4><ul>{evidence}</ul>'
        f"{behind}<p><small>{written}</small></p></div>"
    )


def _relaxations(turn: Turn, language: str) -> str:
    lines = []
    for r in turn.relaxations:
        label = r.chip.label_in(language)
        text = escape(say("relax", language, label=label, count=r.count, title=r.title))
        remove = _button("remove", r.chip.key, say("let_go", language, label=label), "st-relax")
        lines.append(f"<li>{text}{remove}</li>")
    return f'<ul class="st-relaxations">{"".join(lines)}</ul>' if lines else ""


def _notices(turn: Turn) -> str:
    return "".join(f'<p class="st-notice">{escape(notice)}</p>' for notice in turn.notices)


def _ending(turn: Turn, word: Mapping[str, str]) -> str:
    if turn.progress == "failed":
        again, error = _button("again", "", word["try_again"]), escape(turn.error)
        return f'<p class="st-error" role="alert">{word["failed"]} {error} {again}</p>'
    if turn.progress == "stopped":
        more = _button("again", "", word["continue"])
        return f'<p class="st-notice">{word["stopped"]} {more}</p>'
    return ""


def _skeleton() -> str:
    card = '<div class="st-card st-skeleton"><span></span><span></span><span></span></div>'
    return f'<div class="st-cards" aria-hidden="true">{card * 3}</div>'


def taste(conversation: Conversation, history: Sequence[Chip], events: int) -> str:
    """The chips, each with buttons to pin and to remove it; `history` are the latest likes of
    `events` events in the log."""
    language, chips = conversation.spoken, conversation.taste
    word = messages("page", language)
    groups = [
        (word["required"], chips.of("filter")),
        (word["said"], chips.of("wish", "avoid", "example")),
        (word["marked"], chips.of("like", "dislike", "bought", "seen")),
        (word["history"].format(count=events), history),
        (word["ignored"], chips.of("ignore")),
    ]
    shown = "".join(
        f'<div class="st-group"><h3>{escape(name)}</h3>'
        f"<ul>{''.join(_chip(chip, language) for chip in listed)}</ul></div>"
        for name, listed in groups
        if listed
    )
    empty = f'<p class="st-nothing">{word["nothing_yet"]}</p>'
    hint = word["correct_me" if conversation.turns else "own_words"]
    return (
        f'<section class="st-taste" aria-label="{word["taste"]}" lang="{language}" '
        f'data-hint="{hint}">{shown or empty}</section>'
    )


def _chip(chip: Chip, language: str) -> str:
    word, said = messages("page", language), _said(chip, language)
    label, names = escape(_marked(chip, language)), ("ignore", "pin", "remove")
    ignore, pin, remove = (word[name].format(label=said) for name in names)
    if chip.kind == "history":
        cross = _button("ignore", chip.value, "×", "st-cross", name=ignore)
        return f'<li class="st-chip">{label}{cross}</li>'
    sign, state = "◆" if chip.pinned else "◇", ("pressed", chip.pinned)
    keep = _button("pin", chip.key, sign, "st-pin", name=pin, state=state, title=word["keep"])
    cross = _button("remove", chip.key, "×", "st-cross", name=remove)
    pinned = " st-pinned" if chip.pinned else ""
    return f'<li class="st-chip st-{chip.kind}{pinned}">{label}{keep}{cross}</li>'


def _said(chip: Chip, language: str) -> str:
    return chip.label_in(language) if chip.kind == "filter" else chip.label


def _marked(chip: Chip, language: str) -> str:
    """A chip's label with the word that says what it does, such as `without`."""
    pattern = messages("page", language).get(f"mark_{chip.kind}", "{label}")
    return pattern.format(label=_said(chip, language))


def status(turn: Turn | None, language: str) -> str:
    """The status for screen readers: when picks are there, and at the end."""
    word = messages("page", language)
    if turn is None or (turn.progress == "working" and not turn.cards):
        return word["searching"] if turn else ""
    titles = ", ".join(turn.cards[rank].item.title for rank in sorted(turn.cards))
    ended = {**word, "failed": f"{word['failed']} {turn.error}"}.get(turn.progress, "")
    return escape(f"{turn.reply} {titles} {ended}".strip())


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
