"""The word tables of the rules: `language/packs/words`, in five languages.

Each is a namespace: `act_words.OPENING`, `request_words.FILLER`.
"""

from types import SimpleNamespace

from shelftalker.language.packs import words

act_words, number_words, question_words, request_words = (
    SimpleNamespace(**words(name)) for name in ("acts", "numbers", "questions", "requests")
)
