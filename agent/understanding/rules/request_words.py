# ruff: noqa: E501
"""The words the request reader knows before it sees a catalogue: tables, no code.

All words are folded (lower case, no accents). Each line of `SYNONYMS` lists names of one thing in
several languages; whichever of them a catalogue uses, a message may say any other.
"""


def words_in(text: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(text.split())


SYNONYMS = """
comedy / comedies / comedic / komodie / komodien / comedie / comedia / comedias / 喜剧
thriller / thrillers / suspense film / krimithriller / 惊悚 / 惊悚片
horror / horrorfilm / horrorfilme / horreur / terror / 恐怖 / 恐怖片
science fiction / sci fi / scifi / sf / ciencia ficcion / sciencefiction / 科幻 / 科幻片
romance / romantic / liebesfilm / liebesfilme / romantisch / romantique / romantica / 爱情 / 爱情片
drama / dramas / drame / drames / dramen / 剧情 / 剧情片
action / actionfilm / actionfilme / accion / 动作 / 动作片
adventure / adventures / abenteuer / abenteuerfilm / abenteuerfilme / aventure / aventura / aventuras / 冒险
animation / animated / cartoon / cartoons / anime / zeichentrick / zeichentrickfilm / dessin anime / animacion / 动画 / 动画片
children / kids / childrens / kinder / kinderfilm / enfants / infantil / ninos / 儿童
documentary / documentaries / docs / doku / dokus / dokumentarfilm / dokumentarfilme / documentaire / documentaires / documental / documentales / 纪录片
war / kriegsfilm / kriegsfilme / krieg / guerre / guerra / belica / 战争 / 战争片
western / westerns / 西部 / 西部片
musical / musicals / comedie musicale / 音乐剧
mystery / mysteries / whodunit / whodunits / misterio / mystere / 悬疑 / 悬疑片
crime / krimi / krimis / policier / policiaca / 犯罪 / 犯罪片
fantasy / fantasyfilm / fantastique / fantasia / 奇幻
film noir / noir
biography / biographies / biopic / biopics / biographie / biografia / 传记
history / historical / geschichte / histoire / historia / 历史
sport / sports / deporte / deportes / 体育
politics / political / politik / politique / politica / 政治
business / economy / wirtschaft / economie / economia / finance / 财经
technology / tech / technik / technologie / tecnologia / 科技
health / gesundheit / sante / salud / 健康
travel / reise / reisen / voyage / voyages / viajes / 旅游
entertainment / unterhaltung / divertissement / entretenimiento / 娱乐
science / wissenschaft / ciencia / 科学
jazz / 爵士
hip hop / hiphop / rap
electronic / electronica / elektronisch / electro / 电子
classical / klassik / klassisch / klassische / klassischer / classique / clasica / 古典
rock / 摇滚
pop / 流行
red / rot / rote / roter / rotes / roten / rotem / rouge / rojo / roja / 红色
blue / blau / blaue / blauer / blaues / blauen / blauem / bleu / bleue / azul / 蓝色
green / grun / grune / gruner / grunes / grunen / grunem / vert / verte / verde / 绿色
black / schwarz / schwarze / schwarzer / schwarzes / schwarzen / schwarzem / noir / noire / negro / negra / 黑色
white / weiss / weisse / weisser / weisses / weissen / weissem / blanc / blanche / blanco / blanca / 白色
yellow / gelb / gelbe / gelber / gelbes / gelben / gelbem / jaune / amarillo / amarilla / 黄色
grey / gray / grau / graue / grauer / graues / grauen / grauem / gris / 灰色
men / men's / mens / herren / hommes / hombres / 男士 / 男式 / 男款 / 男
women / women's / womens / ladies / damen / femmes / mujeres / 女士 / 女式 / 女款 / 女
leather / leder / cuir / cuero / 皮革
cotton / baumwolle / coton / algodon / 棉
wood / wooden / holz / bois / madera / 木
notebook / notebooks / notizbuch / cahier / cuaderno / 笔记本
""".strip()

LANGUAGES = """
en / english / englisch / anglais / ingles / 英语 / 英文
de / german / deutsch / allemand / aleman / 德语 / 德文
fr / french / franzosisch / francais / frances / 法语 / 法文
es / spanish / spanisch / espagnol / espanol / castellano / 西班牙语
it / italian / italienisch / italien / italiano / 意大利语
ja / japanese / japanisch / japonais / japones / 日语 / 日文
zh / chinese / mandarin / chinesisch / chinois / chino / 中文
ko / korean / koreanisch / coreen / coreano / 韩语 / 韩文
pt / portuguese / portugiesisch / portugais / portugues
ru / russian / russisch / russe / ruso / 俄语
sv / swedish / schwedisch / suedois / sueco
da / danish / danisch / danois / danes
hi / hindi
nl / dutch / niederlandisch / neerlandais
pl / polish / polnisch / polonais / polaco
""".strip()

COUNTRIES = """
united states / usa / us / american / america / hollywood / amerikanisch / americain / americana / estadounidense / 美国
united kingdom / uk / gb / british / england / great britain / britisch / britannique / britanica / 英国
france / fr / french / frankreich / franzosisch / francais / francaise / francesa / 法国
germany / de / german / deutschland / deutsch / allemand / allemande / alemana / 德国
italy / it / italian / italien / italienisch / italienne / italiana / 意大利
spain / es / spanish / spanien / spanisch / espagnol / espagnole / espanola / 西班牙
japan / jp / japanese / japanisch / japonais / japonaise / japonesa / 日本
china / cn / people's republic of china / chinese / chinesisch / chinois / chinoise / chinesische / 中国
south korea / kr / korea / korean / koreanisch / coreen / coreenne / coreana / 韩国
india / indian / bollywood / indisch / indien / indienne / 印度
sweden / swedish / schwedisch / schweden / suedois / sueca
denmark / danish / danisch / danemark / danois
australia / australian / australisch / australien / australiana
canada / canadian / kanada / kanadisch / canadien
ireland / irish / irland / irisch
russia / russian / russland / russisch / russe / 俄罗斯
mexico / mexican / mexikanisch / mexicana
brazil / brazilian / brasil / brasilien
hong kong / 香港
poland / polish / polen / polnisch
""".strip()

COMMON = words_in(
    """
kid child christmas halloween easter summer winter disney marvel netflix heard king young stone rock
home house life world family short music history sport sports new best other general office
garden travel health science business style beauty food drink news local people love live
national war action crime romantic political historical musical light dark gold silver orange
blue black white green red gap target dove next guess fossil coach mini tide dawn joy nature art
school baby men women play time money work us it in on off one two three
adult classic classical modern popular adventure entertainment technology tech economy
finance politics weather video autos auto games game holiday holidays party gift gifts
"""
)
"""Words of ordinary prose: as a value they count only where the sentence says so (`family film`)."""

COLOURS = "color colour material size format binding finish"
"""Fields whose values are plain words even when common: "a red notebook"."""

ITEM_NOUNS = words_in(
    """
film films musik musique musica movie movies picture flick flicks show shows series book books novel novels song
songs music album albums track tracks band bands artist artists article articles story stories
news piece item items product products stuff one ones section category genre kategorie rubrik
genres buch bucher lied lieder artikel nachrichten livre livres roman romane romans chanson
chansons pelicula peliculas libro libros cancion canciones noticias producto productos 片 电影 书 歌
新闻 商品 gift gifts geschenk cadeau regalo headlines reports coverage
"""
)
"""Nouns for what is recommended: they carry no wish, and make a common word before them a value."""

NOUNS_ZH = "片 电影 影片 小说 故事 剧 书 书籍 音乐 新闻 类"
"""What may end the Chinese name of a kind: 科幻 may be said as 科幻小说."""
FILLER = words_in(
    """
either neither prefer love enjoy interested yes yeah ok okay let's lets try also
watch read listen hear see must should mood mag mochten again
a an the some any something anything everything nothing thing things i im i'm i'd i'll i've we've me my we
us you your it its it's is are be am was were been that this these those there which who what
one ones want wanna need looking look for find show give get recommend suggest please would like
liked love loved enjoyed could can do does did have has had from of in on at by to with and or
but so as just really very too also about into than more much lot lots set made good nice great
maybe perhaps kind sort bit quite hello hi hey thanks thank directed starring featuring written
author brand under over only ein eine einen einem einer der die das den dem des und oder aber
mit fur von aus ich mochte will suche bitte etwas wie auf ist sind mir gib zeig einige gern
gerne lieber sondern doch noch un une le la les du de d' l' et ou mais avec pour je voudrais
cherche veux quelque chose que qui en dans par sur s' j' m' c' est moi donne plutot el los las
una unos unas del y o pero con para yo quiero busco algo por favor al dame 的 了 我 想 看 要 一 部 个 本 首
请 给 找 推 荐 些 是 有 和 或 但 很 吧 来 片 听 买 读 也 在 里
"""
)

OR = words_in(
    """
or nor oder ou o u ni 或 或者 、
"""
)
AND = words_in(
    """
and und et y e & 和
"""
)
DETERMINERS = words_in(
    """
a an the some with from under in by something ein eine mit un une avec una con
"""
)
CONTRAST_WORDS = words_in(
    """
but just instead rather please only preferably though aber sondern lieber bitte stattdessen mais
plutot pero sino 但 但是 而 只 i we ich je yo 我 give gib show something etwas
"""
)
PREPOSITIONS = words_in(
    """
with from by in under over before after between since until starring directed set longer shorter
about for mit von aus unter uber vor nach zwischen avec par avant apres entre con por antes
despues
"""
)

LIKE = """
like / similar to / in the style of / such as / in the vein of / reminiscent of / loved / enjoyed
/ liked / fan of / fans of / reminds me of / wie / ahnlich wie / comme / semblable a / dans le style de / como / parecido a
/ parecida a / 像 / 类 似 / 类 似 于 / 喜 欢
"""
BY = """
by / from / directed by / written by / author / director / brand / made by / von / regie / autor / de / par
/ por / dirigida por / of
""".strip()
WITH = "with / starring / featuring / stars / mit / avec / con / 主演"

CREATOR_FIELDS = (
    "director directors author authors artist artists writer writers band brand creator"
)
CAST_FIELDS = "cast actor actors starring performers"
NAME_FIELDS = (
    f"{CREATOR_FIELDS} {CAST_FIELDS} publisher label maker manufacturer team studio composer"
)
PLACE_PREPOSITIONS = words_in("at for in on with about of to bei zu fur im a chez pour en para")
"""A common word after one of these is a place or a purpose: "at home", "for music"."""

EMPTY_PHRASES = """
那样的 / 这样的 / 那样 / 这样 / 那么 / 这么 / 一样的 / 一样 / 似的 / 这种 / 那种 / 这类 / 那类 / 之类的 / 之类 / 一类的 / 一类 / 类似的 / 类似 / 等等
/ 可以吗 / 可以 / 都可以 / 也可以 / 都行 / 也行 / 行 / 还想 / 还要 / 还有 / 还是 / 以外 / 之外 / 你们 / 我们 / 他们 / 大家 / 什么样的 / 什么 / 哪些 / 哪个 / 哪部
/ 哪本 / 吗 / 呢 / 呀 / 啊 / 嘛 / 哦 / 哈 / 谢谢 / 多谢 / 你好 / 您好 / 请问 / 帮我 / 帮忙 / 麻烦 / 介绍 / 一下 / 一点 / 一些 / 几部 / 几本 / 几个 / 几首 / 一种 / 别的
/ 电影 / 新闻 / 文章 / 影片 / 片子 / 书籍 / 东西 / 最好 / 最好是 / 希望 / 比较 / 对 / 对于 / 关于 / 以来 / 随便 / 你 / 您 / 他 / 她 / 都 / 还 / 能 / 能否 / 就 / 只 / 会 / 该 / 把
/ 给 / 让 / 帮 / 跟 / 与 / 及 / 等 / 的话 / 如果 / 要是 / 因为 / 所以 / 但是 / 不过 / 或者 / 或 / 最近 / 今天 / 现在 / 这 / 那 / 它 / 其他 / 其它 / 任何 / 各种 / 好吗 / 可
/ 写的 / 写 / 之间 / 既 / 又 / 喜欢 / 爱看
"""
"""Chinese words that carry no wish; the signs of one alone are often part of another word."""
TRAILING = "or less / or more / or fewer / or so / oder weniger / ou moins / o menos"
"""What ends a bound that was said elsewhere: "a 10 dollar knife or less"."""
PARTICLES = words_in("的 了 吗 呢 吧 啊 呀 嘛")
"""They end a phrase and are no part of its last word."""

POSSESSIVES = words_in(
    "my our your his her their mein meine meinen unser unsere mon ma mes notre nos mi mis 我 我的"
)
"""What is somebody's is no wish: "my kids", "my French aunt"."""

CATEGORY_FIELDS = (
    "genre genres category categories tag tags topic topics section subcategory type country"
    f" countries language languages mood style platform region certificate {COLOURS}"
)
