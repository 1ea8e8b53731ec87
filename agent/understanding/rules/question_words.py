# ruff: noqa: E501
"""Patterns of questions about the cards on show: tables, no code.

Patterns match folded text with `@` for each reference to a card. An aspect is what can be asked
about an item; `data/field_roles.py` maps fields to roles, `ROLES` aspects to roles.
"""

ASPECTS = {
    "director": r"\bdirect(?:ed|s|or|ors|ing)?\b|\bwho (?:shot|filmed)\b|\bregie|\bgedreht\b|\brealis|\bdirigi|导演|执导|谁拍",
    "cast": r"\bcast\b|\blead(?:s|ing (?:man|lady|actor|actress|role))?\b|\bact(?:s|ed|or|ors|ress|resses)\b|\bstar(?:s|red|ring)?\b|\bwho(?:'s| is| are|'re)? (?:\w+ )?in @|\bwho (?:plays|played|appears)(?: the (?:main |lead )?(?:character|role|hero|part))?\b|\bspielt mit|\bjoue\b|演员|主演|谁演|出演",
    "author": r"\bwr(?:ote|ites|itten|iter|iters)\b|\bauthors?\b|\bscreenplay\b|\bgeschrieben\b|\bautor|\becrit\b|\bescri|作者|编剧|谁写",
    "artist": r"\bs(?:ings|ang|ung)\b|\bsinger\b|\bartists?\b|\bbands?\b|\bperform(?:s|ed|er)\b|谁唱|歌手|演唱|乐队",
    "maker": r"\bwho (?:\w+ )?(?:made|makes|created|creates)\b|\bwho is @ (?:by|from)\b|\bwho is @$|\bwhose\b|\bbrands?\b|\bmanufactur\w*|\bmaker\b|\bmarke\b|\bmarque\b|\bmarca\b|品牌|牌子|谁做|谁制作|厂家|厂商|生产",
    "producer": r"\bproduc(?:ed|es|er|ers)\b|制片|监制",
    "publisher": r"\bpublish(?:ed|er|es)\b|\bstudio\b|\bverlag\b|\bediteur\b|出版",
    "kind": r"\b(?:what|which) (?:kinds?|sorts?|types?|genres?|categor(?:y|ies))\b|\bgenres?\b|\bcategor(?:y|ies)\b|什么类型|哪类|哪种类型|类型|类别|分类|题材",
    "country": r"\bwhich countr|\bcountr(?:y|ies)\b|\bwhere (?:is|are|was|were|does|do|did)\b|\bwoher\b|\bd'ou\b|\bde donde\b|哪国|哪个国家|哪里(?:拍|产|生产|来)|产地|国家",
    "language": r"\blanguages?\b|\bsprache\b|\blangue\b|\bidioma\b|什么语言|语言|哪种语",
    "year": r"\bwhen\b(?!.*\b(?:take place|takes place|set|happens?|start)\b)|\b(?:what|which) (?:years?|dates?|decades?)\b|\bhow (?:old|new|recent)\b|\breleased?\b|\bwann\b|\bquand\b|\bcuando\b|什么时候|何时|哪(?:一)?年|几几年|年份|上映|多老|多新",
    "length": r"\bhow (?:long|short)\b|\blengths?\b|\brun(?:ning)?[ -]?times?\b|\bdurations?\b|\bhow many (?:minutes|hours)\b|\bwie lang|\bcombien de temps|\bdur(?:ee|e|a|acion)\b|\bcuanto dura|多长|多久|时长|片长|几分钟|几个小时|多少分钟|长度",
    "price": r"\bhow (?:much|expensive|cheap|dear|pricey)\b(?! (?:do|does|did|is|are) @ (?:weigh|hold))|\bprices?\b|\bcosts?\b|\bwas kostet|\bwie teuer|\bpreis\b|\bcombien\b|\bprix\b|\bcuanto (?:cuesta|vale)|\bprecio\b|多少钱|价格|价钱|售价|几块|多贵|贵吗|贵不贵",
    "pages": r"\bpages?\b|\bseiten\b|页",
    "rating": r"\brat(?:ed|ing|ings)\b|\bscored?\b|\bhow (?:good|popular)\b|\bhow many stars\b|\breviews?\b|评分|几星|多少分|好不好|口碑",
    "weight": r"\bweigh(?:s|t|ts)?\b|\bhow heavy\b|\bgewicht\b|\bwie schwer|多重|重量|几斤|几公斤",
    "size": r"\bsizes?\b|\bdimensions?\b|\bhow (?:big|large|small|tall|high|wide|deep|thick)\b|\bgrosse\b|\bwie gross|\btaille\b|尺寸|大小|多大|多高|多宽|尺码",
    "color": r"\bcolou?rs?\b|\bfarbe|\bcouleur|颜色|什么色",
    "title": r"\bcalled\b|\bwhat is @'s (?:title|name)\b|\b(?:title|name) of @|叫什么|名字",
    "material": r"\bmaterials?\b|\bmade (?:of|from|out of)\b|\bmaterialien|材质|材料|什么做的",
}  # fmt: skip
"""The patterns that ask for an aspect. "Who made it" asks for any maker in the catalogue."""

WHEN = r"^when\b(?!.*\b(?:takes? place|set|happens?|start)\b)|什么时候|何时|哪(?:一)?年"
"""Asks for the year only, whatever else it contains."""

ADJECTIVES = {
    "length": r"(?:long|short|lang|kurz|长|短)",
    "price": r"(?:expensive|cheap|pricey|affordable|dear|costly|free|teuer|billig|cher|caro|贵|便宜|免费)",
    "year": r"(?:old|new|recent|modern|alt|neu|老|新|旧)",
    "weight": r"(?:heavy|light|schwer|leicht|重|轻)",
    "size": r"(?:big|large|small|tiny|huge|tall|wide|gross|klein|大|小)",
    "rating": r"(?:good|any good|great|popular|bad|worth (?:it|watching|reading|seeing|buying|the money)|highly rated|gut|好|好看|好用|受欢迎)",
}  # fmt: skip
"""Adjectives that ask for a measure. The answer gives its value; the visitor judges what is long."""

ROLES = {
    "director": "director",
    "cast": "cast",
    "author": "author writer",
    "artist": "artist",
    "maker": "director author artist brand publisher",
    "producer": "publisher brand",
    "publisher": "publisher",
    "kind": "genre topic",
    "country": "country",
    "language": "language",
    "year": "year",
    "length": "runtime pages",
    "price": "price",
    "pages": "pages",
    "rating": "rating",
}  # fmt: skip
"""The field roles that answer an aspect; the first that an item has is used."""

NAMES = {
    "pages": "pages page",
    "weight": "weight weighs",
    "size": "size dimension dimensions height width depth",
    "color": "color colour colors colours",
    "material": "material materials fabric",
    "length": "length",
}  # fmt: skip
"""Parts of field names that answer an aspect without a role."""

UNSAID = {
    "director": {"en": "who directed {title}", "zh": "{title}的导演是谁"},
    "cast": {"en": "who is in {title}", "zh": "{title}由谁主演"},
    "author": {"en": "who wrote {title}", "zh": "{title}是谁写的"},
    "artist": {"en": "whose music {title} is", "zh": "{title}是谁的作品"},
    "maker": {"en": "who made {title}", "zh": "{title}出自谁手"},
    "producer": {"en": "who produced {title}", "zh": "{title}由谁制作"},
    "publisher": {"en": "who published {title}", "zh": "{title}由谁出版"},
    "kind": {"en": "what kind {title} is of", "zh": "{title}是什么类型"},
    "country": {"en": "where {title} comes from", "zh": "{title}来自哪里"},
    "language": {"en": "which language {title} is in", "zh": "{title}用什么语言"},
    "year": {"en": "when {title} came out", "zh": "{title}是什么时候的"},
    "length": {"en": "how long {title} is", "zh": "{title}有多长"},
    "price": {"en": "what {title} costs", "zh": "{title}多少钱"},
    "pages": {"en": "how many pages {title} has", "zh": "{title}有多少页"},
    "rating": {"en": "how good {title} is", "zh": "{title}的评价如何"},
    "weight": {"en": "what {title} weighs", "zh": "{title}有多重"},
    "size": {"en": "how big {title} is", "zh": "{title}有多大"},
    "color": {"en": "what color {title} is", "zh": "{title}是什么颜色"},
    "material": {"en": "what {title} is made of", "zh": "{title}是什么材质"},
    "title": {"en": "what {title} is called", "zh": "{title}叫什么"},
    "about": {"en": "what {title} is about", "zh": "{title}讲的是什么"},
    "": {"en": "that about {title}", "zh": "{title}的这一点"},
}
"""What the catalogue does not say, by aspect: for the reply "The catalogue doesn't say …"."""

MOST = {
    ("price", -1): r"cheap(?:er|est)|(?:less|least) expensive|more affordable|最便宜|更便宜|便宜(?:一?点|些)?",
    ("price", 1): r"(?:more|most) expensive|pricier|priciest|dear(?:er|est)|最贵|更贵|贵(?:一?点|些)?",
    ("length", -1): r"short(?:er|est)|quick(?:er|est)|最短|更短|短(?:一?点|些)?",
    ("length", 1): r"long(?:er|est)|最长|更长|长(?:一?点|些)?",
    ("year", 1): r"new(?:er|est)|more recent|most recent|latest|最新|更新|新(?:一?点|些)?",
    ("year", -1): r"old(?:er|est)|earli(?:er|est)|最老|最旧|最早|更老|更旧|更早|老(?:一?点|些)?",
    ("weight", -1): r"light(?:er|est)|最轻|更轻|轻(?:一?点|些)?",
    ("weight", 1): r"heav(?:ier|iest)|最重|更重|重(?:一?点|些)?",
    ("rating", 1): r"(?:better|best|higher|highest)[- ]rated|最高分|评分(?:最|更)高",
    ("pages", -1): r"fewer pages|fewest pages|页数(?:最|更)少",
    ("pages", 1): r"more pages|most pages|页数(?:最|更)多",
}  # fmt: skip
"""Comparatives and superlatives that a number decides, by aspect and sign."""

PREFIX = r"(?:(?:and|but|so|also|then|ok|please|pls|und|et|y|那|那么|请问|请|想问一下|问一下|你知道|告诉我|我想知道|能告诉我|可以告诉我)(?![a-z])(?![ ,，]*@$)[ ,，]*|(?:(?:between|of|out of|from) )?@ ?[,:，：]? ?(?=which|哪)|@ ?[,:，：] ?(?=what|who|how|when|where|is|are|does)|(?:(?:can|could|would|will) you (?:please )?(?:tell|remind|say to) me|do you (?:happen to )?know|i(?:'d| would)? (?:like|want|love) to know|i (?:wonder|was wondering)|(?:please )?(?:tell|remind) me|any idea|(?:a )?(?:quick )?question|kannst du mir sagen|wei(?:ss|ß)t du)\b[ ,:]*(?=(?:who|what|when|where|which|how|if|whether|is|are|was|does|did|has|more|about|a bit|a little|everything|wer|was|wann|wie)\b))"
"""What may precede a question."""

WISHES = (
    r"(?:what|which \w+) (?:(?:else )?(?:did|have|had|was|am) i (?:just |ever |been )?(?:ask|say|said|want|wish|look|tell|told|request|search|like|see|seen|buy|bought|choose|chosen)\w*\b.*|(?:are|were) my (?:wishes|filters|criteria|conditions|requests?|preferences|likes)\b.*|do you (?:know|remember) (?:about|of) me\b.*|(?:am i|are we) (?:looking|searching) for\b.*|was my (?:request|wish|search)\b.*)"
    r"|(?:did|have|had|do) i .*@.*|what i (?:asked|said|wanted|wished|told).*"
    r"|wonach (?:habe|suche) ich.*|was (?:wollte|habe) ich .*|qu'est-ce que j'ai demande.*"
    r"|我(?:刚才|刚刚|之前|到底|都)*(?:要|说|问|想要|想找|想看|找|要求|提)(?:过|了|的)?(?:是)?(?:什么|啥|哪些)(?:来着|呢|了)?"
    r"|我(?:刚才|刚刚|之前|到底|都)*(?:买|看|听|读|喜欢)(?:过|了)(?:什么|啥|哪些)(?:来着|呢)?"
    r"|我的(?:要求|条件|筛选|偏好)(?:是|有)?(?:什么|哪些|啥)?|你(?:还)?(?:记得|知道)我.*"
)
"""Asks what the visitor asked for or marked."""
PICK = (
    r"(?:which (?:one )?is|(?:is|are) @) better(?: than @)?|怎么[选挑]|@?哪(?:一)?(?:个|部|本|款|件)好"
    r"|which (?:one |of @ |card )?(?:(?:do|would|should|shall|can) (?:you|i)\b.*|(?:is |are )?(?:the |your )?(?:best|favou?rite)(?: one)?(?: for me)?)"
    r"|which (?:one )?(?:do )?you recommend.*"
    r"|what would you (?:pick|choose|take|recommend)(?: of @)?"
    r"|哪(?:一)?(?:个|部|本|款|件)(?:最好|更好|最值得.*|最适合我?)|你?(?:最)?推荐哪(?:一)?(?:个|部|本|款|件)"
    r"|(?:我)?(?:该|应该)?(?:选|看|买|挑)哪(?:一)?(?:个|部|本|款|件)(?:好|呢)?"
)
"""Asks which to take."""
COMPARE = (
    r"\bcompar(?:e|ed|ison)\b|\bdifferences?\b|\bdiffers?\b|\bhow (?:is|are) @ different\b"
    r"|@ (?:vs\.?|versus) @|@ or @|\bvergleich|\bunterschied|\bcompare[rz]\b|\bcomparar?\b"
    r"|对比|比较(?=一下|下|@|他们|它们|这|前|后)|(?:有)?(?:什么|哪些|啥)(?:不同|区别|差别|不一样)|区别|哪里不一样|差在哪"
)
"""Asks how cards differ."""
ABOUT = (
    r"^(?:(?:tell|say|give|show|talk|more|know|learn|what|a bit|a little|everything|anything)\b.* )?about @$"
    r"|(?:what'?s|what is|what are|what was) @(?: all)? about$|\bwhat happens in @"
    r"|^describe @$"
    r"|^(?:(?:what'?s|what is|what are|tell me|give me|show me|some of|the|more|@'s) ){0,3}(?:main )?(?:plot|story(?: ?line)?|premise|gist|summary|synopsis|description|details|info|information)(?: (?:of|about|on|for) @)?$"
    r"|^what(?:'s| is| are) @$|^(?:tell me )?more (?:about|on) @|\bwhat (?:is|'s) @ like$"
    r"|^how(?:'s| is| are) @$|^what do you (?:think|say|make) (?:of|about) @$"
    r"|^show me @(?: again)?$|^worum geht|\bde quoi parle|\bde que trata"
    r"|讲(?:的|了|述)?(?:是)?(?:什么|啥)|关于(?:什么|啥)|什么(?:内容|故事|剧情)|(?:介绍|说说|讲讲|描述|详细)(?:一下|说说)?@?"
    r"|(?:内容|剧情|故事|简介)(?:是|讲)?(?:什么|啥|呢|怎么样|如何)?$|@(?:怎么样|如何|是什么(?:东西)?|呢)$"
)
"""Asks what it is about, or for whatever there is."""
TELL = (
    r"^(?:(?:more|a bit|a little|everything) )?about @|^show me @"
    r"|\b(?:tell|think|describe|more|info|information|details|what is @$)\b|介绍|说说|描述|详细|怎么样"
    r"|呢$"
)
"""Asks for anything the catalogue has, not for the plot only."""
ANYBODY = (
    r"(?:is there |are there )?any(?:one|body)?\b.*\bin @"
    r"|who else(?: is| stars| plays)?(?: in @)?|what other (?:actors|stars) .*@"
)
"""Asks who else, or whether anybody, is in it."""
ADVICE = (
    r"(?:would|do|can) you (?:really )?recommend @"
    r"|have you (?:ever )?(?:seen|read|heard|tried) @|(?:should|shall) (?:i|we) \w+ @"
    r"|(?:would|will|might) (?:i|we|my \w+|she|he|they) (?:really |even )?(?:like|enjoy|love) @"
    r"|(?:我)?(?:应该|该不该|要不要)[看读听买]@|@(?:值得|该不该)[看读听买]"
)
"""Asks for advice; the answer gives the facts."""
AGAIN = r"(?:and |but |what about |how about |und |et )+@|@呢"
"""Asks the same of another card."""
WHO_WHAT = r"^(?:who|whom|whose|what|when|where|which|how|wer|was kostet|wie|wann|wo|qui|quand|ou|combien|quien|cuando|donde|cuanto|in which|in what|from which|by whom)(?:'s|'re|'d)?\b(?! (?:about|else|come|if)\b)"
"""Begins a question."""
AUX = r"is|are|was|were|does|do|did|has|have|had|can|could|will|would|ist|sind|war|hat|est|es"
CHINESE_ASKS = r"谁|什么|啥|多少|几|哪|吗|么$|嘛$|多长|多久|多大|多重|多贵|多高|是不是|有没有|是否|何时|如何|怎么"
"""Makes a Chinese sentence a question."""
NO_QUESTION = (
    r"(?<!where )(?<!when )(?<!how )\b(?:should|could|can|shall|would|may|do|did) (?:i|we)\b"
    r"|\b(?:do|would|could|can|will|have) you (?:have|show|find|suggest|recommend|get|give|got|any)\b"
    r"|\blike @|\bsimilar to @"
    r"|\b(?:something|anything|any(?! good)|some|another|others?|else)\b"
    r"|\bis (?:there(?! an? [^@]+ (?:on|in|for|to|of|about) @$)|@ (?:possible|ok|okay|fine|all|true|too much|just me))\b"
    r"|\bthan \d|^为(?:什么|啥)|像|类似|推荐|换|来(?:一|个|点)|给我|有(?:没有)?(?:更|别|其他)"
)
"""A request, although it looks like a question."""

_NOUNS = (
    r"(?:one|card|pick|film|movie|book|album|song|band|item|product|article|story|thing|two|three)"
)
POINTING = (
    rf"\b(?:(?:any |all |both |either |each |which )?of )?(?:this|that|these|those|the) {_NOUNS}s?\b"
    r"|\b(?:(?:any|all|both|either|each) of )?(?:it|them|these|those|they|its|their)\b(?!')"
    r"|\b(?:all (?:of )?(?:the )?(?:two|three)|both)\b"
    r"|\b(?:it)(?='s\b)|(?<=\bis )(?:this|that)\b|(?<=\bdoes )(?:this|that)\b|\b(?:this|that)(?=\W*$)"
    r"|\b(?:der|den|die|das) (?:film|buch|lied)\b|\b(?:ihn|dieser|dieses)\b"
    r"|它们?(?:的)?|[这那](?:部|本|个|款|首|篇|件|条|张)(?:电影|片子|片|书|商品|歌|文章)?(?![前后])"
    r"|[这那](?:些|几个|几部|几款|两个|两部|三个|三部)"
)
"""References to cards without a place."""
PLURAL = (
    r"them|these|those|they|their|all|both|two|three|\b(?!this$|its$|dieses$)\w+s$|们|些|几|两|三"
)

_ONE = "哪(?:一)?(?:个|部|本|款|首|件)"
MOST_FORMS = (
    r"(?:which|what)(?: (?:one|ones|@))?(?: of @)?(?:'s| is| are|) (?:the )?(?P<how>.+?)(?: one| @| of @)?$"
    rf"|(?:{AUX}) @ (?:the )?(?P<so>.+?)(?: than @| of @)?$"
    rf"|(?:@(?:里|中|之中|当中)?)?{_ONE}(?P<zh>.+)$|@(?:是)?(?:比@(?P<zhso>.+?)|(?P<zhmore>更.+?))(?:的)?(?:吗|(?<!什)么)$"
)
"""Forms that ask which has most of something: "which is …", "is the second one … than the first"."""
WHICH_FORMS = (
    r"which(?: (?:one|ones|@))?(?: of @)? (?P<verb>is|are|has|have|was|were|comes?|stars?) (?P<p>.+)$"
    r"|(?P<v>is|are|does|do|has|have) (?:any|either|one) of @ (?P<p2>.+)$"
    rf"|(?P<v3>are|do|have) @ (?P<p3>.+)$|(?:@(?:里|中)?)?{_ONE}(?:是|有)(?P<p4>.+)$"
)
"""Forms that ask of which card a predicate is true."""
WHETHER_FORMS = (
    rf"(?:(?:if|whether) @ )?(?P<verb>{AUX})(?:n't| not)? @ (?P<p>.+)$"
    r"|(?:is|are|was|were|does|do|did|ist) (?!there|you|i |we |any\b|anything|some|all|it )(?P<p2>[^@]+) @$"
    r"|is there an? (?P<p5>[^@]+) (?:on|in|for|to|of|about) @$"
    r"|@(?:是|有|属于|算|带)?(?P<p3>[^@]+?)(?:吗|(?<!什)么|嘛)$"
    r"|@(?:是不是|有没有|是否|算不算|能不能)(?P<p4>[^@]+)$"
)
"""Forms that ask whether a predicate is true of a card, or of a person in it (`p2`)."""
DEGREES = r"^(?:(?:a bit|rather|very|too|so|really|quite|all|both|come|comes|have|has|contain|include|stars?|features?|got)\b|很|太|的)\s*|的$"
"""Parts of a predicate without content."""
MEASURED = r"(?:a |too |very |so |quite |really |any |很|太|非常|挺)*(?:{words})(?: (?:film|one|book|movie))?"
"""A predicate that is an adjective of a measure."""
GOES_ON = r"[,;.!，。；！]|\b(?:but|i|i'm|you|we|me|please)\b|我|你|但"
"""Words that no predicate contains: the message goes on after its question."""
ASKING = rf"(?:{AUX})\b|'s\b|^(?:who|whom|whose|when|where)\b"
"""Words of a question, for those about no known aspect."""
REACTION = r"^(?:oh|yes|yeah|no|nope|ok(?:ay)?|sure|thanks?|great|cool|nice|interesting|h+m+|sounds?|looks?|wow|i(?:'ve| have)? (?:never|already|not|just)?|never|好|哦|嗯|没|不错)\b.*?[,.!;，。！；]\s*(?=\S)"
"""A reaction to the cards before a question."""
EMPTY = r"\b(?:what|which|who|is|was|are|does|did|do|the|a|of|main|lead|leading|famous)\b|是|的|什么|哪|呢|呀|啊|吗|了|谁"
"""Words that a question may contain besides its aspect."""
IN_PACK = r"how (?:many|much) .*\b(?:in|per) (?:the|a|an|each|one|@)(?: \w+)?"
"""Asks for a count that titles give."""
CHINESE_WHETHER = r"(?:是|会|能|可以|(?=适合|值得))(?P<p>[^@，,什谁哪更点些]+?)(?:吗|么)"
"""A question without a subject: 适合孩子看吗."""
MARKED = {
    "bought": r"\bb(?:uy|ought)\b|买",
    "like": r"\bliked?\b|喜欢",
    "seen": r"\bs(?:ee|een)\b|\bwatch(?:ed)?\b|\bread\b|[看读听]过",
}
"""Marks that a question about wishes may be limited to."""
GUESSES = {
    r"by\b|(?:由|出自)": ("maker",),
    r"(?:with|starring)\b": ("cast",),
    r"from\b|来自": ("country", "maker"),
    r"in [A-Z]\w+$": ("language",),
    r"in \w+$": ("color",),
    r"an? |\w+片$": ("kind",),
}
"""The aspects that a predicate is about if the catalogue does not know its value."""
