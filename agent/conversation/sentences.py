# ruff: noqa: E501
"""What the assistant says itself: short fixed sentences, in the languages that it writes."""

from collections.abc import Sequence

from shelftalker.types import Card
from shelftalker.understanding.rules.acts import Act


def say(name: str, language: str, **values: object) -> str:
    """A sentence by its name, in Chinese where that is the language, else in English."""
    return _SENTENCES[name]["zh" if language == "zh" else "en"].format(**values)


def small_talk(said: str, language: str) -> str:
    """Thanks get thanks; everything else a hint of what can be asked."""
    folded = said.casefold()
    thanks = ("thank", "thx", "cheers", "danke", "merci", "gracias", "谢")
    byes = ("bye", "see you", "tschüss", "au revoir", "adiós", "adios", "再见")
    if any(word in folded for word in thanks):
        return say("thanks", language)
    return say("bye" if any(word in folded for word in byes) else "hello", language)


def noted(act: Act, titles: Sequence[str], language: str) -> str:
    """What is answered to a like, a dislike, a known item, a choice."""
    return say(act, language, titles=("、" if language == "zh" else ", ").join(titles))


def explained(cards: Sequence[Card], language: str) -> str:
    """Why each of these was picked: the first facts that its text rests on, and what of the history
    led to it. Fewer facts where there are several cards."""
    facts = 4 if len(cards) == 1 else 2
    told = []
    for card in cards:
        past = ("、" if language == "zh" else ", ").join(reason.title for reason in card.reasons)
        behind = say("history", language, titles=past) if past else say("no_history", language)
        told += [say("why", language, title=card.item.title)]
        told += [*(evidence.text for evidence in card.evidence[:facts]), behind]
    return ("" if language == "zh" else " ").join(told)


_SENTENCES: dict[str, dict[str, str]] = {
    "hello": {
        "en": "Hello! Tell me what you are looking for, and what you never want to see. Then correct me: “cheaper”, “the second one but funnier”, “I've seen it”, “undo”. Or ask: “how long is the first one?”, “compare the first two”, “why this?”.",
        "zh": "你好！告诉我你想找什么、不要什么，然后随时纠正我：“便宜一点”“第二个”“看过了”“撤销”，也可以问我：“第一部多长？”“比较前两部”“为什么”。",
    },
    "thanks": {"en": "You are welcome.", "zh": "不客气。"},
    "bye": {"en": "Goodbye!", "zh": "再见！"},
    "which": {
        "en": "Which one do you mean? Say “the second one”, or press a button on its card.",
        "zh": "你指的是哪一个？说“第二个”，或者按卡片上的按钮。",
    },
    "beyond": {
        "en": "I show only {count}. Say “the second one”, or press a button on its card.",
        "zh": "现在只显示了{count}个。说“第二个”，或者按卡片上的按钮。",
    },
    "none_yet": {
        "en": "Nothing is on show yet. Tell me what you are looking for.",
        "zh": "还没有推荐。告诉我你想找什么。",
    },
    "glad": {
        "en": "Glad to hear it. Say which one you take, or ask on.",
        "zh": "很高兴。告诉我你选哪一个，或者继续问。",
    },
    "accept": {"en": "A good choice: {titles}.", "zh": "好的选择：{titles}。"},
    "like": {
        "en": "Noted, you like {titles}. What comes next builds on it.",
        "zh": "记下了，你喜欢{titles}。接下来会参考它。",
    },
    "dislike": {"en": "{titles} will not come again.", "zh": "不再推荐{titles}。"},
    "seen": {
        "en": "You know {titles}; you will not see that again.",
        "zh": "你已经知道{titles}，不再推荐。",
    },
    "bought": {
        "en": "Noted, you bought {titles}; you will not see that again.",
        "zh": "记下了，你买了{titles}，不再推荐。",
    },
    "played": {
        "en": "Noted, you have heard {titles}; you will not see that again.",
        "zh": "记下了，你听过{titles}，不再推荐。",
    },
    "and_like": {"en": "And you like it.", "zh": "而且你喜欢。"},
    "and_dislike": {"en": "And it was not for you.", "zh": "而且你不喜欢。"},
    "more_like": {"en": "More like {titles}.", "zh": "更多类似{titles}的。"},
    "others": {"en": "Here are others.", "zh": "换一批。"},
    "surprise": {"en": "Something off your beaten track.", "zh": "给你一点惊喜。"},
    "undone": {"en": "Taken back.", "zh": "已撤销。"},
    "nothing_to_undo": {"en": "There is nothing to take back.", "zh": "没有可以撤销的。"},
    "restart": {"en": "We start over.", "zh": "重新开始。"},
    "pinned_stays": {"en": "What is pinned stays.", "zh": "固定的条件保留。"},
    "marks_stay": {
        "en": "What you said of single items stays too: {titles}.",
        "zh": "你对这几个说过的也保留：{titles}。",
    },
    "again": {"en": "Written anew.", "zh": "重新写了一遍。"},
    "why": {"en": "{title}:", "zh": "《{title}》："},
    "history": {"en": "Your history speaks for it: {titles}.", "zh": "你的记录支持它：{titles}。"},
    "no_history": {"en": "Nothing in your history led to it.", "zh": "你的记录里没有相关内容。"},
    "unfound": {
        "en": "I find nothing in the catalogue that says {what}.",
        "zh": "我在目录里没有找到{what}。",
    },
    "called": {"en": "It is called {title}.", "zh": "它叫《{title}》。"},
    "unsaid": {"en": "The catalogue doesn't say {what}.", "zh": "目录里没有写{what}。"},
    "text_says": {"en": "The catalogue says: {sentence}", "zh": "目录里写着：{sentence}"},
    "title_says": {"en": "Its title says so: {title}.", "zh": "标题里写着：{title}。"},
    "in_full": {"en": "In full it is “{title}”.", "zh": "全名是“{title}”。"},
    "text_hints": {
        "en": "The catalogue says something of that about {title}, in words that I cannot repeat.",
        "zh": "目录里提到了《{title}》的这一点，但那些话我不能转述。",
    },
    "holds": {"en": "Yes: {fact}", "zh": "是的：{fact}"},
    "holds_not": {"en": "Not by the catalogue: {fact}", "zh": "目录里不是这样：{fact}"},
    "these_are": {"en": "By the catalogue: {titles}.", "zh": "按目录是：{titles}。"},
    "none_is": {"en": "By the catalogue, none of these.", "zh": "按目录，这几个都不是。"},
    "most": {"en": "Of these, {title} is the {word}.", "zh": "这几个里，《{title}》{word}。"},
    "most_known": {
        "en": "As far as the catalogue says, {title} is the {word} of these.",
        "zh": "就目录所写的，《{title}》{word}。",
    },
    "both": {"en": "Both: {what}.", "zh": "相同的是：{what}。"},
    "all": {"en": "All of them: {what}.", "zh": "都一样的是：{what}。"},
    "no_difference": {
        "en": "By the catalogue they do not differ.",
        "zh": "按目录，它们没有区别。",
    },
    "first_pick": {
        "en": "By what I know of your taste, {title} comes first.",
        "zh": "按你的口味，排在最前的是《{title}》。",
    },
    "asked": {"en": "You asked for: {what}.", "zh": "你想要：{what}。"},
    "asked_avoid": {"en": "Less of: {what}.", "zh": "少一点：{what}。"},
    "asked_like": {"en": "Like: {what}.", "zh": "类似：{what}。"},
    "marked_like": {"en": "You like: {what}.", "zh": "你喜欢：{what}。"},
    "marked_bought": {"en": "You bought: {what}.", "zh": "你买了：{what}。"},
    "marked_known": {"en": "You know: {what}.", "zh": "你已经知道：{what}。"},
    "marked_dislike": {"en": "Not for you: {what}.", "zh": "你不喜欢：{what}。"},
    "marked_ignore": {"en": "Left aside: {what}.", "zh": "不再参考：{what}。"},
    "nothing_asked": {
        "en": "You have asked for nothing yet; what you ask for will stand here.",
        "zh": "你还没有提出要求；你要的会列在这里。",
    },
    "nothing_marked": {"en": "Nothing of that here so far.", "zh": "这里还没有。"},
    "proposed": {
        "en": "Nothing stood against it: I look for {what} now.",
        "zh": "没有什么不行：现在找{what}。",
    },
    "proposed_instead": {
        "en": "“{gone}” stood against it. I let go of that and look for {what} now.",
        "zh": "之前有“{gone}”的条件，现在去掉了，改找{what}。",
    },
    "removed": {"en": "Without “{label}”.", "zh": "去掉“{label}”。"},
    "ignored": {"en": "I leave {title} aside.", "zh": "不再参考{title}。"},
    "avoided": {
        "en": "The catalogue cannot rule out “{what}”; what resembles it is ranked lower.",
        "zh": "目录无法排除“{what}”；类似的会排得靠后。",
    },
    "no_measure": {
        "en": "This catalogue does not state that ({what}), so I cannot go by it.",
        "zh": "目录里没有这一项（{what}），无法按它筛选。",
    },
    "unread": {
        "en": "I did not find anything in that to go by; these follow your taste.",
        "zh": "我没听出具体要求；以下按你的口味推荐。",
    },
    "nothing": {
        "en": "Nothing in the catalogue fits all of this. Nothing that you ruled out is shown.",
        "zh": "没有符合全部条件的。你排除的不会显示。",
    },
    "few": {"en": "Only {count} fit all of this.", "zh": "只有{count}个符合全部条件。"},
    "relax": {
        "en": "Without “{label}”, {count} would fit, {title} first.",
        "zh": "去掉“{label}”会有{count}个符合，首先是{title}。",
    },
    "let_go": {"en": "Let go of “{label}”", "zh": "去掉“{label}”"},
    "relax_many": {
        "en": "No single one of them is to blame: undo, or start over.",
        "zh": "去掉任何一个条件都不够：请撤销或重新开始。",
    },
}
