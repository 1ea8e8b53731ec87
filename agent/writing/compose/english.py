"""Plain English sentences about single facts, for prompts and for answers to questions."""

from shelftalker.data.product_kinds import kind_named
from shelftalker.language.things import is_plural
from shelftalker.writing.compose.english_phrases import WRITTEN, EnglishPhrases
from shelftalker.writing.compose.facts import KIND, Fact, fits, is_number
from shelftalker.writing.compose.phrases import capital, relation_phrase, this_is, with_article

RELEASED = ("film", "music", "title")
"""Item types that are released; others date from a year."""


class EnglishComposer(EnglishPhrases):
    """A sentence for each kind of fact."""

    def single(self, fact: Fact, subject: str = "It") -> str:
        """As the base class."""
        title = subject if subject != "It" else ""
        it, value, thing = subject, self.joined(fact.values), self.noun == "item"
        plural = bool(title) and self._is_plural
        are, come, date = ("are", "come", "date") if plural else ("is", "comes", "dates")
        by = "written by" if self.item_type in WRITTEN else "by"
        patterns = {
            "director": f"{it} is directed by {value}.",
            "cast": f"{it} has {value} in the cast." if title else f"The cast includes {value}.",
            "writer": f"{it} is written by {value}.",
            "author": f"{it} {are} {by} {value}.",
            "artist": f"{it} is by {value}.",
            "genre": f"{it} is {with_article(self.kind(fact))}." if self.is_kind(fact)
            else f"{it} {are} listed under {self.joined(fact.values, lower=True)}.",
            "topic": f"{it} {are} filed under {value}.",
            "country": f"{it} {'was made in' if thing else 'comes from'} {value}.",
            "language": f"{it} {are} in {value}.",
            "title": f"{it} {are} listed as {value}.",
            "brand": f"{it} {come} from {value}.",
            "year": f"{it} was released in {value}." if self.item_type in RELEASED
            else f"{it} {date} from {value}.",
            "runtime": f"{it} runs {value} minutes.",
            "pages": f"{it} is {value} pages long.",
            "price": f"{it} {are} priced at {value}.",
        }  # fmt: skip
        role = fact.role if fits(fact, self.item_type) else ""
        return patterns.get(role) or self._plain(fact, title)

    @property
    def _is_plural(self) -> bool:
        """Whether a product's kind is a plural noun, as `pens`."""
        return self.item_type == "thing" and is_plural(kind_named(self.item.title))

    def _plain(self, fact: Fact, subject: str) -> str:
        """A sentence for a field without patterns, by its name: `Its ingredients are …`."""
        name, value = _name_of(fact.field), self.joined(fact.values)
        if (phrase := relation_phrase(fact.field)) and not self._is_plural:
            return f"{subject or 'It'} {phrase} {value}."
        whose = f"The {name} of {subject}" if subject else f"Its {name}"
        if not subject and self._is_plural:
            whose = f"The {name}"
        if fact.role == "runtime" and name.endswith(("minutes", "minute", "min")):
            which = " ".join(word for word in name.split()[:-1] if word != "time")
            time = f"{which} time".strip()
            return f"{f'The {time} of {subject}' if subject else f'Its {time}'} is {value} minutes."
        if is_plural(name) and is_number(value) and " " not in name:
            return f"{subject or 'It'} has {value} {name}."
        return f"{whose} {'are' if is_plural(name) or len(fact.values) > 1 else 'is'} {value}."

    def history(self, title: str, field: str) -> str:
        """As the base class."""
        past = self.past.get(title)
        if past is None:
            return ""
        other = self.title_of(past)
        action = self.user_action(past, other)
        if not past.drew:
            return f"{capital(action)}."
        common = self.common(title, field)
        if common is None:
            return f"{capital(action)}."
        if common.role == KIND:
            return f"{capital(action)}, and {this_is(common.values[0])} too."
        this = "this" if self.is_kind(common) else self.this
        return f"{capital(action)}, and {this} {self.also_clause(common)}."

    def request(self, asked: str) -> str:
        """As the base class."""
        asked = asked.strip().rstrip(".!?。！？")
        if not 0 < len(asked) <= 80 or '"' in asked:
            return ""
        return f'You asked for "{asked}".'


def _name_of(field: str) -> str:
    """A field's name as words: `steps` for `n_steps`."""
    words = field.replace("_", " ").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("n", "num", "nr") else words)
