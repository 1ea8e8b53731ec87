# ruff: noqa: E501
"""Notices shown beside the cards, in English and Chinese."""

from shelftalker.language.sentences import in_language

_NOTICES = {
    "en": {
        "unstated": "I can't rule out “{what}” for certain, so similar items are ranked lower.",
        "unmeasured": "This catalogue has no {measure}, so I ignored “{what}”.",
        "missing": "The catalogue doesn't give that value for “{title}”, so I ignored “{what}”.",
        "today": "I don't know which day “{what}” counts from, so I ignored it.",
        "vague": "“{what}” isn't a price. Try “under 20” or “the cheapest”.",
        "month": "This catalogue has years but no months, so I used only the year in “{what}”.",
        "few": "{found} of {k} items fit. Nothing you ruled out is shown.",
        "without": "Without “{condition}”, {items} would fit.",
        "relaxed": "Nothing here has all of that, so “{what}” is only a wish.",
        "unknown": "I know nothing called “{what}” here.",
        "pinned": "The shop always puts “{title}” first.",
        "no_engine": "{why} The texts are put together from catalogue facts.",
        "pick_late": "The language model took too long to choose, so these are ordered by match score alone.",
        "scorer": "These are ordered by match score alone: {why}.",
        "text_late": "The language model took too long to write, so the rest is put together from catalogue facts.",
        "stopped": "The language model's engine stopped, so the rest is put together from catalogue facts.",
        "rules_only": "The language model didn't answer in time, so I read your message with simple rules.",
    },
    "zh": {
        "unstated": "无法完全排除“{what}”，类似的会排在后面。",
        "unmeasured": "目录里没有{measure}，所以忽略了“{what}”。",
        "missing": "目录里没有《{title}》的这项数据，所以忽略了“{what}”。",
        "today": "不清楚“{what}”从哪一天算起，所以忽略了。",
        "vague": "“{what}”不是具体价格。可以说“20元以下”或“最便宜的”。",
        "month": "目录里只有年份，所以“{what}”只按年份筛选。",
        "few": "{k}个里有{found}个符合。你排除的不会显示。",
        "without": "去掉“{condition}”，会有{items}个符合。",
        "relaxed": "没有全部符合的，所以“{what}”只作参考。",
        "unknown": "这里没有“{what}”。",
        "pinned": "《{title}》由商家置顶。",
        "no_engine": "{why} 文字根据目录信息生成。",
        "pick_late": "语言模型没有及时选出，只按匹配度排序。",
        "scorer": "只按匹配度排序：{why}。",
        "text_late": "语言模型没有及时写完，其余文字根据目录信息生成。",
        "stopped": "语言模型停止了，其余文字根据目录信息生成。",
        "rules_only": "语言模型没有及时回答，所以我用简单规则来理解你的话。",
    },
}
_MEASURES = {
    "en": {"price": "prices", "minutes": "running times", "stars": "ratings", "dates": "dates"},
    "zh": {"price": "价格", "minutes": "时长", "stars": "评分", "dates": "日期"},
}


def notice(name: str, language: str, **values: object) -> str:
    """A notice by its name, with its values filled in."""
    return in_language(_NOTICES, language)[name].format(**values)


def not_stated(measure: str, what: str, language: str) -> str:
    """The notice that a limit was ignored, because the catalogue lacks what it limits."""
    return notice(
        "unmeasured", language, measure=in_language(_MEASURES, language)[measure], what=what
    )
