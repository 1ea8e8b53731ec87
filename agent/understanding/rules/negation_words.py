# ruff: noqa: E501
"""Words that rule out, words that only look so, and what turns the one into the other: tables.

All words are folded. Phrases stand between slashes; a Chinese one is written without blanks here.
"""

NEGATORS = {
    "en": "no / not / non / without / nothing / except / except for / excluding / don't want / dont want / do not want"
    " / don't / dont / avoid / avoiding / hate / i hate / hates / dislike / dislikes / detest / detests / loathe / loathes / never / anything but / other than"
    " / apart from / isn't / isnt / aren't / nor / neither / minus / skip / can't stand / cannot stand / couldn't stand"
    " / sick of / tired of / can't get into / don't care for / dont care for / doesn't care for / don't care much for / didn't care for / doesn't like / didn't like / didn't enjoy / won't watch / wouldn't want",
    "de": "nicht / kein / keine / keinen / keiner / keinem / ohne / nichts / außer / ausser / niemals / nie",
    "fr": "pas / sans / aucun / aucune / sauf / rien / jamais / hors / ni",
    "es": "sin / no / nada / nada de / excepto / salvo / ningun / ninguna / nunca / ni",
    "zh": "不要 / 不想 / 不想要 / 不想看 / 不想听 / 不想读 / 不想买 / 不想再 / 不想再看 / 不考虑 / 没那么喜欢 / 没那么爱看 / 没那么想看 / 不看 / 不听 / 不读 / 不买 / 不喜欢 / 不爱 / 不爱看"
    " / 不需要 / 不推荐 / 不包括 / 不包含 / 没有 / 别 / 别给 / 别看 / 别要 / 别推荐 / 除了 / 不是 / 并非 / 不含 / 不带 / 不 / 非"
    " / 讨厌 / 厌倦 / 厌烦 / 看腻 / 看腻了 / 听腻了 / 看够了 / 受不了 / 拒绝 / 避免 / 避开 / 排除 / 反感",
}
PART = "no / not / non / without / 没有 / 不是 / 不 / 非 / 不含 / 不带 / 并非"
"""Negators within a description ("不长的喜剧"): the Chinese ones end at 的."""
LACK_WORDS = "no / not / non / without / kein / keine / keinen / ohne / sans / sin / 没有 / 不是 / 不含 / 不带"
"""Negators of what may be lacking: "without comedy is fine too" rules out nothing."""
NEGATED_AUXILIARIES = """
no / not / never / nothing / without / cannot / don't / dont / doesn't / didn't / can't / cant / couldn't / won't
/ wouldn't / isn't / isnt / aren't / haven't / hasn't / hadn't / wasn't / nicht / nichts / kein / keine / pas / rien / nada / no
"""
"""What may turn the word after it into its opposite."""
IDIOMS = """
no matter / why not / no idea / no plans / no doubt / no wonder / no rush / no pressure / no worries / no preference / no preferences / not sure
/ not familiar / not yet / don't know / dont know / don't see / don't recall / don't remember / don't think / dont think
/ don't have / don't worry / no thanks / not to mention / not least / without further ado / without fail / without a doubt / without question
/ nothing beats / nothing like / nothing better than / warum nicht / noch nie / noch nicht / noch kein / noch keine / noch keinen / keine ahnung / kein problem
/ pourquoi pas / por que no / no hay / no tienes / no teneis / not that i / no problem
/ 不管 / 不论 / 不过 / 不妨 / 不如 / 不然 / 要不然 / 要不 / 不用说 / 不好意思 / 不知道 / 不知 / 不清楚 / 不确定 / 不了解 / 不熟悉 / 不记得
/ 没关系 / 没问题 / 没事 / 没什么 / 没想到 / 没时间 / 没主意 / 没意见 / 没有关系 / 没有问题 / 没有想法 / 没有要求 / 没有限制 / 没有偏好 / 没有主意 / 没准
/ 无论 / 无所谓 / 对不起 / 除非 / 非得 / 无非 / 莫非 / 可不可以 / 能不能够 / 是不是可以 / 有没有可能
"""
"""Sayings that rule out nothing, and say nothing else."""
WORDS_WITH_NEGATOR = """
not bad / not too bad / not so bad / not half bad / not to be missed / not long ago / no less
/ 不锈钢 / 不粘 / 不干胶 / 不错 / 不少 / 不同 / 不一样 / 不仅 / 不但 / 不久 / 不断 / 不得不 / 不可思议 / 不朽 / 不凡 / 不俗 / 不败 / 不能错过 / 不可错过 / 不容错过 / 不得了 / 不愧 / 不懂
/ 不由 / 不禁 / 不自觉 / 不满足 / 不停 / 不时 / 不息 / 不屈 / 不行 / 不安 / 不幸 / 不解之缘 / 不速之客 / 不死 / 不老 / 不眠 / 不归 / 不见 / 不二
/ 不期而遇 / 不期 / 差不多 / 了不起 / 忍不住 / 少不了 / 离不开 / 看不够 / 看不腻 / 看不懂 / 看不见 / 百看不厌 / 停不下来 / 巴不得 / 舍不得
/ 特别 / 个别 / 别的 / 别人 / 别处 / 别样 / 别致 / 别具 / 分别 / 区别 / 差别 / 类别 / 性别 / 级别 / 告别 / 离别 / 送别 / 久别 / 识别 / 辨别 / 别墅 / 别有
/ 非常 / 非洲 / 非凡 / 是非
"""
"""Words that hold such a word, rule out nothing and have a meaning of their own."""
PERMISSION_PHRASES = """
not only / not just / not merely / not exclusively / not necessarily / not always / not limited to / not restricted to
/ doesn't have to / does not have to / don't have to / doesn't need to / does not need to / need not / needn't / don't need to
/ doesn't matter / doesn't matter if / doesn't matter whether / don't care / don't care if / don't care whether / does not matter / nicht nur / nicht unbedingt / nicht zwingend / muss nicht / muss kein / muss keine
/ pas seulement / pas que / pas forcement / pas necessairement / no solo / no solamente / no necesariamente / no hace falta / no tiene que
/ 不只 / 不只是 / 不止 / 不光 / 不光是 / 不仅仅 / 不限于 / 不限 / 不局限于 / 不一定 / 不一定要 / 不一定是 / 不必 / 不必是 / 不用 / 不用是 / 未必 / 不非得 / 不见得
"""
"""What follows is neither asked for nor ruled out."""
DISLIKE_WORDS = """
mind / against / object to / objection to / objections to / hate / dislike / opposed to / averse to / tired of / sick of / bored of / bored with
/ fed up with / problem with / problems with / issue with / issues with / wrong with / complain about / avoid / exclude / rule out / say no to / refuse / turn down / bothered by
/ skip / mind if / allergic to / gegen / problem mit / contre / contra / en contra de / me importa / me importan / me molesta / me molestan / derange pas / hasse
/ 讨厌 / 介意 / 反对 / 排斥 / 反感 / 拒绝 / 抗拒 / 嫌 / 嫌弃 / 在乎 / 在意 / 害怕 / 怕 / 腻 / 厌倦 / 厌烦 / 避讳 / 忌讳
"""
"""Dislikes: denied, they permit ("nothing against comedies")."""
SENTENCE_DENIALS = "不是 / 并不是 / 也不是 / 并非 / 不是说 / 并不是说 / 不会 / 不能说 / 没有 / not that i / not that we / not as if i"
RELUCTANCE_WORDS = """
不喜欢 / 不想 / 不想看 / 不想听 / 不想读 / 不想买 / 不想要 / 不爱 / 不爱看 / 不爱听 / 不爱读 / 不要 / 不看 / 不听 / 不读 / 不买 / 不考虑
/ don't like / dont like / do not like / don't want / dont want / do not want / don't enjoy / do not enjoy / don't love / do not love
"""
"""Denied as a whole by one of those, they permit: 不是不喜欢, "not that I don't like comedies"."""
WANT_WHEN_NEGATED = """
get enough of / get enough / say enough / go wrong with / live without / do without / without / resist / wait for / wait to see / other than / anything other than / anything but / anything except
/ nothing but / nothing except / else but / get tired of / tire of / ever tire of / grow tired of / be tired of / help loving / but
"""
"""What follows is wanted all the more where these are denied: "can't get enough of", "none other than"."""
EXPERIENCE_VERBS = """
seen / watched / read / heard / heard of / tried / played / listened to / owned / bought / found / visited / met / come across / noticed / gesehen / gelesen / gehort / vu / lu
/ entendu / visto / leido / oido
"""
"""Not to have met a thing says nothing against it: "I have not seen a comedy"."""
WORDS_BETWEEN = """
ever / yet / really / actually / personally / particularly / at all / much / any / of / have / has / had / to / be / been / want / need / watch / see / show
/ give / recommend / me / that / is / a / an / the / even / absolutely / generally / had any / so far / i'm / i am / es / etwas / wirklich / vraiment / ai / you / like / it / too / there's / there is / should / as
/ 太 / 是 / 很 / 会 / 怎么 / 那么 / 特别 / 什么 / 是很 / 会太
"""
"""Words that may stand between a denial and what it denies."""
DEGREE_ADVERBS = """
too / so / very / overly / particularly / that / all that / excessively / terribly / especially / super / too much / so much / too many / very much
/ zu / so / allzu / sehr / besonders / trop / tres / si / demasiado / muy / tan / as / extremely
/ 太 / 太过 / 太过于 / 那么 / 这么 / 怎么 / 很 / 过于 / 过分 / 过度 / 特别 / 非常 / 十分 / 如此 / 太多
"""
"""Denied, they rule out too much of something, not the thing: "not too long"."""
LIKING_WORDS = (
    "keen / fond / crazy / mad / wild / enthusiastic / excited / thrilled / big / huge / great / into / fan / fans / interested / scharf / begeistert / bother / bothered"
    " / 喜欢 / 爱 / 爱看 / 爱听 / 想 / 想看 / 想听 / 想要 / 中意 / 热衷"
)
LIKING_PREPOSITIONS = "of / on / about / into / in / for / with / auf / von / fur"
"""To be "not too fond of" a thing is to rule it out."""
WORDS_BEFORE_DEGREE = "a / an / anything / something / is / are / be / one / ones / ein / eine / einen / un / une / una / et / was / 要 / 会 / 是 / 有 / 给 / 我 / 推荐 / 看"
"""Words that may stand between a negator and its degree: "not a very long film"."""

SUBJECT_PRONOUNS = "you / there / we / it / they / i"
"""After a negated auxiliary: a question, such as "don't you have comedies?"."""
QUESTION_OPENINGS = """
do you / do you have / have you / have you got / are there / is there / do they have / does it have / gibt es / gibt's / habt ihr / haben sie / hast du
/ avez vous / n'avez / n'as
"""
"""Before a negator: a question for what follows it."""
CONCESSION_PATTERN = r"""(?x)
(?:\b(?:is|are|'s|would[ ]be|will[ ]be|can[ ]be|ist|sind|ware|est|serait|es|esta|seria)
   (?:[ ](?:also|totally|perfectly|just|absolutely|quite|all|auch|aussi|tambien|completely))*
   [ ](?:fine|ok|okay|alright|right|acceptable|allowed|in[ ]ordnung|bien)\b
 |\b(?:fine|ok|okay|good|great|nice|welcome)[ ](?:too|as[ ]well|also)\b
 |\b(?:works|do|goes)[ ](?:too|as[ ]well|also)\b
 |(?:也|都|也都)[ ](?:行|可[ ]以|好|成|无[ ]妨|能[ ]接[ ]受|没[ ]关[ ]系|没[ ]问[ ]题|没[ ]事|无[ ]所[ ]谓|接[ ]受)
 |无[ ]所[ ]谓)
"""
"""What makes a lack a concession, over words joined by blanks: "is fine", "也 可 以"."""
REST_WORDS = "else / rest / otherwise / everything / alles / rest / tout / todo"
"""Said of what is fine, these leave what was ruled out so."""

EXCLUSIONS_AFTER_ZH = """
不要 / 不要了 / 就不要了 / 除外 / 以外 / 之外 / 算了 / 就算了 / 还是算了 / 不考虑 / 不感兴趣 / 没兴趣 / 没有兴趣 / 没什么兴趣 / 不看 / 不想看 / 免谈 / 不喜欢
"""
"""Chinese: after what they rule out."""
EXCLUSIONS_AFTER_EN = """
aren't my thing / isn't my thing / are not my thing / is not my thing / not my thing / aren't my cup of tea / isn't my cup of tea / not my cup of tea
/ aren't for me / isn't for me / are not for me / is not for me / aren't my taste / isn't my taste / not my taste / aren't my genre / not my genre
/ don't interest me / doesn't interest me / don't appeal to me / doesn't appeal to me / bore me / bores me / are out / is out / are off the table / is off the table
"""
PERMISSIONS_AFTER = (
    "没意见 / 没有意见 / 不反对 / 不介意 / 不排斥 / 不反感 / 不讨厌 / 无所谓 / 不抗拒"
)
CLAUSE_FINAL_WORDS = (
    "really either please though anymore 了 吧 啊 呀 哦 的 谢 请 嘛 哈 呢 都 行 可 以"
)
"""Signs that may follow one of those to the end of its clause."""
INSISTENCE_ENDINGS = "不可 / 不行 / 不看 / 莫属"
"""非 … 不可: nothing else will do."""
PERCEPTION_VERBS = "看 读 听 玩 买 试 用 吃 追 见 碰 逛"
NOT_YET_MARKERS = "没 / 没有 / 从没 / 还没 / 从没有 / 还没有 / 未 / 从未 / 从来没 / 从来没有 / 尚未 / 没怎么 / 没有怎么"
