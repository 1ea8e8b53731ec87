"""Rules of attribution: names need the role that the sentence gives them, values the item that they
are said of, and what the pick shares with a history item must be shared.

Each rule takes a sentence and returns the problem, None where there is none.
"""

from shelftalker.data.field_roles import PEOPLE, ROLES, role_of
from shelftalker.data.values import numbers_of, same_value, values_in_common
from shelftalker.language.aliases import COUNTRY_ADJECTIVES
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.facts import EXACT_ROLES, has
from shelftalker.writing.verifier.sentence import BEFORE_PREDICATE, ROLE_NOUNS, Sentence, number_of
from shelftalker.writing.verifier.tokens import SentenceToken
from shelftalker.writing.verifier.user_claims import claimed_history


def roles(s: Sentence) -> str | None:
    """`directed by X` needs X among the directors, `X plays` needs X in the cast."""
    expected: frozenset[str] = frozenset()
    for at, token in enumerate(s.tokens):
        if token.kind == "fact":
            stated = _role_after(s, at) or expected
            if stated and not token.roles & stated and token.roles & EXACT_ROLES:
                return f"{token.text} is not the {'/'.join(sorted(stated))}"
            if _is_of_person(s, at) or _is_language(s, at):
                return f"no fact says that of {token.text}"
            if not stated and token.roles & PEOPLE and _is_about_person(s, at):
                return f"no fact is about {token.text}"
        elif token.kind == "word" and token.folded in s.words.cues:
            if not s.follows_number(at):
                expected = frozenset() if _hassubject_of(s, at) else s.words.cues[token.folded]
        elif token.folded in _MAKER_PREPOSITIONS:
            expected = expected or CREATORS
        elif token.kind not in ("title", "past") and token.folded not in _IN_LISTS:
            expected = frozenset()
    return None


def _role_after(s: Sentence, at: int) -> frozenset[str] | None:
    """The role that the next words give a name: `X directs`, `X is the director`, `an X film`."""
    cues = s.words.cues
    after = _after_list(s, at)
    first = after[0].folded if after else ""
    nouns = frozenset().union(*s.words.nouns.values())
    if first in ("'", "’") or (first == "的" and len(after) > 1 and after[1].text in nouns):
        return CREATORS
    if first in _ACTIVE_VERBS and not (len(after) > 1 and after[1].folded == "by"):
        return cues.get(first, CREATORS if first in _MAKER_VERBS else frozenset({"cast"}))
    if s.language == "zh" and first in cues and not (len(after) > 1 and after[1].text == "是"):
        return cues[first]
    named = [t for t in after if t.folded not in _LINKS]
    if first in _LINKS | {","} and named and named[0].folded in cues:
        role = cues[named[0].folded]
        return role if named[0].folded in ROLE_NOUNS else None
    alone = at == 0 or s.tokens[at - 1].folded in _ARTICLES
    return CREATORS | {"country", "brand"} if first in nouns and alone else None


def _after_list(s: Sentence, at: int) -> list[SentenceToken]:
    """The tokens after a name, or after the list of names that it is part of."""
    end = at + 1
    while end + 1 < len(s.tokens) and s.tokens[end].folded in {"and", "和", "、", "与"}:
        if s.tokens[end + 1].kind != "fact":
            break
        end += 2
    return s.tokens[end : end + 4]


def _is_about_person(s: Sentence, at: int) -> bool:
    """`X is French`, `X, from France`: the catalogue has facts about items, not about people."""
    after = [t.folded for t in _after_list(s, at)]
    return bool(after) and (after[0] in _STATES_OF_ITEMS or after[:2] == [",", "from"])


def _is_of_person(s: Sentence, at: int) -> bool:
    """`a history of X`, but not `the director of X`."""
    if at < 2 or s.tokens[at - 1].folded != "of":
        return False
    return bool(s.tokens[at].roles & PEOPLE) and (s.tokens[at - 2].folded not in s.words.cues)


def _is_language(s: Sentence, at: int) -> bool:
    """`in Italian` is about a language, which the country does not show."""
    token = s.tokens[at]
    after_in = at > 0 and s.tokens[at - 1].folded == "in"
    return after_in and token.roles == {"country"} and token.folded in COUNTRY_ADJECTIVES


def _hassubject_of(s: Sentence, at: int) -> bool:
    """Whether the name before an active verb is its subject, so that no name has to follow."""
    if at == 0 or s.tokens[at].folded not in _ACTIVE_VERBS or s.next_word(at) == "by":
        return s.language == "zh" and at > 0 and s.tokens[at - 1].kind == "fact"
    return s.tokens[at - 1].kind == "fact"


def subject_of(s: Sentence, at: int) -> int:
    """The history item that a value at this position is about, -1 for the pick itself."""
    for before in range(at - 1, -1, -1):
        token = s.tokens[before]
        if token.kind == "past":
            return token.past if _begins_predicate(s, before + 1) else -1
        if token.kind == "title" or token.folded in _ITEM_WORDS or token.text in ";；":
            return -1
    return -1


def _begins_predicate(s: Sentence, at: int) -> bool:
    """Whether a statement about a history title begins here: `Heat stars…`, `Heat, a drama…`"""
    if [t.folded for t in s.tokens[at : at + 2]] in ([",", "a"], [",", "an"]):
        return True
    following = [t for t in s.tokens[at : at + 3] if t.text not in BEFORE_PREDICATE]
    if not following or number_of(following[0]) is not None:
        return False
    first = following[0]
    return first.kind == "fact" or first.folded in _PREDICATES | set(s.words.cues)


def history_values(s: Sentence) -> str | None:
    """What is stated about a history item must be true of that item."""
    for at, token in enumerate(s.tokens):
        if token.kind in ("fact", "theirs") and (index := subject_of(s, at)) >= 0:
            other = s.facts.history[index].item
            if not has(other, token.text):
                return f"{other.title} does not have {token.text}"
        if token.kind == "past" and (role := role_of_past(s, at)):
            other = s.facts.history[token.past].item
            if not values_in_common(s.facts.item, other, role):
                return f"{other.title} does not share its {role}"
    return None


def role_of_past(s: Sentence, at: int) -> str | None:
    """The role named just before a history title: `the director of Heat`."""
    for token in reversed(s.tokens[max(0, at - 4) : at]):
        if token.kind == "word" and token.folded in s.words.cues:
            role = role_of(token.folded)
            return role if role in ROLES and role != "rating" else None
        if token.kind not in ("word", "mark") or token.folded in s.words.stops:
            return None
    return None


def shared_values(s: Sentence) -> str | None:
    """`also`, `same`, `like` beside a history title: both items need what is stated there."""
    pasts = [token.past for token in s.tokens if token.kind == "past"]
    mark = sharing_word(s)
    if not pasts or mark is None:
        return None
    values, kinds = _values_shared(s, mark), _kind_words(s)
    for other in (s.facts.history[index].item for index in pasts):
        if strange := kinds - set(stems_of(other.title)):
            return f"{other.title} is no {' '.join(sorted(strange))}"
        common = [text for _, text in values_in_common(s.facts.item, other)]
        numbers = {n for values in numbers_of(other).values() for n in values}
        for token in values:
            alike = any(same_value(token.text, text) for text in common)
            if not alike and number_of(token) not in numbers:
                return f"{other.title} does not share {token.text}"
        roles = s.roles_named() or [None]
        stated = values or kinds
        if not stated and not all(values_in_common(s.facts.item, other, role) for role in roles):
            return f"{other.title} does not share that"
    return None


def _kind_words(s: Sentence) -> set[str]:
    """Stems of the words that name a product's kind, as its title does."""
    words = (t for t in s.tokens if t.kind == "word" and not s.is_connecting(t))
    return {stem(t.text) for t in words} & s.facts.title_words


def _values_shared(s: Sentence, mark: int) -> list[SentenceToken]:
    """The values said to be shared: those after the sharing word in its clause, else before it."""
    places = [
        at
        for at, t in enumerate(s.tokens)
        if t.kind == "fact" or (t.kind == "number" and s.unit(at) != "stars")
    ]
    stops = {at for at, t in enumerate(s.tokens) if t.text in set(",;:，；：") or t.text == "so"}
    if s.tokens[mark].folded in ("like", "像"):
        return [s.tokens[at] for at in places if at > mark]
    end = min((at for at in stops if at > mark), default=len(s.tokens))
    start = max((at for at in stops if at < mark), default=-1)
    after = [s.tokens[at] for at in places if mark < at < end]
    return after or [s.tokens[at] for at in places if start < at < end]


def named_titles(s: Sentence) -> str | None:
    """`it is Heat`, `based on Heat`: no field says what one title is to another. A disliked item is
    only named in a claim about the user."""
    claimed = claimed_history(s)
    for at, token in enumerate(s.tokens):
        unclaimed = token.kind == "past" and token.past not in claimed
        if unclaimed and s.facts.history[token.past].sign < 0:
            return f"the user did not like {token.text}"
        if token.kind not in ("past", "title") or role_of_past(s, at):
            continue
        before = [t for t in s.tokens[max(0, at - 2) : at] if t.text not in _OPENING_MARKS]
        word = before[-1].folded if before else ""
        about_past = any(t.kind == "past" for t in s.tokens[:at])
        if word in _BEFORE_TITLE and (
            token.kind == "past" or (about_past and word not in ("is", "are"))
        ):
            return f"nothing shows what {token.text} is to the other"
    return None


def sharing_word(s: Sentence) -> int | None:
    """The position of the first word that says that the pick shares something with the history."""
    for at, token in enumerate(s.tokens):
        near = {t.folded for t in s.tokens[max(0, at - 3) : at]}
        if token.folded == "in" and s.past_follows(at):
            return at
        if token.folded in ("like", "像") and s.past_follows(at) and not near & s.words.you:
            return at
        if token.kind != "word" or token.folded not in s.words.sharing:
            continue
        beside = {t.folded for t in s.tokens[max(0, at - 2) : at]}
        if not beside & (s.words.you | s.words.modals):
            return at
    return None


CREATORS = frozenset({"director", "author", "writer", "artist", "brand", "publisher"})
_LINKS = frozenset(["is", "was", "are", "were", "in", "the", "as", "a", "是"])
_OPENING_MARKS = frozenset('"“《「(（')
_BEFORE_TITLE = frozenset(["is", "are", "was", "on", "of", "from", "called", "named", "about",
                           "this", "title", "than", "by", "with",
                           "是", "这是", "叫", "名", "名为", "自", "来自", "出自"])  # fmt: skip
_STATES_OF_ITEMS = frozenset(["a", "an", "is", "was", "are", "were", "comes", "come", "runs",
                              "lasts", "belongs", "has", "have", "costs", "dates", "from",
                              "是", "来自", "属于", "片长"])  # fmt: skip
_MAKER_PREPOSITIONS = frozenset({"by", "of"})
_MAKER_VERBS = frozenset({"made", "makes"})
_ACTIVE_VERBS = frozenset({"directed", "directs", "stars", "star", "starred", "writes", "wrote",
                           "made", "makes", "plays", "play", "appears", "appear"})  # fmt: skip
_ARTICLES = frozenset({"a", "an", "the", "this", "another", "这部", "一部"})
_IN_LISTS = frozenset(
    ["by", "and", ",", "&", "the", "is", "as", "are", "to", "under", *"、和与:：是"]
)
_ITEM_WORDS = frozenset(["this", "it", "they", "its", "here", "you", *"这它本你", "这部", "这是"])
_PREDICATES = frozenset({"is", "was", "has", "had", "stars", "features", "with", "by", "from",
                         "which", "who", "includes", "runs", "belongs", "comes", "that",
                         "于", "在", "是", "由", "的", "来自", "属于"})  # fmt: skip
