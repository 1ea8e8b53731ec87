"""Text from outside made safe for a prompt."""

import re
import unicodedata


def neutral(text: str) -> str:
    """Catalogue text made safe for a prompt: no control characters, chat tokens or markup."""
    text = unicodedata.normalize("NFKC", text)
    previous = None
    while previous != text:
        previous = text
        text = re.sub(r"<\|[^|>]*\|>|</?s>|\[/?INST\]|<</?SYS>>|<[^<>]{0,200}>", " ", text)
    text = re.sub(r"https?://\S+|www\.\S+", " ", text)
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") else c for c in text)
    text = re.sub(r"(?i)\b(system|user|assistant)\s*:", r"\1 ", text)
    return re.sub(r"\s+", " ", re.sub(r"[`*_#{}<>|\\]+", " ", text)).strip()
