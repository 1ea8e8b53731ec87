"""Whether a text says that a word is there, or denies it."""

import pytest

from shelftalker.language.stance import akin, stance


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("Olive oil, water, soda, salt: four ingredients and no perfume.", "perfume", "denies"),
        ("Dries three times faster for reduced smearing.", "smear", "denies"),
        ("A smear-proof ink.", "smear", "denies"),
        ("Left unperfumed for thin skin.", "perfume", "denies"),
        ("Not for children, a strong perfume.", "perfume", "says"),  # another clause's denial
        ("A strong perfume of cedar. No perfume stays on the hands.", "perfume", "says"),
        ("Coloured with charcoal.", "perfume", "silent"),
        ("A violent film about a quiet man.", "violence", "says"),
        ("Two Flies on a wall.", "fly", "says"),
    ],
)
def test_a_text_says_denies_or_leaves_open(text: str, word: str, found: str) -> None:
    assert stance(text, word) == found


def test_forms_of_one_word_are_akin_and_short_likenesses_are_not() -> None:
    assert akin("smear", "smearing")
    assert akin("violent", "violence")
    assert not akin("war", "warm")
    assert not akin("ink", "inkwell")
    assert not akin("electric", "electronics")
