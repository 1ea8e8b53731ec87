"""What the words around a value make of it, by kinds of messages."""

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filter_labels import label_in
from shelftalker.understanding.rule_reader import RuleReader
from tests.support.annotated import reader

KINDS = [
    # What a description narrows is not ruled out as a whole.
    ("films", "no slapstick comedies, please", "", "slapstick"),
    ("films", "I'm not a fan of teen dramas", "", "teen"),
    ("films", "nothing with supernatural horror in it", "", "supernatural"),
    ("films", "keine albernen Komödien", "", "albernen"),
    # "Not" before a description denies it alone.
    ("shop", "not foldable lamp, white", "color contains White", "foldable"),
    ("shop", "$40 not refurbished bags", "price at_most 40", "refurbished"),
    # A later word refers to what was named before.
    ("shop", "I broke my lamp yesterday and need a new one", "category contains Lamps", ""),
    (
        "films",
        "I saw something with Rosa Quill last week. Do you have anything else with her?",
        "cast contains Rosa Quill",
        "",
    ),
    (
        "films",
        "Noor Haddad made my favourite film. What other films by him?",
        "director contains Noor Haddad",
        "",
    ),
    (
        "music",
        "I have listened to Sora Lint for years, show me their albums",
        "artist contains Sora Lint",
        "",
    ),
    (
        "music",
        "no more Dez Okafor, I can't stand his music",
        "artist excludes Dez Okafor",
        "",
    ),
    # What a superlative is of is asked for.
    ("shop", "the priciest lamp", "price highest 1; category contains Lamps", ""),
    # Both wanted and not: neither.
    ("films", "I hate most westerns, but I want to get into the genre", "", "westerns"),
    ("films", "It doesn't have to be a thriller. But I do love thrillers!", "", ""),
    # Of several values of one field in separate clauses, the one that is demanded.
    (
        "films",
        "I really enjoy westerns but I'd like to move away from them, maybe a thriller?",
        "genres excludes Western; genres contains Thriller",
        "",
    ),
    ("films", "I have seen many comedies and am a bit tired of them", "genres excludes Comedy", ""),
    # What would do as well makes a choice, and alone no demand.
    ("films", "a thriller, a comedy is fine too", "genres any_of ('Thriller', 'Comedy')", ""),
    ("films", "something with ghosts. Comedy is also great", "", ""),
    ("films", "I love dramas, but tonight I want a comedy", "genres contains Comedy", ""),
    ("films", "I like Rosa Quill and I like Edmund Sayle", "", ""),
    (
        "films",
        "I enjoy westerns. For tonight a horror would be right",
        "genres contains Horror",
        "",
    ),
    (
        "films",
        "comedies, horror or westerns, whatever you have",
        "genres any_of ('Comedy', 'Horror', 'Western')",
        "",
    ),
    ("shop", "I like red, but the lamp has to be black", "color contains Black", ""),
    # Values and what joins them: nothing there can deny them.
    (
        "films",
        "Dramen von Anton Veldkamp",
        "genres contains Drama; director contains Anton Veldkamp",
        "",
    ),
    ("films", "Finger weg von Dramen", "genres excludes Drama", ""),
    # A sentence begins with a capital, with or without a full stop before.
    (
        "films",
        "no musicals Maybe a western",
        "genres excludes Musical; genres contains Western",
        "",
    ),
    (
        "films",
        "please no horror Any good thrillers",
        "genres excludes Horror; genres contains Thriller",
        "",
    ),
    # What kinds of films seem to be is no wish.
    (
        "films",
        "Dramas please. War movies seem more like comedies to me",
        "genres contains Drama",
        "",
    ),
    # What is said of the cards rules nothing out, and neither does a "no" that only answers.
    (
        "films",
        "That doesn't feature Rosa Quill. I want a Rosa Quill film.",
        "cast contains Rosa Quill",
        "",
    ),
    ("films", "no i like dramas", "genres contains Drama", ""),
    # A negation reaches over a list that "much" closes, and "non" over one value.
    (
        "shop",
        "he doesn't use red, blue, white much",
        "color excludes Red; color excludes Blue; color excludes White",
        "",
    ),
    ("films", "don't show me any musicals", "genres excludes Musical", ""),
    # A question asks for something where nothing is on show.
    ("shop", "do you have a black lamp?", "color contains Black; category contains Lamps", ""),
    ("films", "what is a good French film?", "country contains France", ""),
    # A sum and something over.
    ("shop", "100多元的包", "price at_least 100; price at_most 199", ""),
    # Somebody beside an example is an example.
    (
        "music",
        'rock for somebody who liked "Voltage Garden" and Maeve Corrigan',
        "genre contains Rock",
        "",
    ),
    (
        "films",
        "everything except horror or films with a lot of shouting",
        "genres excludes Horror",
        "shouting",
    ),
]


@pytest.mark.parametrize(("domain", "message", "filters", "avoid"), KINDS)
def test_a_kind_of_message(domain: str, message: str, filters: str, avoid: str) -> None:
    request = reader(domain).request(message)
    read = [f"{f.field} {f.op} {f.value:g}" if isinstance(f.value, float)
            else f"{f.field} {f.op} {f.value}" for f in request.filters]  # fmt: skip
    assert "; ".join(read) == filters
    assert avoid in request.avoid


def test_what_is_ruled_out_may_be_told_by_an_example() -> None:
    assert reader("films").read("something scary like Orbit Nine").like
    assert not reader("films").read("nothing scary like Orbit Nine (1979)").like


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("sturdy double front pants for men", ["Pants", "Men"]),
        ("pants für Herren", ["Pants", "Men"]),
        ("skirts, not for kids", ["Skirts", "no Kids"]),
    ],
)
def test_for_before_an_audience_asks_for_it(message: str, said: list[str]) -> None:
    kinds = [("Pants", "Men"), ("Skirts", "Women"), ("Hats", "Kids")]
    clothes = Catalog.of(
        Item(kind, kind, attributes={"category": kind, "audience": audience})
        for kind, audience in kinds
    )
    assert [label_in(one, "en") for one in RuleReader(clothes).request(message).filters] == said
