"""What visitors are told beside the cards, in the language of their request."""

_SAID = {
    "en": {
        "unstated": "The catalogue cannot rule out '{what}'; what resembles it was ranked lower.",
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


def notice(name: str, language: str, **values: object) -> str:
    """A notice by its name; English where the language has none."""
    return _SAID.get(language, _SAID["en"])[name].format(**values)
