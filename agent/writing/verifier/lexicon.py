"""The verifier's vocabulary in English and Chinese: connecting words, role cues, verbs of claims
about the user, negations.

A sentence may consist of these words and of what the catalogue, the history and the request say,
so a word belongs here only if it cannot state a fact about an item by itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

NUMBER_WORDS = {
    word: float(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
}


@dataclass(frozen=True)
class Lexicon:
    """The words of one language. `claims`: the event that must support a verb; `cues`: the roles
    that a word gives to the name beside it; `units`: the role of the number before a unit; `stops`:
    the words and marks that end a claim's objects."""

    words: frozenset[str]
    negations: frozenset[str]
    you: frozenset[str]
    adverbs: frozenset[str]
    modals: frozenset[str]
    claims: Mapping[str, str]
    asks: frozenset[str]
    fits: frozenset[str]
    sharing: frozenset[str]
    cues: Mapping[str, frozenset[str]]
    units: Mapping[str, str]
    nouns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stops: frozenset[str] = frozenset()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


EN = Lexicon(
    words=_set(
        "but item pick a an the this that these those it its "
        "it's here there is are was were be been being has "
        "have had do does by of in on at to for from with and or as so since because if when while "
        "which who whose where into about then you your you're you've one's also too both same "
        "like again just may might could can would want wanted title pick choice option "
        "recommendation suggestion selection card shelf time history list taste tastes request "
        "mood comes come came made make makes made brings bring offers offer offering gives give "
        "takes take runs run running lasts lasting long belongs belong falls "
        "fall counts listed lists list stands appears appear features featuring feature includes "
        "including include stars starring star cast directed directs director released release "
        "written writes writer author artist genre genres category categories brand country "
        "language runtime price priced costs cost minutes minute hours hour pages combines "
        "combining combine mixes mixing mix blends blending blend worth look next consider "
        "considering try enjoy appreciate find reason why connection links link linked back "
        "shares share sharing shared common way kind sort something another along together "
        "goes go going well alongside plus name names named titled called style work works "
        "keep keeps mind rests based given up put puts playing played plays sung recorded tagged "
        "filed under classed described describes describe catalogue production produced "
        "suit suits match matches fits fit exactly asked ask looking wished said mentioned "
        "each role part parts out well came measures "
    )
    - _set("one"),
    negations=_set(
        "not no never without neither nor none nothing isn't aren't wasn't weren't don't doesn't "
        "didn't won't can't cannot couldn't wouldn't hasn't haven't hardly barely lacks lack "
        "wont dont doesnt isnt arent cant lacking non free except unlike avoid avoids instead "
        "rather"
    ),
    you=_set("you your you've you're you'd"),
    adverbs=_set("are were have also really already recently once previously both so clearly did"),
    modals=_set("may might could can would"),
    claims={
        **dict.fromkeys(
            [
                "love",
                "loved",
                "like",
                "liked",
                "enjoy",
                "enjoyed",
                "appreciate",
                "appreciated",
                "adore",
                "adored",
            ],
            "positive",
        ),
        **dict.fromkeys(_set("interest fondness taste tastes liking love fan"), "positive"),
        **dict.fromkeys(_set("disliked hated dislike hate"), "negative"),
        **dict.fromkeys(_set("skipped skip"), "skip"),
        **dict.fromkeys(_set("rated rate gave give rating"), "rating"),
        **dict.fromkeys(_set("watched saw seen watch read finished"), "seen"),
        **dict.fromkeys(_set("played listened heard play"), "play"),
        **dict.fromkeys(_set("bought purchased buy purchase"), "purchase"),
        **dict.fromkeys(_set("viewed clicked opened looked view"), "view"),
    },
    asks=_set("asked ask wanted want looking requested mentioned wished said request mood message"),
    fits=_set("fit fits match matches suit suits exactly"),
    sharing=_set("also same share shares sharing shared both too again common another"),
    cues={
        **dict.fromkeys(_set("directed directs director directing"), frozenset({"director"})),
        **dict.fromkeys(
            [
                "starring",
                "starred",
                "stars",
                "star",
                "featuring",
                "features",
                "cast",
                "actor",
                "actors",
                "actress",
                "played",
            ],
            frozenset({"cast", "artist"}),
        ),
        **dict.fromkeys(_set("written writes writer wrote"), frozenset({"writer", "author"})),
        "author": frozenset({"author"}),
        **dict.fromkeys(_set("sung recorded artist"), frozenset({"artist"})),
        "produced": frozenset({"publisher", "brand", "country"}),
        "published": frozenset({"publisher"}),
        "brand": frozenset({"brand"}),
        "country": frozenset({"country"}),
        "language": frozenset({"language"}),
        "genre": frozenset({"genre"}),
        **dict.fromkeys(
            _set("about belongs belong falls filed listed classed"), frozenset({"genre", "topic"})
        ),
    },
    units={
        "minutes": "runtime",
        "minute": "runtime",
        "min": "runtime",
        "hours": "hours",
        "hour": "hours",
        "stars": "stars",
        "star": "stars",
        "pages": "pages",
        "page": "pages",
        "dollars": "currency",
        "euros": "currency",
    },
    nouns={
        "film": _set("film films movie movies watch watching viewing screen"),
        "book": _set("book books read reading reader"),
        "music": _set("music album albums song songs record track listen listening"),
        "news": _set("news article articles piece read reading"),
        "thing": _set("product item buy brand"),
    },
    stops=_set(", ; : . — – so because which this it that's ! ( )"),
)

ZH = Lexicon(
    words=_set(
        "这 这是 这部 这本 这张 这件 这款 这个 这一 它 其 是 "
        "的 地 得 了 在 由 于 与 和 及 也 还 又 "
        "都 同样 同 同为 一部 一本 一张 一件 一款 一个 部 "
        "本 张 你 您 因为 所以 因此 既然 如果 而 而且 "
        "并 并且 可以 可能 或许 也许 会 想 看看 试试 不妨 推荐 作品 选择 之一 属于 归于 来自 出自 "
        "拍摄 上映 发行 发布 出版 出品 制作 导演 执导 主演 出演 参演 演员 编剧 作者 类型 题材 国家 "
        "语言 品牌 年份 年 片长 时长 分钟 小时 价格 售价 定价 页 星 结合 兼有 融合 融 于一 包括 "
        "规格 有 为 就 给 打 打了 评 评了 过 喜欢 "
        "喜爱 看过 读过 听过 买过 浏览过 跳过 要求 想要 想找 找 "
        "说 提到 符合 之 共同 一样 相同 像 同类 之处 阵容 中 里 上 对 从 值得 留意 考虑 接着 "
        "标题 名为 名 叫 以及 加上 另外 此外 再 正好 目录 记载 标注 写着 写道 简介 全长 全片 "
        "内容 条 这条 一条 篇 这篇 一篇 商品 主题 曾 最近 "
        "全书 所著 之前 那么 这次 下一 次 适合 放 单子 共 演唱 演出"
    ),
    negations=_set("不 没 没有 无 非 未 别 勿 不喜欢 免费"),
    you=_set("你 您 你的"),
    adverbs=_set("也 曾 最近 之前 都 很"),
    modals=_set("可以 可能 或许 也许 会 不妨"),
    claims={
        "喜欢": "positive",
        "喜爱": "positive",
        "不喜欢": "negative",
        "跳过": "skip",
        "给": "rating",
        "打了": "rating",
        "评了": "rating",
        "看过": "seen",
        "读过": "seen",
        "听过": "play",
        "买过": "purchase",
        "浏览过": "view",
    },
    asks=_set("要求 想要 想找 提到 想看 说"),
    fits=_set("符合 适合 正好"),
    sharing=_set("也 同样 同为 相同 共同 一样 同类"),
    cues={
        **dict.fromkeys(("导演", "执导"), frozenset({"director"})),
        **dict.fromkeys(("主演", "出演", "参演", "演员"), frozenset({"cast"})),
        "编剧": frozenset({"writer"}),
        **dict.fromkeys(("作者", "所著"), frozenset({"author"})),
        "演唱": frozenset({"artist"}),
        "品牌": frozenset({"brand"}),
    },
    units={"分钟": "runtime", "小时": "hours", "星": "stars", "页": "pages", "年": "year"},
    nouns={
        "film": _set("电影 影片 片 片子 想看"),
        "book": _set("书 书籍"),
        "music": _set("音乐 专辑 歌曲"),
        "news": _set("新闻 文章"),
        "thing": _set("商品 产品"),
    },
    stops=_set("， 。 ； ： 因为 所以 因此 而 ！ 这"),
)

VOCABULARIES: Mapping[str, Lexicon] = {"en": EN, "zh": ZH}


def negated(text: str) -> bool:
    """Whether a text contains a negation, English or Chinese."""
    words = {word.casefold() for word in re.findall(r"\w+(?:['’]\w+)?", text)}
    chinese = VOCABULARIES["zh"].negations
    return bool(words & VOCABULARIES["en"].negations) or any(w in text for w in chinese)
