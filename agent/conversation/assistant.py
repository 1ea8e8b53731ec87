"""`Assistant`: runs the turns of a conversation with a recommender.

Each turn runs as a task of its own that fills in a `Turn`, and the caller follows it. Stopping
cancels the task and its engine requests. A new turn stops the one before.
"""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import token_hex

from shelftalker.conversation.sentences import explained, not_excluded, requested, say
from shelftalker.conversation.state import VISITOR, Conversation, Turn
from shelftalker.conversation.taste import Chip, changes
from shelftalker.conversation.transition import TurnOutcome, pointed, request_of, understand
from shelftalker.conversation.turn_filters import loosened, pictured, relaxed, surprising, too_few
from shelftalker.data.filters import Filter
from shelftalker.data.profile import Profile
from shelftalker.engine.concurrency import READING, computed
from shelftalker.errors import InputError, ShelftalkerError
from shelftalker.language.detect import detect
from shelftalker.language.sentences import joined
from shelftalker.recommender import Recommender
from shelftalker.serving.domain import Domain
from shelftalker.serving.request_id import request_id
from shelftalker.types import Request, Shortlisted
from shelftalker.understanding.rules.acts import Act
from shelftalker.understanding.turn import TurnReading

_LOG = logging.getLogger(__name__)
INTERNAL_ERROR = "an internal error; the server's log has it under {request}"


class Assistant:
    """Answers for one recommender. Stateless: the caller keeps each `Conversation`. `seconds`: as
    in `GenerateCall`."""

    def __init__(self, recommender: Recommender, k: int = 3, seconds: float | None = None) -> None:
        self.recommender, self.k, self.seconds = recommender, k, seconds

    def begin(
        self, user: str = "", domain: str | None = None, language: str | None = None
    ) -> Conversation:
        """A new conversation; without a user it is a new visitor's."""
        name = self.recommender.domain(domain).name
        who = user or f"{VISITOR}{token_hex(8)}"
        return Conversation(who, name, language, spoken=language or "en")

    async def say(self, conversation: Conversation, message: str) -> AsyncGenerator[Turn, None]:
        """The turn of a message; yields it again each time it has changed."""
        heard = await computed(self._heard, conversation, message, after=READING)
        domain, message, language, reading = heard
        situation = conversation.situation(language)
        if reading is None:
            await _stopped(conversation)
            pending = Turn(message, "ask", situation)
            task = asyncio.create_task(domain.read(message, situation))
            conversation.task = task
            try:
                yield pending
                await asyncio.wait({task})
            finally:
                task.cancel()
            if task.cancelled():
                pending.progress = "stopped"
                yield pending
                return
            reading = task.result()
        conversation.spoken = reading.language
        move = understand(message, situation, domain.reader, reading)
        async with contextlib.aclosing(self._turn(conversation, message, move, reading)) as turns:
            async for turn in turns:
                yield turn

    def _heard(
        self, conversation: Conversation, message: str
    ) -> tuple[Domain, str, str, TurnReading | None]:
        """The message without personal data, its language, its reading where no LLM reads it."""
        domain = self._domain(conversation)
        message = domain.cleaned(message)
        language = conversation.language or detect(message, conversation.spoken)
        by_llm, situation = domain.llm_reader is not None, conversation.situation(language)
        return domain, message, language, None if by_llm else domain.reader.read(message, situation)

    async def press(
        self, conversation: Conversation, button: str, value: str = ""
    ) -> AsyncGenerator[Turn, None]:
        """The turn of a button: `like`, `dislike`, `seen`, `more_like`, `why` with an item's id;
        `ignore` with the id of a liked item in the history; `remove` or `pin` with a chip's key;
        `undo`, `others`, `surprise`, `again`, `restart`.

        Raises `InputError` for any other button.
        """
        conversation.spoken = conversation.language or conversation.spoken
        move = await self._pressed(conversation, button, value)
        if move is None:
            return
        async with contextlib.aclosing(self._turn(conversation, "", move)) as turns:
            async for turn in turns:
                yield turn

    def show(self, conversation: Conversation, picture: Path) -> AsyncGenerator[Turn, None]:
        """The turn of a picture, a file, that the cards should be like."""
        reply = say("picture", conversation.spoken)
        move = TurnOutcome("ask", conversation.taste, reply, picture=picture)
        return self._turn(conversation, "", move)

    async def _turn(
        self,
        conversation: Conversation,
        message: str,
        move: TurnOutcome,
        reading: TurnReading | None = None,
    ) -> AsyncGenerator[Turn, None]:
        """Run the move as a task and yield its turn as it changes; closing this stops the task."""
        await _stopped(conversation)
        if move.act == "undo":
            yield await self._undone(conversation, message)
            return
        turn = Turn(message, move.act, conversation.situation(), move.reply)
        turn.changes = changes(conversation.taste, move.taste)
        notices = reading.notices if reading else ()
        turn.notices = (*not_excluded(turn.changes, conversation.spoken), *notices)
        turn.set_aside = tuple(part.text for part in reading.set_aside) if reading else ()
        conversation.taste, conversation.focus = move.taste, move.focus or conversation.focus
        conversation.question = move.question
        conversation.turns.append(turn)
        task = asyncio.create_task(self._fill(conversation, turn, move))
        conversation.task = task
        try:
            task.add_done_callback(lambda _: turn.moved.set())
            over = False
            while not over:
                over = task.done()  # read before the yield: what ends during it is yielded again
                if task.cancelled():
                    turn.progress = "stopped"  # before it began
                yield turn
                if not over:
                    await turn.moved.wait()
                    turn.moved.clear()
        finally:
            task.cancel()

    async def _fill(self, conversation: Conversation, turn: Turn, move: TurnOutcome) -> None:
        """The work of one turn. Raises nothing: the turn says how it ended."""
        with request_id() as request:
            try:
                await self._carry_out(conversation, turn, move)
                turn.progress = "done"
            except asyncio.CancelledError:
                turn.progress = "stopped"
            except ShelftalkerError as error:
                turn.progress, turn.error = "failed", str(error)
            except Exception as error:  # noqa: BLE001  nobody awaits this task: logged here or lost
                # Its message may quote the visitor, the frames do not.
                frames = "".join(traceback.format_tb(error.__traceback__))
                _LOG.error("request %s: %s in a turn\n%s", request, type(error).__name__, frames)
                turn.progress, turn.error = "failed", INTERNAL_ERROR.format(request=request)

    async def _carry_out(self, conversation: Conversation, turn: Turn, move: TurnOutcome) -> None:
        """Record the turn's events, explain cards, pick new ones."""
        user, domain = conversation.user, conversation.domain
        for item, kind in move.events:
            record = partial(self.recommender.feedback, user, item, kind, domain=domain)
            turn.events.append(await asyncio.to_thread(record))
        if move.why and (shown := conversation.on_show):
            turn.why = set(move.why)
            shown.why |= turn.why
            cards = [card for card in conversation.cards if card.item.id in turn.why]
            turn.reply = joined(
                [requested(conversation.taste, conversation.spoken),
                 explained(cards, conversation.spoken)],
                conversation.spoken,
            )  # fmt: skip
        if move.picks:
            await self._picks(conversation, turn, move)

    async def _picks(self, conversation: Conversation, turn: Turn, move: TurnOutcome) -> None:
        """New picks for the current taste; others that are asked for in vain loosen it."""
        taste, freed = conversation.taste, None
        request = request_of(taste, turn.message, conversation.spoken)
        never = [condition for condition in taste.filters if condition.field == "id"]
        if move.act == "surprise" or move.picture:
            never += await computed(self._narrowed, conversation, request, move.picture)
        updates = self.recommender.astream(
            conversation.user,
            turn.message,
            domain=conversation.domain,
            k=self.k,
            filters=never,
            request=request,
            seed=len(conversation.turns),
            seconds=self.seconds,
        )
        async with contextlib.aclosing(updates):
            async for update in updates:
                turn.apply(update)
                if isinstance(update, Shortlisted) and len(update.cards) < self.k:
                    domain = await computed(self._domain, conversation)
                    profile = await computed(self._profile, conversation)
                    turn.relaxations = await computed(relaxed, profile, domain, taste, request)
                    if move.act == "others" and not update.cards:
                        freed = loosened(turn.relaxations, taste)
                    if freed:
                        break
                    turn.reply = too_few(turn, conversation.spoken)
                turn.moved.set()
        if freed:
            conversation.taste, turn.relaxations = taste.removed(freed.key), ()
            turn.changes = changes(turn.before.taste, conversation.taste)
            label = freed.label_in(conversation.spoken)
            turn.reply = say("loosened", conversation.spoken, label=label)
            await self._picks(conversation, turn, move)

    async def _pressed(
        self, conversation: Conversation, button: str, value: str
    ) -> TurnOutcome | None:
        taste, language = conversation.taste, conversation.spoken
        if button == "pin":
            conversation.taste = taste.pinning(value)
            return None
        if button in ("like", "dislike", "seen", "more_like"):
            domain = await computed(self._domain, conversation)
            act: Act = button  # type: ignore[assignment]
            return pointed(act, [domain.catalog[value]], taste, language)
        if button == "why":
            if (shown := conversation.on_show) is not None:  # opens or closes its reasons
                shown.why ^= {value}
                conversation.focus = value
            return None
        if button == "remove":
            label = next((c.label_in(language) for c in taste.chips if c.key == value), "")
            reply = say("removed", language, label=label)
            return TurnOutcome("ask", taste.removed(value), reply, picks=bool(conversation.turns))
        if button == "ignore":
            domain = await computed(self._domain, conversation)
            chip = Chip("ignore", value, domain.catalog[value].title)
            reply = say("ignored", language, title=chip.label)
            return TurnOutcome("ask", taste.adding([chip]), reply, picks=bool(conversation.turns))
        if button == "again":
            return TurnOutcome("ask", taste, say("again", language))
        if button in ("undo", "others", "surprise", "restart"):
            domain = await computed(self._domain, conversation)
            return understand(_SAID[button], conversation.situation(language), domain.reader)
        raise InputError(f"button {button!r} is unknown; allowed: {', '.join(BUTTONS)}")

    async def _undone(self, conversation: Conversation, message: str) -> Turn:
        """Undo the last turn that changed anything: its chips, its cards, and its events in the
        log. Later turns without effect, such as a "why this?", are removed with it."""
        before = conversation.situation()
        while conversation.turns and not conversation.turns[-1].did_anything:
            conversation.turns.pop()
        if not conversation.turns:
            reply = say("nothing_to_undo", conversation.spoken)
            return Turn(message, "undo", before, reply, progress="done")
        last = conversation.turns.pop()
        for event in last.events:
            await asyncio.to_thread(self.recommender.retract, event, domain=conversation.domain)
        turn = Turn(message, "undo", before, say("undone", conversation.spoken), progress="done")
        turn.changes = changes(conversation.taste, last.before.taste)
        conversation.taste, conversation.focus = last.before.taste, last.before.focus
        return turn

    def _domain(self, conversation: Conversation) -> Domain:
        return self.recommender.domain(conversation.domain).for_user(conversation.user)

    def _narrowed(
        self, conversation: Conversation, request: Request, picture: Path | None
    ) -> list[Filter]:
        """A filter to the items of a surprise, or to those like a picture."""
        domain, filters = self._domain(conversation), conversation.taste.filters
        profile = replace(self._profile(conversation), filters=filters)
        if picture is not None:
            return pictured(domain, profile, request, self.k, picture)
        return surprising(domain, profile, request, self.k, len(conversation.turns))

    def _profile(self, conversation: Conversation) -> Profile:
        return self.recommender.profile(conversation.user, domain=conversation.domain)


BUTTONS = (
    "like", "dislike", "seen", "more_like", "why", "remove", "pin", "undo", "others", "surprise",
    "again", "restart", "ignore",
)  # fmt: skip
_SAID = {"undo": "undo", "others": "others", "surprise": "surprise me", "restart": "start over"}
"""What buttons stand for."""


async def _stopped(conversation: Conversation) -> None:
    """Stop the turn before, if it is still running, and wait for its end."""
    if conversation.task is not None and not conversation.task.done():
        conversation.task.cancel()
        await asyncio.wait({conversation.task})
