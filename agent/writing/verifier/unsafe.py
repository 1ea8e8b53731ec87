"""Words that no text may contain, by language: the package's lists, and `unsafe.<language>.txt`
files beside the prompts of a workspace or domain, one word or phrase a line.

Whole words are matched, ignoring case; Chinese matches anywhere. Titles and names of people are
not checked.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from shelftalker.errors import PromptError
from shelftalker.language.stems import has_chinese

PACKAGED = tuple(Path(__file__).parent / f"unsafe.{language}.txt" for language in ("en", "zh"))


class Unsafe:
    """A search for the unsafe words of all languages."""

    def __init__(self, words: Sequence[str]) -> None:
        folded = sorted({word.strip().casefold() for word in words if word.strip()}, key=len)
        whole = "|".join(re.escape(word) for word in folded[::-1] if not has_chinese(word))
        # `妈妈的` is none
        chinese = [f"(?<!{word[0]}){word}" for word in folded[::-1] if has_chinese(word)]
        # One search for the begin of a word, not one for each word.
        self._search = re.compile("|".join([rf"\b(?:{whole})\b", *chinese]))

    def found(self, text: str) -> str | None:
        """The first unsafe word of a text, None where there is none."""
        match = self._search.search(text.casefold())
        return match.group() if match else None


def unsafe_words(folders: Sequence[Path] = ()) -> Unsafe:
    """The package's words and those in `folders`. Raises `PromptError` for an unreadable file."""
    files = [file for folder in folders for file in sorted(folder.glob("unsafe.*.txt"))]
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=32)
def _read(files: tuple[tuple[Path, int], ...]) -> Unsafe:
    words: list[str] = []
    for file in (*PACKAGED, *(file for file, _ in files)):
        try:
            words += file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(f"{file} cannot be read as UTF-8 text: {error}") from None
    return Unsafe([word for word in words if not word.startswith("#")])
