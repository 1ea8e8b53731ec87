"""What visitors are told beside the cards, in the language of their request."""

_SAID = {
    "en": {
        "unstated": "The catalogue cannot rule out '{what}'; what resembles it was ranked lower.",
        "unmeasured": "This catalogue states no {measure}, so “{what}” was left out.",
        "missing": "“{title}” states no such value, so “{what}” was left out.",
        "today": "“{what}” counts from a day that was not named, so it was left out.",
        "vague": "“{what}” names no sum: say one, as in “under 20”, or “the cheapest”.",
        "month": "This catalogue states no months, so of “{what}” the year alone counts.",
        "few": "{found} of the {k} items asked for fit; nothing that was ruled out is shown.",
        "without": "Without '{condition}' {items} would fit.",
        "pinned": "The shop puts '{title}' first.",
        "no_engine": "{why} The texts are composed from facts.",
        "pick_late": "The pick's time budget ran out; the order is the scorer's.",
        "scorer": "The order is the scorer's: {why}.",
        "text_late": "The writing's time budget ran out; the rest is from facts.",
        "stopped": "The LLM engine stopped; what it left is composed from facts.",
    },
    "zh": {
        "unstated": "目录资料无法排除“{what}”；与之相近的排在后面。",
        "unmeasured": "目录里没有{measure}，因此没有考虑“{what}”。",
        "missing": "“{title}”没有相应的数据，因此没有考虑“{what}”。",
        "today": "没有说明“{what}”从哪一天算起，因此没有考虑。",
        "vague": "“{what}”没有说明金额：请说出一个，例如“20元以下”，或者“最便宜的”。",
        "month": "目录里只有年份，因此“{what}”只按年份考虑。",
        "few": "要求的{k}个中有{found}个符合；被排除的一概不显示。",
        "without": "去掉“{condition}”会多出{items}个。",
        "pinned": "《{title}》由商家置顶。",
        "no_engine": "{why} 文字由目录资料组成。",
        "pick_late": "挑选的时限已到；顺序由评分模型决定。",
        "scorer": "顺序由评分模型决定：{why}。",
        "text_late": "撰写的时限已到；其余文字由目录资料组成。",
        "stopped": "语言模型已停止；其余文字由目录资料组成。",
    },
}
_MEASURES = {
    "en": {"price": "prices", "minutes": "running times", "stars": "ratings", "dates": "dates"},
    "zh": {"price": "价格", "minutes": "时长", "stars": "评分", "dates": "日期"},
}


def notice(name: str, language: str, **values: object) -> str:
    """A notice by its name; English where the language has none."""
    return _SAID.get(language, _SAID["en"])[name].format(**values)


def not_stated(measure: str, what: str, language: str) -> str:
    """That a limit was left out, since the catalogue does not state what it is about."""
    named = _MEASURES.get(language, _MEASURES["en"])[measure]
    return notice("unmeasured", language, measure=named, what=what)
