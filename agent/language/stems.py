"""Words of a text, as far as comparing texts needs them: stems, and Chinese signs one by one."""

import re

CHINESE = re.compile(r"[\u3400-\u9fff]")


def stem(word: str) -> str:
    """A crude stem: plural and possessive endings off."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def words_of(text: str) -> list[str]:
    """Stems of a text's words and its numbers, in order; Chinese characters one by one."""
    return [
        stem(piece)
        for piece in re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’]\w+)?", text)
    ]


def has_chinese(text: str) -> bool:
    """Whether any Chinese character occurs."""
    return bool(CHINESE.search(text))
