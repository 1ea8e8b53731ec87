# ruff: noqa: E501
"""The assistant's fixed sentences, in English and Chinese."""

from collections.abc import Iterable, Sequence

from shelftalker.language.sentences import in_language, joined, listed
from shelftalker.types import Card
from shelftalker.understanding.rules.acts import Act


def say(name: str, language: str, **values: object) -> str:
    """A sentence by its name, with its values filled in."""
    return in_language(_SENTENCES[name], language).format(**values)


def no_measure(measures: Iterable[str], language: str) -> str:
    """The reply to "cheaper" where the catalogue has no prices, and so on."""
    names = in_language(_MEASURES, language)
    return say("no_measure", language, what=listed((names[m] for m in measures), language))


def small_talk(message: str, language: str) -> str:
    """The reply to thanks, to a goodbye, or to anything else: a hint of what can be asked."""
    folded = message.casefold()
    thanks = ("thank", "thx", "cheers", "danke", "merci", "gracias", "谢")
    byes = ("bye", "see you", "tschüss", "au revoir", "adiós", "adios", "再见")
    if any(word in folded for word in thanks):
        return say("thanks", language)
    return say("bye" if any(word in folded for word in byes) else "hello", language)


def noted(act: Act, titles: Sequence[str], language: str) -> str:
    """The reply to a like, a dislike, a known item, a choice."""
    return say(act, language, titles=listed(titles, language))


def explained(cards: Sequence[Card], language: str) -> str:
    """Why each card was picked: the first facts behind its text, and the history that led to it.
    Several cards get fewer facts each."""
    facts = 4 if len(cards) == 1 else 2
    sentences = []
    for card in cards:
        past = listed((reason.title for reason in card.reasons), language)
        behind = say("history", language, titles=past) if past else say("no_history", language)
        sentences += [say("why", language, title=card.item.title)]
        sentences += [*(evidence.text for evidence in card.evidence[:facts]), behind]
    return joined(sentences, language)


_MEASURES = {
    "en": {"price": "prices", "year": "years", "length": "lengths"},
    "zh": {"price": "价格", "year": "年份", "length": "时长"},
}
_SENTENCES: dict[str, dict[str, str]] = {
    "hello": {
        "en": "Hello! Tell me what you are looking for, and what you never want to see. Then correct me: “cheaper”, “the second one but funnier”, “I've seen it”, “undo”. Or ask: “how long is the first one?”, “compare the first two”, “why this?”.",
        "zh": "你好！告诉我你想找什么、不要什么，然后随时纠正我：“便宜一点”“第二个”“看过了”“撤销”，也可以问我：“第一部多长？”“比较前两部”“为什么”。",
    },
    "thanks": {"en": "You're welcome.", "zh": "不客气。"},
    "bye": {"en": "Goodbye!", "zh": "再见！"},
    "which": {
        "en": "Which one do you mean? Say “the second one”, or press a button on its card.",
        "zh": "你指的是哪一个？说“第二个”，或者按卡片上的按钮。",
    },
    "beyond": {
        "en": "I'm only showing {count}. Say “the second one”, or press a button on its card.",
        "zh": "现在只显示了{count}个。说“第二个”，或者按卡片上的按钮。",
    },
    "none_yet": {
        "en": "There is nothing here yet. Tell me what you are looking for.",
        "zh": "还没有推荐。告诉我你想找什么。",
    },
    "glad": {
        "en": "Glad to hear it. Tell me which one you'd like, or ask something else.",
        "zh": "很高兴。告诉我你选哪一个，或者继续问。",
    },
    "accept": {"en": "Good choice: {titles}.", "zh": "好的选择：{titles}。"},
    "like": {
        "en": "Noted: you like {titles}. The next picks will build on that.",
        "zh": "记下了，你喜欢{titles}。接下来会参考它。",
    },
    "dislike": {"en": "I won't show {titles} again.", "zh": "不再推荐{titles}。"},
    "seen": {
        "en": "You already know {titles}. I won't show that again.",
        "zh": "你已经知道{titles}，不再推荐。",
    },
    "bought": {
        "en": "Noted: you bought {titles}. I won't show that again.",
        "zh": "记下了，你买了{titles}，不再推荐。",
    },
    "played": {
        "en": "Noted: you've heard {titles}. I won't show that again.",
        "zh": "记下了，你听过{titles}，不再推荐。",
    },
    "and_like": {"en": "And you like it.", "zh": "而且你喜欢。"},
    "and_dislike": {"en": "And you didn't like it.", "zh": "而且你不喜欢。"},
    "more_like": {"en": "Here is more like {titles}.", "zh": "更多类似{titles}的。"},
    "others": {"en": "Here are some others.", "zh": "换一批。"},
    "surprise": {"en": "Here is something different from your usual.", "zh": "给你一点惊喜。"},
    "undone": {"en": "Undone.", "zh": "已撤销。"},
    "nothing_to_undo": {"en": "There is nothing to undo.", "zh": "没有可以撤销的。"},
    "restart": {"en": "Starting over.", "zh": "重新开始。"},
    "pinned_stays": {"en": "What you pinned stays.", "zh": "固定的条件保留。"},
    "marks_stay": {
        "en": "What you told me about these stays too: {titles}.",
        "zh": "你对这些的评价也保留：{titles}。",
    },
    "again": {"en": "Here are new texts.", "zh": "重新写了一遍。"},
    "why": {"en": "{title}:", "zh": "《{title}》："},
    "history": {"en": "Based on your history: {titles}.", "zh": "根据你的记录：{titles}。"},
    "no_history": {"en": "Nothing in your history led to it.", "zh": "你的记录里没有相关内容。"},
    "unfound": {
        "en": "Nothing I can find in the catalogue says {what}.",
        "zh": "我在目录里没有找到{what}。",
    },
    "called": {"en": "It is called {title}.", "zh": "它叫《{title}》。"},
    "unsaid": {"en": "The catalogue doesn't say {what}.", "zh": "目录里没有写{what}。"},
    "text_says": {"en": "The catalogue says: {sentence}", "zh": "目录里写着：{sentence}"},
    "title_says": {"en": "Its title says so: {title}.", "zh": "标题里写着：{title}。"},
    "in_full": {"en": "Its full name is “{title}”.", "zh": "全名是“{title}”。"},
    "text_hints": {
        "en": "The catalogue mentions this for {title}, but not in words I can repeat.",
        "zh": "目录里提到了《{title}》的这一点，但那些话我不能转述。",
    },
    "holds": {"en": "Yes: {fact}", "zh": "是的：{fact}"},
    "holds_not": {"en": "Not according to the catalogue: {fact}", "zh": "根据目录不是：{fact}"},
    "these_are": {"en": "According to the catalogue: {titles}.", "zh": "根据目录：{titles}。"},
    "none_is": {
        "en": "According to the catalogue, none of these.",
        "zh": "根据目录，这几个都不是。",
    },
    "most": {"en": "Of these, {title} is the {word}.", "zh": "这几个里，《{title}》{word}。"},
    "most_known": {
        "en": "As far as the catalogue says, {title} is the {word} of these.",
        "zh": "就目录所写的，《{title}》{word}。",
    },
    "both": {"en": "Both: {what}.", "zh": "相同的是：{what}。"},
    "all": {"en": "All of them: {what}.", "zh": "都一样的是：{what}。"},
    "no_difference": {
        "en": "I see no difference between them in the catalogue.",
        "zh": "在目录里看不出它们的区别。",
    },
    "first_pick": {
        "en": "Going by your taste so far, {title} comes first.",
        "zh": "按你的口味，排在最前的是《{title}》。",
    },
    "asked": {"en": "You asked for: {what}.", "zh": "你想要：{what}。"},
    "asked_avoid": {"en": "Less of: {what}.", "zh": "少一点：{what}。"},
    "asked_like": {"en": "Like: {what}.", "zh": "类似：{what}。"},
    "marked_like": {"en": "You like: {what}.", "zh": "你喜欢：{what}。"},
    "marked_bought": {"en": "You bought: {what}.", "zh": "你买了：{what}。"},
    "marked_known": {"en": "You already know: {what}.", "zh": "你已经知道：{what}。"},
    "marked_dislike": {"en": "Not for you: {what}.", "zh": "你不喜欢：{what}。"},
    "marked_ignore": {"en": "Ignored: {what}.", "zh": "不再参考：{what}。"},
    "nothing_asked": {
        "en": "You haven't asked for anything yet.",
        "zh": "你还没有提出要求。",
    },
    "nothing_marked": {"en": "None so far.", "zh": "这里还没有。"},
    "proposed": {
        "en": "Nothing ruled it out. I'm looking for {what} now.",
        "zh": "没有条件排除它，现在找{what}。",
    },
    "proposed_instead": {
        "en": "“{gone}” ruled it out. I dropped that and am looking for {what} now.",
        "zh": "之前有“{gone}”的条件，现在去掉了，改找{what}。",
    },
    "removed": {"en": "Removed “{label}”.", "zh": "去掉“{label}”。"},
    "ignored": {"en": "I won't base picks on {title} any more.", "zh": "不再参考{title}。"},
    "no_measure": {
        "en": "This catalogue has no {what}, so I can't compare by that.",
        "zh": "目录里没有{what}，无法按它比较。",
    },
    "unread": {
        "en": "I couldn't find anything specific in that, so these follow your taste.",
        "zh": "我没听出具体要求；以下按你的口味推荐。",
    },
    "nothing": {
        "en": "Nothing in the catalogue fits all of this.",
        "zh": "目录里没有符合全部条件的。",
    },
    "few": {"en": "Only {count} fit all of this.", "zh": "只有{count}个符合全部条件。"},
    "relax": {
        "en": "Without “{label}”, {count} would fit, starting with {title}.",
        "zh": "去掉“{label}”会有{count}个符合，首先是{title}。",
    },
    "let_go": {"en": "Remove “{label}”", "zh": "去掉“{label}”"},
    "relax_many": {
        "en": "Removing just one of them isn't enough. Undo, or start over.",
        "zh": "只去掉一个条件还不够，请撤销或重新开始。",
    },
}
