"""The act of a message, and the cards that it points at.

Run: pytest tests/unit/conversation/test_acts.py
"""

import pytest

from shelftalker.understanding.rules.acts import read_act

SHOWN = ["Cold Harbour", "The Silent Ledger (1984)", "Night Ferry"]


@pytest.mark.parametrize(
    ("message", "act", "places"),
    [
        ("cheaper", "critique", ()),
        ('I like "Cold Harbour"', "like", (0,)),
        ("I don't like the “Night Ferry”", "dislike", (2,)),
        ("I bought the **Night Ferry**", "bought", (2,)),
        ("I have seen [Cold Harbour]", "seen", (0,)),
        ("not the first, the second", "accept", (1,)),
        ("add the second one in a 7", "accept", (1,)),
        ("ich mag den zweiten nicht", "dislike", (1,)),
        ("der erste gefällt mir", "like", (0,)),
        ("something funnier", "critique", ()),
        ("too violent", "critique", ()),
        ("the second one but in black", "critique", (1,)),
        ("die zweite, aber in schwarz", "critique", (1,)),
        ("le deuxième mais en noir", "critique", (1,)),
        ("I've seen it", "seen", ()),
        ("I have seen Cold Harbour", "seen", (0,)),
        ("hab ich schon gesehen", "seen", ()),
        ("看过了", "seen", ()),
        ("why this?", "why", ()),
        ("warum der zweite?", "why", (1,)),
        ("为什么", "why", ()),
        ("为什么推荐第一部？", "why", (0,)),
        ("why not a comedy", "ask", ()),
        ("why not the first one?", "accept", (0,)),
        ("I bought the first one", "bought", (0,)),
        ("we already ordered the second", "bought", (1,)),
        ("I bought it", "bought", ()),
        ("我买了第一个", "bought", (0,)),
        ("我已经买过第二个了", "bought", (1,)),
        ("买过了", "bought", ()),
        ("I want to buy the first one", "accept", (0,)),
        ("I've listened to the second one", "played", (1,)),
        ("听过第二首", "played", (1,)),
        ("I read the last one", "seen", (2,)),
        ("我看过第二部", "seen", (1,)),
        ("I have watched Night Ferry twice", "seen", (2,)),
        ("something I bought last year", "ask", ()),
        ("来一部喜剧", "ask", ()),
        ("有没有类似第一部的", "more_like", (0,)),
        ("the second is boring", "dislike", (1,)),
        ("I've seen the first and third", "seen", (0, 2)),
        ("is that all?", "others", ()),
        ("I watched the last one yesterday", "seen", (2,)),
        ("actually, never mind, go back", "undo", ()),
        ("is it like the second one?", "critique", (1,)),
        ("有没有喜剧", "ask", ()),
        ("换一个", "others", ()),
        ("undo", "undo", ()),
        ("Surprise me!", "surprise", ()),
        ("surprise me with a comedy", "surprise", ()),
        ("thanks", "small_talk", ()),
        ("I'd like a thriller", "ask", ()),
        ("I like thrillers", "ask", ()),
        ("I like the second one", "like", (1,)),
        ("number 2 looks good", "like", (1,)),
        ("I don't like the first one", "dislike", (0,)),
        ("not the last one", "dislike", (2,)),
        ("I like the ninth one", "like", (8,)),
        ("第六个", "accept", (5,)),
        ("the seventh seal", "ask", ()),
        ("no horror", "ask", ()),
        ("none of these", "others", ()),
        ("换一批", "others", ()),
        ("more like the second one", "more_like", (1,)),
        ("something like Heat but funnier", "critique", ()),
        ("I'll take the first", "accept", (0,)),
        ("the second one, please", "accept", (1,)),
        ("shorter than 90 minutes", "ask", ()),
        ("the second world war", "ask", ()),
        ("start over", "restart", ()),
    ],
)
def test_acts_and_what_they_point_at(message: str, act: str, places: tuple[int, ...]) -> None:
    said = read_act(message, SHOWN)
    assert (said.act, said.places) == (act, places)
