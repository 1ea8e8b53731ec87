"""Values that only describe another noun, or are one half of a choice: no demands."""

from shelftalker.data.field_roles import role_of
from shelftalker.language.packs import words_in
from shelftalker.understanding.rules.free_text import is_empty
from shelftalker.understanding.rules.mentions import Mention
from shelftalker.understanding.rules.parse_state import ParseState
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

_WITH = ("with", "mit", "avec", "con")
_GOES_ON = (
    *request_words.PREPOSITIONS,
    *request_words.PLACE_PREPOSITIONS,
    *request_words.CONTRAST_WORDS,
    *words_in("without no not under that which ohne sans sin or and und et y"),
)
"""Words after a noun that are no noun themselves."""


def is_half_a_choice(mention: Mention, state: ParseState) -> bool:
    """Whether "or" joins the value with words that no field holds: "funny or a western"."""
    words = [word.text for word in state.words]
    before = [at for at in range(max(mention.first - 3, 1), mention.first) if words[at] in _OR]
    after = [at for at in range(mention.last + 1, min(mention.last + 3, len(words) - 1))
             if words[at] in _OR]  # fmt: skip
    return any(not state.taken[at - 1] for at in before) or any(
        not state.taken[at + 1] for at in after
    )


_OR = request_words.OR


def is_modifier(mention: Mention, state: ParseState, vocabulary: CatalogVocabulary) -> bool:
    """Whether a kind of product only describes another noun: "desk" in "desk chair", "camera" in
    "a phone with a good camera"."""
    field = mention.entries[0].field
    if field not in vocabulary.single or role_of(field) != "genre":
        return False
    words = [word.text for word in state.words]
    if set(words[max(mention.first - 3, 0) : mention.first]) & set(_WITH):
        return True
    after = mention.last + 1
    if mention.plural or after >= len(words) or state.taken[after]:
        return False
    word = state.words[after]
    gap = state.text[state.words[after - 1].end : word.start]
    if gap != " " or not word.text.isascii() or is_empty(word) or word.text in _GOES_ON:
        return False
    return not any(entry.field != field for entry in vocabulary.categories.get((word.stem,), ()))
