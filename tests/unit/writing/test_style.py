"""Voice and formats: what a domain never says is never shown, and texts keep to their length."""

from dataclasses import replace
from pathlib import Path

import pytest

from shelftalker.data.catalog import Item
from shelftalker.errors import InputError, WorkspaceError
from shelftalker.serving.options import GenerateCall
from shelftalker.types import Card, Request, Style
from shelftalker.writing.describe import Describer
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.hooks import Hook
from shelftalker.writing.ready import overview, text_over
from shelftalker.writing.style import LIMITS, VOICE_FILE, Voice, read_voice
from shelftalker.writing.text_request import TextRequest
from tests.support.fakes import FakeEngine
from tests.support.harbour import ALSO_TRUE, EVIDENCE, HISTORY, ITEM, REQUEST, TRUE

HOOK = Hook("1", "", "A retired thief robs the harbour bank.")


async def told(engine: FakeEngine | None = None, **fields: object) -> tuple[str, str]:
    asked = {"request": REQUEST, **fields}
    wanted = TextRequest(ITEM, EVIDENCE, HISTORY, **asked)  # type: ignore[arg-type]
    made = await Describer(engine).describe(wanted)
    return made.text, made.source


@pytest.mark.parametrize("engine", [None, FakeEngine([f"{TRUE} {ALSO_TRUE}"])])
async def test_a_word_never_said_is_shown_by_nobody(engine: FakeEngine | None) -> None:
    plain, _ = await told(engine)
    assert "Kessler" in plain
    text, _ = await told(engine, voice=Voice(never=("Kessler",)))
    assert "Kessler" not in text
    assert text


async def test_a_voice_that_does_not_speak_to_the_reader() -> None:
    assert "you" in (await told())[0].lower()
    text, _ = await told(voice=Voice(person="none"))
    assert "you" not in text.lower()
    assert "harbour bank" in text


async def test_preferred_words_replace_the_composers_own_and_no_title() -> None:
    text, _ = await told(voice=Voice(prefer={"directed": "made", "Glass": "Grass"}))
    assert "made" in text or "directed" not in text
    assert "Grass" not in text


async def test_a_text_of_which_the_voice_refuses_all_is_written_all_the_same() -> None:
    item = replace(ITEM, text="A retired thief robs the harbour bank 🍳 on a wet night.")
    evidence = choose_evidence(item, [], [], Request())
    for engine in (None, FakeEngine([ALSO_TRUE])):
        made = await Describer(engine).describe(TextRequest(item, evidence))
        assert made.text
        assert "🍳" not in made.text


def test_an_emoji_is_shown_only_where_the_voice_has_them() -> None:
    assert Voice().refusal("A pan 🍳.")
    assert not Voice(emoji=True).refusal("A pan 🍳.")
    assert not Voice().refusal("A pan of 2.5 mm — light.")


@pytest.mark.parametrize("form", ["headline", "push"])
@pytest.mark.parametrize("hook", [None, HOOK])
async def test_short_formats_keep_to_their_length(form: str, hook: Hook | None) -> None:
    text, source = await told(style=Style(form), hook=hook)  # type: ignore[arg-type]
    assert 0 < len(text) <= LIMITS[form]
    assert source == ("prepared" if hook and form == "push" else "template")


async def test_a_prepared_text_comes_with_a_link_and_without_the_model() -> None:
    engine = FakeEngine([TRUE])
    text, source = await told(engine, hook=HOOK, request=Request())
    assert text.startswith(HOOK.text)
    assert HISTORY[0].item.title in text
    assert source == "prepared"
    assert engine.calls == []


async def test_the_model_may_write_the_link() -> None:
    engine = FakeEngine([f"{TRUE} {ALSO_TRUE}"])
    text, _ = await told(engine, hook=HOOK, voice=Voice(links="model"))
    assert text.startswith(HOOK.text)
    assert text != HOOK.text
    assert engine.calls


@pytest.mark.parametrize(("length", "most"), [("short", 1), ("medium", 2)])
async def test_a_length_bounds_the_sentences(length: str, most: int) -> None:
    engine = FakeEngine([f"{TRUE} {ALSO_TRUE}"])
    text, _ = await told(engine, style=Style(length=length))  # type: ignore[arg-type]
    assert text.count(". ") + 1 <= most


async def test_capable_prompts_carry_the_style_guide() -> None:
    engine = FakeEngine([f"{TRUE} {ALSO_TRUE}"])
    voice = Voice(tone="dry", never=("cosy",), examples=("Two eggs.",), prompts="capable")
    await told(engine, voice=voice, style=Style(tone="warm"))
    prompt = " ".join(message["content"] for message in engine.prompts[0])
    assert "Tone: warm." in prompt
    assert "cosy" in prompt
    assert "Two eggs." in prompt


def test_a_voice_file_with_an_unknown_key_says_what_is_known(tmp_path: Path) -> None:
    assert read_voice(tmp_path) == Voice()
    (tmp_path / VOICE_FILE).write_text('never = ["cheap"]\n', encoding="utf-8")
    assert read_voice(tmp_path).never == ("cheap",)
    (tmp_path / VOICE_FILE).write_text('nevr = ["cheap"]\n', encoding="utf-8")
    with pytest.raises(WorkspaceError, match="unknown key 'nevr'; known: tone"):
        read_voice(tmp_path)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InputError, match="'poem' is unknown; allowed: card, headline"):
        GenerateCall("u", style=Style("poem"))  # type: ignore[arg-type]


FILMS = [
    Item(
        str(n), title, "", {"genres": ("Crime", "Drama"), "director": "Anna Kessler", "year": 1990}
    )
    for n, title in enumerate(["Cold Ledger", "Iron Tide", "Pale Sun"])
]


def test_an_intro_says_what_all_cards_share() -> None:
    assert overview(FILMS, "en") == (
        "Three crime dramas by Anna Kessler for you: Cold Ledger, Iron Tide and Pale Sun."
    )
    mixed = [*FILMS[:2], Item("9", "Glue", "", {"brand": "Otto"})]
    assert overview(mixed, "en") == "Three picks for you: Cold Ledger, Iron Tide and Glue."
    assert "《Cold Ledger》" in overview(FILMS, "zh")


def test_an_email_has_a_short_subject_and_an_opening() -> None:
    cards = [Card(item, n, 0.5, 0.5, description=f"Text {n}.") for n, item in enumerate(FILMS)]
    subject, opening = text_over(cards, "email", "en").split("\n")
    assert 0 < len(subject) <= 60
    assert opening.endswith("Text 0.")
