# ruff: noqa: E501
"""Patterns of the dialogue acts, in English, German, French, Spanish and Chinese: tables, no code.

Patterns match folded text (lower case, no accents). A whole act fills a message apart from
politeness; after an opening act the rest of the message is read as a request.
"""

WHOLE = {
    "undo": r"undo|never ?mind|forget it|undo that|go back|back|take (?:that|it) back|revert|ruckgangig|zuruck|mach das ruckgangig|annule[rz]?|retour|reviens en arriere|deshacer|atras|vuelve atras|撤销|返回|后退",
    "restart": r"start (?:over|again|afresh)|reset|new search|forget (?:all|everything|it all|all that)|from scratch|clear(?: all| everything)?|(?:noch ?mal )?von vorn(?:e)?|neu anfangen|recommence[rz]?|empezar de nuevo|empieza de nuevo|重新开始|重来",
    "small_talk": r"hi|hello|hey|hi there|hello there|good (?:morning|afternoon|evening)|(?:(?:i'?m )?(?:good|fine|great),? )?how(?:'s| is) it going|how are you(?: today| doing)?|what'?s up|who are you|what are you|are you (?:a )?(?:bot|human|robot|real)|what can you do|what can i (?:ask|say)|help|thanks|thank you|thanks a lot|thank you very much|thx|cheers|bye|goodbye|see you|lol|haha|hallo|guten (?:tag|morgen|abend)|danke|vielen dank|tschuss|wie geht(?:'s| es dir)|bonjour|salut|merci|merci beaucoup|au revoir|hola|buenos dias|gracias|muchas gracias|adios|你好|您好|谢谢|再见",
    "accept": r"(?:yes|yeah|ok|okay|great|perfect|wonderful|excellent|lovely|super|nice)|(?:yes|ok|great|perfect|wonderful)[, ]+(?:thanks|thank you|that's it|i'?ll take it|exactly)|(?:that )?sounds (?:good|great|perfect)|(?:that's|this is) (?:it|perfect|great|the one|exactly (?:it|what i wanted))|exactly|deal|sold|done|ja|prima|genau|passt|klingt gut|oui|parfait|d'accord|si|perfecto|vale|好|好的|就它|就这个|可以",
    "others": r"no|nope|nah|non|nein|next|more|show (?:me )?(?:some )?(?:more|others?)|(?:is there |do you have |have you got |got )?(?:some|any)thing (?:else|more)|(?:are there |do you have )?any (?:others?|more)|is (?:that|this) (?:all|it)(?: you(?:'ve| have)(?: got)?)?|what else(?: is there| do you have)?|other(?:s| ones)?|different ones|another(?: one)?|more please|none(?: of (?:these|those|them|that))?|(?:not|neither of) (?:these|those|them|any of (?:these|those|them))|i don'?t (?:like|want) (?:any of )?(?:these|those|them)|no to all(?: of them)?|etwas anderes|was anderes|andere|mehr|weiter|keine[rs]? davon|autre chose|d'autres|encore|aucun(?: de ceux-la)?|otra cosa|otros|mas|ninguno|(?:that|this|it|they|these|those)(?:'s| is| are|n't|n’t| does| do| did| don'?t| doesn'?t| not| really| sounds?| seems?| looks?| suitable| right| good| great| for me| what i want| interesting| like it)+(?:[,.!] ?| and | but )(?:do you have |is there |have you got |what |show me |got )?(?:some|any)?(?:thing)? ?else(?: is there| do you have)?|(?:i(?:'ve| have)? )?(?:already )?(?:seen|read|watched|heard|tried) (?:it|that|this)[,.]? (?:so |and )?(?:any|some)thing else|(?:i(?:'ve| have)? )?(?:already )?(?:seen|read|watched|heard|tried) (?:it|that|this)[,.]? (?:so |and )?what else (?:is there|do you have|have you got)|(?:i(?:'d| would)? (?:like|want|prefer) |give me |show me |can i (?:have|get) )?(?:a |some )?(?:different|another|other) (?:movies?|films?|books?|songs?|albums?|ones?|items?|products?|suggestions?|recommendations?)|换一批|换(?:一?[个部本款首件])?|其他的|还有(?:别的|其他的?)吗?|别的|还有吗",
    "why": r"(?:but )?why(?: (?:this|that|these|those|it|them|on earth|is that))*(?: one| ones)?|why (?:did|do|would) you (?:pick|choose|recommend|suggest|show)(?: me)?(?: (?:this|that|these|those|it|them))?(?: one| ones)?|how come|explain(?: (?:this|that|it|yourself))?|warum|wieso|weshalb|warum (?:das|dies(?:er|e|es)|die|der)|pourquoi|pourquoi (?:ca|celui-la|celle-la)|por que|por que (?:este|esta|ese|esa)|为什么|为啥|为什么推荐这个",
    "bought": r"(?:i(?:'ve| have)? )?(?:already |just )?(?:bought|purchased|ordered) (?:it|that|this|one)(?: already)?|already (?:bought|ordered)|(?:ich )?(?:hab(?:e)?) (?:ich )?(?:das |den |die |es )?schon (?:gekauft|bestellt)|schon gekauft|deja achete|ya (?:lo|la) (?:compre|he comprado)|(?:我)?(?:已经)?(?:买|购买|下单)(?:过|了)+",
    "played": r"(?:i(?:'ve| have)? )?(?:already |just )?(?:listened to|heard|played) (?:it|that|this)(?: already)?|schon gehort|(?:我)?(?:已经)?听过了?",
    "seen": r"(?:(?:ich )?(?:das |den |die )?(?:hab(?:e)?|kenn(?:e)?) ich (?:das |den |die )?schon(?: gesehen| gelesen| gehort)?)|schon gesehen|schon gelesen|seen(?: it)?|(?:already )?(?:know|seen|own|read) (?:it|that|this)(?: already)?|deja vue?|deja lue?|(?:我)?(?:都)?(?:已经)?(?:看|读|见)过了?",
    "surprise": r"surprise me|surprise|anything|whatever|i don'?t care|you choose|you pick|dealer'?s choice|something (?:completely |totally |entirely )?(?:different|unexpected|new|random)|uberrasch(?:e)? mich|egal|irgendwas|surprends[- ]moi|surprenez[- ]moi|n'importe quoi|sorprendeme|lo que sea|给我(?:一个)?惊喜|随便",
}
"""Acts that fill a whole message."""

POLITE = r"(?:please|pls|bitte|s'il te plait|s'il vous plait|por favor|then|now|again|instead|well|so|oh|ok|okay|hm+|um+|吧|请|了|吗|呢|的|能|可以|能不能|可不可以|[那这一]样的?)"

OPENING = {
    "surprise": r"\b(?:surprise me|uberrasch(?:e)? mich|surprends[- ]moi|sorprendeme)\b(?: with| by| mit| avec| con)?|给我惊喜",
    "more_like": r"\b(?:(?:some(?:thing)?|anything|one|show me|give me|find me)? ?more (?:like|of)|(?:mehr|etwas) wie|(?:plus|quelque chose) comme|(?:mas|algo) como)(?= (?:{ref}))|(?:有没有|有|来|找|想[要看]?|再来)?(?:一?[点些部个])?(?:类似|像)于?(?=(?:{ref}))|(?:\bsomething |\banything |^)like(?= (?:{ref}))",
    "bought": r"(?:\b(?:i|we)(?:'ve| have)? ?|^)(?:already |just )?(?:bought|purchased|ordered)(?: already)?(?= (?:{ref})|$)|\balready (?:bought|purchased|ordered)\b|\bgekauft\b|\bachete(?= (?:{ref}))|\bcompre(?= (?:{ref}))|我?(?:已经|刚刚?|都)?(?:购买|买|下单)(?:过|了)+(?={ref})",
    "played": r"(?:\b(?:i|we)(?:'ve| have)? ?|^)(?:already |just |often )?(?:listened to|heard|played)(?: already)?(?= (?:{ref})|$)|我?(?:已经|刚刚?|都)?听(?:过|了)+(?={ref})",
    "seen": r"(?:\b(?:i|we)(?:'ve| have)? ?|^)(?:already |just )?(?:seen|watched|read|know|knew|own|have|had|got)(?: already)?(?= (?:{ref})|$)|\balready (?:seen|watched|read|know|own|have|got)(?: it| that| this| them)?\b|\b(?:kenne? ich|hab(?:e)? ich)(?: schon)?\b(?=.*\b(?:schon|gesehen|gelesen|gehort)\b|$)|\b(?:kenne? ich schon|schon gesehen|schon gelesen|deja vue?|deja lue?|je (?:le |la |l')?connais(?: deja)?|ya (?:la|lo) (?:vi|conozco|lei|tengo)|ya (?:la|lo) he visto)\b|我?(?:已经|都)?(?:(?:看|读|见)(?:过|了)+|知道了?|有了?(?=(?:{ref})))",
    "dislike": r"\b(?:i )?(?:really )?(?:don'?t|do not|didn'?t|did not) (?:like|want|love|care for)(?= (?:{ref}))|\b(?:i )?(?:hate|hated|dislike|disliked)(?= (?:{ref}))|^(?:no|not|anything but|never)[, ]+(?={ref})|\b(?:{ref}) (?:is|are|was|looks?|sounds?|seems?) (?:really |so |too |very )?(?:not for me|terrible|awful|boring|bad|no good|stupid|dull|ugly)|\b(?:nicht|kein)(?= (?:{ref}))|\bpas(?= (?:{ref}))|^no(?= (?:{ref}))|\bnot for me\b|\bgefallt mir nicht\b|不喜欢|不要(?={ref})",
    "like": r"(?:{ref}) (?:is|looks|sounds|seems) (?:really |very )?(?:good|great|nice|lovely|interesting|perfect)\b|\b(?:i|we) (?:really |also |quite |do )*(?:like|love)(?= (?:{ref}))|\b(?:liked|loved|enjoyed|love)(?= (?:{ref}))|^like(?= (?:{ref}))|\bgefallt mir\b|\b(?:j'aime|me gusta)(?= (?:{ref}))|喜欢(?={ref})",
    "accept": r"\bi(?:'ll| will|'d like to| want to)? ?(?:take|have|get|buy|watch|read|go (?:with|for)|choose|pick)(?= (?:{ref}))|^(?:take|go with|give me|i want|let'?s (?:take|watch|go with|do))(?= (?:{ref}))|\b(?:ich )?nehme?(?: ich)?(?= (?:{ref})|$)|\bje (?:le |la )?prends\b|\bme (?:la|lo) llevo\b|就(?:要|选|买|看)?(?={ref})|(?:要|选)(?={ref})",
    "why": r"^为(?:什么|啥)(?:会|要)?(?:是|推荐|选|挑|给我看?)?(?=(?:{ref}))|^(?:but )?(?:why|how come|warum|wieso|pourquoi|por que|为什么)\b(?! not| don'?t| nicht| pas| no\b)|\bwhat makes you (?:pick|think|choose)\b|\bexplain\b",
}
"""Acts that open a message; `{ref}` stands for whatever points at a card."""

ORDINALS = {
    0: "first|1st|top|erste[nrs]?|premi(?:er|ere)|primer[oa]?|第一",
    1: "second|2nd|zweite[nrs]?|deuxieme|seconde?|segund[oa]|第二",
    2: "third|3rd|dritte[nrs]?|troisieme|tercer[oa]?|第三",
    3: "fourth|4th|vierte[nrs]?|quatrieme|cuart[oa]|第四",
    4: "fifth|5th|funfte[nrs]?|cinquieme|quint[oa]|第五",
    5: "sixth|6th|sechste[nrs]?|sixieme|sext[oa]|第六",
    6: "seventh|7th|siebte[nrs]?|septieme|septim[oa]|第七",
    7: "eighth|8th|achte[nrs]?|huitieme|octav[oa]|第八",
    8: "ninth|9th|neunte[nrs]?|neuvieme|noven[oa]|第九",
    9: "tenth|10th|zehnte[nrs]?|dixieme|decim[oa]|第十",
    -1: "last|bottom|letzte[nrs]?|derni(?:er|ere)|ultim[oa]|最后一",
}
NOUN = "one|ones|card|pick|choice|suggestion|recommendation|option|film|movie|book|album|song|item|product|article|story|thing|buch|lied|artikel|livre|chanson|libro|pelicula|cancion"
ARTICLE = "the|that|this|den|die|das|der|dem|le|la|el|lo|number|no\\.?|nr\\.?|nummer|numero|card"
PRONOUN = "it|this|that|this one|that one|these|those|them|das|diese[nrs]?|dies|ihn|ca|celui-la|celle-la|este|esta|eso|它|这个|那个|这部|那部"

NUMERIC = {
    (
        "price",
        -1,
    ): "cheaper|less expensive|less costly|more affordable|too (?:expensive|dear|pricey|costly)|gunstiger|billiger|zu teuer|moins cher|trop cher|mas barat[oa]s?|demasiado car[oa]|便宜(?:一?点|些)|更便宜|太贵",
    (
        "price",
        1,
    ): "pricier|more expensive|dearer|fancier|more luxurious|too cheap|teurer|plus cher|mas car[oa]s?|贵一?点|更贵",
    (
        "length",
        -1,
    ): "shorter|less long|quicker|too long|kurzer|zu lang|plus courte?|trop longu?e?|mas cort[oa]|demasiado larg[oa]|短一?点|更短|太长",
    (
        "length",
        1,
    ): "longer|too short|langer|zu kurz|plus longu?e?|trop courte?|mas larg[oa]|长一?点|更长|太短",
    (
        "year",
        1,
    ): "newer|more recent|more modern|too old|not so old|less old|neuer|zu alt|plus recente?|trop vieux|mas nuev[oa]|mas reciente|新一?点|更新|太老|太旧",
    (
        "year",
        -1,
    ): "older|more classic|too (?:new|recent|modern)|not so new|alter|zu neu|plus ancien(?:ne)?|trop recente?|mas antigu[oa]|mas viej[oa]|老一?点|旧一?点|更老|更旧|太新",
}
"""Comparatives that a number decides, by what is measured and which way."""

LENGTH_FIELDS = "pages page_count num_pages length"
NOT_TOO = (
    r"(?:\b(?:is |are |be )?(?:not|nothing|never|nicht|pas|no)\s+(?=too|zu|trop|demasiado)"
    r"|(?:isn'?t|aren'?t|don'?t want (?:it|them|anything)) (?=too)"
    r"|(?:不要|不想要|不能|不是|不|别)(?=太))"
)
"""Before a "too": "too long" and "not too long" are the same wish."""
SOFTER = r"\b(?:less|too|not (?:so|as|that)|weniger|zu|nicht so|moins|trop|menos|demasiado) ([a-z][\w'-]{2,})"
STRONGER = r"\b(?:more|mehr|plus|mas) ([a-z][\w'-]{2,}[a-rt-z])\b|\bnot ([a-z]{3,}) enough\b"
NO_QUALITY = (
    "than like of the that this one ones wie comme como als que much many films movies books songs"
    " albums things recommendations and with please from about"
)
"""Words after "less" and "more" that name no quality."""
COMPARATIVE = r"\b(?:[a-z]{2,}ier|funnier|darker|lighter|warmer|slower|faster|calmer|louder|softer|sadder|smarter|stranger|weirder|gentler|deeper|harder|brighter|smaller|bigger|larger|lustiger|spannender|ruhiger|dunkler|leichter)\b|(?<=.)(?:一点|一些|点儿)$"
TURN = r"^(?:but|and|also|aber|und|auch|mais|et|pero|y|only|just|make (?:it|that|them)|with|without|no|not|nothing|in|under|over|from|before|after|mit|ohne|kein\w*|nicht|nichts|sans|pas|sin|但|不)\b"
"""A message that begins so continues the search; else a new category starts a new one."""
INSTEAD = r"\b(?:instead|rather|lieber|stattdessen|plutot|au lieu|mejor|en vez)\b|而是|换成|换一?[个部本款首件]"

PROPOSAL = r"^\W*(?:(?:why|how) (?:not|no)\b|why (?:don'?t|didn'?t|can'?t|won'?t) (?:you|we|i)\b(?: (?:show|find|give|get|suggest|recommend|try|watch|see|have|pick))*(?: me| us)?|why (?:isn'?t|aren'?t|is|are) there (?:no|any|a|an)?\b|(?:how|what) about\b|what if\b|(?:what'?ve|what have|have|'ve)? ?(?:you )?got(?= (?:any|some)|\W*$)|warum (?:nicht|kein\w*)\b|wie ware es mit\b|pourquoi pas\b|por que no\b|(?:为什么|为啥|怎么)(?:不|没有?)(?:看|来|要|试试|推荐|给我|放)*|何不|要不|不如)"
"""Begins a proposal: what follows is the wish."""
WHY_NOT = r"^\W*(?:why|warum|pourquoi|por que|为什么|为啥|怎么|何不)"
GOOD = r"\b(?:and|but|,)? ?(?:i )?(?:also |really |absolutely |quite |already )?(?:lov(?:e|ed)|lik(?:e|ed)|enjoy(?:ed)?|adored?)(?: (?:it|that|them)(?: (?:a lot|very much))?\b|(?=\s*[.!]*$))|\b(?:and |, )?(?:it|that) (?:is|was) (?:really |very )?(?:great|good|lovely|excellent|wonderful|brilliant|perfect)\b|[,，]?(?:而且|也)?(?:很|非常|特别)?(?:喜欢(?=它|$|[,，。！])它?|好看|好用|好听|不错)"
BAD = r"\b(?:and|but|,)? ?(?:i )?(?:really )?(?:(?:did not|didn'?t|do not|don'?t) (?:like|enjoy|love)|hated?|disliked?|regret(?:ted)?)(?: (?:it|that|them))?(?: (?:at all|much))?\b|\b(?:but |and |, )?(?:it|that) (?:is|was) (?:really |very |so )?(?:terrible|awful|boring|bad|poor|disappointing|rubbish|not (?:very )?good)\b|[,，]?(?:但是?|可是?)?(?:很|非常|特别)?(?:不(?:太)?喜欢|难看|难用|难听|不好(?:看|用|听)?|失望|后悔)"
"""A negative opinion of something seen or bought; `GOOD` is a positive one."""
CLAUSE = r"[,.;!?，。；！？]|\b(?:but|so|now|and (?:now )?(?=show|find|give|i |want|something)|(?=show me|give me|find me))\b|但是?|所以|(?=换|给我|来个|来点)"
"""Where a statement about a card ends and a wish may begin."""
COUNTERS = r"(?:个|部|本|首|款|件|张|篇|条|种|双|只|台|辆)(?:电影|片子?|书|商品|歌)?"
EDGE = (
    r"\s*(?:$|[,.;!?，。]|(?:but|and|or|in|is|was|looks|sounds|please|instead|with|without|though|already|yesterday|today|twice|once|before|ages|years|months|when|last (?:night|week|month|year)"
    r"|again|aber|und|in|bitte|mais|et|pero|y|en|von|of)\b)"
)
"""What may follow an ordinal that points at a card."""
ASKED_EDGE = (
    EDGE
    + r"|\s*(?:'s|&|vs\.?|versus|have|has|had|are|were|does|do|did|about|cost|run|last|made|come|came"
    r"|directed|written|take|weigh|than|to|from|by|like|differ|ist|hat|est|es)\b|\s*'s|\s+[\w-]+\W*$"
    r"|\s+(?:(?:more|less) \w+|\w+er) than\b|\s+\w+ (?:for|to|enough)\b"
)
"""What may follow it in a question: also a verb, or the one word that is asked about."""
INSTEAD_OF = r"(?i)\b(?:instead of|rather than|anstatt|statt|au lieu d[e']|en (?:vez|lugar) de)\s+(?!(?:the|this|that|these|those|it|them)\b)"
"""Excludes what follows it."""

ALL_SEEN = r"(?:i(?:'ve| have)? |we(?:'ve| have)? )?(?:already |all )?(?:seen|know|read|watched|heard|own|have|bought|tried) (?:all|every one|each one|both|all three|them all)(?: ?(?:of (?:them|these|those)|three|already|before))*|(?:kenne ich|habe ich) (?:schon )?alle(?: schon)?(?: gesehen| gelesen)?|(?:这些)?(?:我)?(?:都|全部?都?)(?:已经)?(?:看|读|听|买)过了?"
"""Says that all cards on show are known."""
