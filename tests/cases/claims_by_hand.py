"""Sentences about the invented items of `test_ground.py`: written by hand to slip past the check,
and plain true ones. One sentence a line."""

HARBOUR_FALSE = """\
You liked Cold Ledger and Picnic Days.
You liked both Cold Ledger and Picnic Days, so this crime film may suit you.
You rated Slow Rivers 5 stars.
You gave Cold Ledger two stars.
Cold Ledger, which you rated 3 stars, is by Anna Kessler too.
Cold Ledger was released in 1994.
Cold Ledger stars Mia Stroud.
Cold Ledger and this film both star Paul Orwin.
Slow Rivers shares its director with this film.
Anna Kessler also directed Slow Rivers.
Anna Kessler, director of Slow Rivers, made this film.
This film is by Paul Orwin.
Paul Orwin made this crime film.
A Paul Orwin film from 1994.
Written by Anna Kessler, it is a crime film.
Anna Kessler wrote it.
Anna Kessler plays in it.
It stars Anna Orwin and Mia Stroud.
It stars Paul Stroud.
It stars Paul Orwin and Tom Vale.
It stars three people.
It runs for two hours and ten minutes.
It runs for 2 hours.
It was made in the 1980s.
It was released in France in 1921.
It was released 121 years ago.
It was recorded by Paul Orwin.
It was produced by Anna Kessler.
It takes place in France.
It is set in France.
It is about France.
It is about Paul Orwin.
It is in French language, as you asked.
It is a French comedy.
It is a crime comedy.
It is a crime musical.
It is more than a crime film.
It is a good crime film.
It is the crime film of the year.
It is worth 121 stars.
It has 5 stars.
It has a 5 star rating.
You are a fan of Tom Vale and Anna Kessler.
You enjoy thriller films and comedies.
You enjoy Picnic Days.
Your favourite director is Anna Kessler.
Your love of Picnic Days led to this crime film.
You have watched this crime film.
You have seen it.
You asked for a crime film.
You asked for something tense, and this is tense.
You asked for something violent.
As you asked, it is tense.
The request asks for a crime film.
This violent film was directed by Anna Kessler.
A love story by Anna Kessler.
A retired bank robs the thief.
The harbour robs a thief.
The thief is Paul Orwin.
Paul Orwin is a retired thief.
Mia Stroud robs the bank.
It was released on 12 May 1994.
It comes from France and Italy.
It belongs to Paul Orwin.
Title: The Glass Harbour.
Cold Ledger is a crime film from 1994.
You rated it 5 stars.
You rated The Glass Harbour 5 stars.
You gave this film 5 stars.
Like Cold Ledger, it stars Paul Orwin.
It shares Paul Orwin with Cold Ledger.
The same cast as Cold Ledger.
The cast of Cold Ledger is here again.
It is longer than Cold Ledger.
It was made before Cold Ledger.
Anna Kessler is French.
Anna Kessler is the writer and director.
It was directed by Anna Kessler and Paul Orwin.
It was directed and written by Anna Kessler.
Mia Stroud and Anna Kessler star in it.
You may know Mia Stroud from Cold Ledger.
You know Anna Kessler.
You liked Mia Stroud in Cold Ledger.
You liked Anna Kessler in Picnic Days.
You bought this crime film.
You viewed Cold Ledger.
You skipped Picnic Days.
You may have liked Picnic Days.
You want a crime film.
Asked for a crime film, you get this.
It is for all.
It is one of the greatest.
Both are crime films by Tom Vale.
Both films star Leo Banks.
1994 crime film with 1994 minutes.
Since you liked Dust Atlas, another film from France.
It belongs to Paul Orwin.
The director of this film is Paul Orwin.
The director is Mia Stroud.
The director, Mia Stroud, made this crime film.
Director Paul Orwin brings a crime film.
Actor Anna Kessler stars in this crime film.
Starring Anna Kessler, it is a thriller.
With Anna Kessler in the cast, it is a crime film.
Anna Kessler and Paul Orwin directed it.
Mia Stroud, Paul Orwin and Anna Kessler star in it.
Paul Orwin's film is a thriller.
Cold Ledger is a thriller.
Cold Ledger is a 1994 film.
Cold Ledger was made in 1994.
Cold Ledger runs 121 minutes.
Cold Ledger features Paul Orwin, and it is a thriller.
You rated Cold Ledger 5 stars for Paul Orwin.
You rated Cold Ledger and Dust Atlas 5 stars.
You rated both Cold Ledger and Dust Atlas 5 stars.
You rated Dust Atlas and Cold Ledger 4 stars.
You gave Dust Atlas 4 stars, and this film is also from France.
You gave Dust Atlas 4 stars; it was made in France too.
You liked Slow Rivers, and Anna Kessler directed it too.
You liked Slow Rivers, which is a thriller.
You liked Slow Rivers, a crime film.
You liked Slow Rivers by Anna Kessler.
You disliked Slow Rivers.
You hated Cold Ledger.
You did not like Cold Ledger.
You didn't enjoy Slow Rivers.
You never saw Cold Ledger.
You read Picnic Days and liked it.
You purchased Slow Rivers.
You listened to Slow Rivers.
You love Paul Orwin.
You like Paul Orwin films.
Your interest in Paul Orwin is clear.
Fans of Paul Orwin like this.
People like you love crime films.
Many like this crime film.
You are Anna Kessler.
You are in this crime film.
You star in this film.
You directed Cold Ledger.
You asked for Anna Kessler.
You want tense crime, and Anna Kessler offers it.
You wanted "a happy comedy".
You asked for "something tense".. and violent crime.
This film fits your request for something tense.
It matches your mood, tense.
It is tense but not violent.
This crime film is not violent.
No one dies in this crime film.
There is nothing like this thriller.
It has 121 stars.
It has 1994 pages.
It is 1994 minutes of crime.
It was released in 121.
It lasts 121 hours.
It lasts two hours.
It was released in the 1990s and the 2000s.
It was made 5 years after Cold Ledger.
It cost 121.
It is priced at 1994.
Nominated for 1 Oscar.
It has won 1994 awards.
A hit in France.
France loved this crime film.
The French version of Cold Ledger.
Part two of Cold Ledger.
It is part of Cold Ledger.
It comes from Cold Ledger.
This is Cold Ledger.
The Glass Harbour is Cold Ledger.
The title is Cold Ledger.
The Glass Harbour is also called Cold Ledger.
It is based on Cold Ledger.
It is a remake of Cold Ledger.
It follows Cold Ledger.
Cold Ledger is about The Glass Harbour.
Cold Ledger and The Glass Harbour share a cast.
Cold Ledger and The Glass Harbour are both thrillers.
They share Mia Stroud.
Both are from 1994, Cold Ledger and this.
A crime film that you have rated 5 stars.
A crime film rated 5 stars.
Rated 5 stars, it is a crime film.
It has a 5-star rating from you.
Paul Orwin directed by Mia Stroud.
Mia Stroud is played by Paul Orwin.
Paul Orwin and Mia Stroud are a thriller.
Anna Kessler was made in France.
Anna Kessler comes from France.
Paul Orwin, from France, stars in it.
Anna Kessler runs 121 minutes.
Anna Kessler was released in 1994.
Here is a list of the facts.
Here are two sentences.
The assistant asked for crime.
<b>crime</b> film.
It is a crime to miss this thriller.
Watch this thriller now.
Try this crime film for free.
Try this crime film: only 5.
Drama, crime and thriller.
It has a bit of romance.
Crime and comedy mix here.
A documentary on crime.
It combines crime with horror.
An animated thriller.
An American crime film.
A crime film made in the USA.
Tom Vale directed this.
It stars Ines Faro.
《The Glass Harbour》由Mia Stroud执导。
Mia Stroud执导了这部电影。
Anna Kessler主演。
Anna Kessler和Paul Orwin主演。
由Anna Kessler和Paul Orwin执导。
导演是Paul Orwin。
导演为Paul Orwin。
Paul Orwin是导演。
Paul Orwin的电影。
Paul Orwin来自法国。
编剧是Anna Kessler。
这是一部日本电影。
来自美国。
1990年上映。
于1993年上映。
片长98分钟。
片长2小时。
片长1994分钟。
你给《Cold Ledger》打了3星。
你给《Dust Atlas》打了5星。
你给《Slow Rivers》打了5星。
你给《The Glass Harbour》打了5星。
你喜欢《The Glass Harbour》。
你喜欢《Cold Ledger》和《Picnic Days》。
你不喜欢《Cold Ledger》。
你买过《Cold Ledger》。
你听过《Cold Ledger》。
你跳过《Picnic Days》。
你喜欢喜剧片。
你喜欢Paul Orwin。
你喜欢《Slow Rivers》，这部电影同样由Anna Kessler执导。
你给《Dust Atlas》打了4星，这部也来自法国。
你给《Cold Ledger》打了5星，这部同样是惊悚片。
《Cold Ledger》由Paul Orwin主演。
《Cold Ledger》于1994年上映。
像《Picnic Days》一样，这是犯罪片。
这是《Cold Ledger》。
出自《Cold Ledger》。
你想要喜剧。
你要求看喜剧片。
你的要求是“喜剧”。
这部电影很紧张。
这部电影不暴力。
没有暴力。
获得三项奥斯卡奖。
这是最佳犯罪片。
必看的犯罪片。
保证你会喜欢。
你一定会喜欢这部犯罪片。
免费观看这部犯罪片。
这是一部感人的犯罪片。
讲述了一个小偷的犯罪故事。
作为AI助手，推荐这部犯罪片。
事实：犯罪片。
大家都喜欢这部犯罪片。
价格是5元。
评分是5星。
这部犯罪片由Tom Vale执导。
由Leo Banks主演的犯罪片。
这部爱情片来自法国。
""".splitlines()

HARBOUR_TRUE = """\
You rated Cold Ledger 5 stars, so this crime film may suit you.
The Glass Harbour is a thriller directed by Anna Kessler, who also made Cold Ledger.
It shares its director with Cold Ledger.
You disliked Picnic Days, and this is a crime film.
It comes from France and runs 121 minutes.
Anna Kessler directs Paul Orwin and Mia Stroud.
From the director of Cold Ledger comes this 1994 thriller.
You liked Cold Ledger, a crime film by Anna Kessler.
Paul Orwin and Mia Stroud star in this French crime thriller.
This 1994 film, directed by Anna Kessler, is a thriller.
A crime thriller from 1994 with Paul Orwin.
Like Cold Ledger, it is a crime film made in France.
You might like this thriller, as you rated Cold Ledger 5 stars.
This film has Mia Stroud in the cast.
In this thriller, a retired thief robs a bank.
You gave 5 stars to Cold Ledger, which is also by Anna Kessler.
Your 5-star rating of Cold Ledger led here: this film is also by Kessler.
The film runs for 121 minutes and stars Mia Stroud.
With Mia Stroud and Paul Orwin, this is a French film of 1994.
Kessler directed this film in 1994.
The director is Anna Kessler.
Director Anna Kessler brings a crime film.
Actor Paul Orwin stars in this crime film.
The cast includes Paul Orwin, Mia Stroud.
Paul Orwin stars in The Glass Harbour with Mia Stroud.
You rated Dust Atlas 4 stars and Cold Ledger 5 stars.
You liked Slow Rivers, a drama by Tom Vale.
You liked Slow Rivers and Cold Ledger, so here is a crime film from Anna Kessler.
You did not like Picnic Days.
If you like Anna Kessler, this film is for you.
Try this French crime film, directed by Anna Kessler.
"The Glass Harbour" is a 1994 crime film from France.
The Glass Harbour, from 1994, lasts 121 minutes.
Made in France in 1994, this thriller stars Paul Orwin.
Because you gave Cold Ledger five stars, here is another Anna Kessler film.
It is a crime film, and it was directed by Anna Kessler, who directed Cold Ledger too.
It is directed by Anna Kessler and starring Paul Orwin.
The film is a crime and thriller film.
Crime and thriller combine in this film from France.
A thriller with Mia Stroud.
Cold Ledger and The Glass Harbour are both directed by Anna Kessler.
Anna Kessler directed both Cold Ledger and The Glass Harbour.
This is a French thriller with a runtime of 121 minutes.
Cold Ledger was also made in France.
You asked for something tense; here is a thriller.
The Glass Harbour belongs to crime and thriller.
It features Paul Orwin and Mia Stroud, and it was made in France.
You rated Cold Ledger 5 stars, and this film also belongs to the crime genre.
This film was released in 1994, and it is 121 minutes long.
With a runtime of 121 minutes, it is a thriller from 1994.
《The Glass Harbour》是一部1994年的法国犯罪片。
由Anna Kessler执导，Paul Orwin和Mia Stroud主演。
Anna Kessler是导演。
Anna Kessler执导了这部惊悚片。
你给《Cold Ledger》打了5星，这部也是犯罪片。
你喜欢《Slow Rivers》，这部是犯罪片。
你不喜欢《Picnic Days》。
像《Cold Ledger》一样，这是犯罪片。
这部电影来自法国，片长121分钟。
1994年上映的惊悚片。
《Cold Ledger》同样来自法国。
你可能会喜欢这部犯罪片。
因为你给《Cold Ledger》打了5星，推荐这部法国电影。
主演包括Paul Orwin和Mia Stroud。
这是Anna Kessler的电影。
导演Anna Kessler，主演Paul Orwin。
""".splitlines()

ORCHARD_FALSE = """\
Ines Faro leads the cast.
The leading role is played by Tom Vale.
This Italian drama comes from Paul Orwin.
Tom Vale stars alongside Karl Dunmore.
Two brothers inherit an orchard in the north.
Two sisters inherit an orchard in the south.
An orchard inherits two sisters.
Two sisters sell an orchard.
Three sisters inherit an orchard.
You rated Winter Orchard highly.
You rated Slow Rivers highly.
You rated Dust Atlas 4.5 stars.
You gave Slow Rivers a like and 5 stars.
Because you loved Dust Atlas and Picnic Days, try this drama.
You enjoyed Picnic Days, so try this drama.
You were looking for a drama.
You asked for a drama from Italy.
As you like horror, try this drama.
Since you like Ines Faro, try this drama.
This drama runs for 98 hours.
This drama runs for about 100 minutes.
A 2013 drama from Italy.
From 2003 to 2005, this drama was made in Italy.
Made in Italy and France.
A drama in Italian.
A drama about two brothers.
A romance between Ines Faro and Karl Dunmore.
Ines Faro and Karl Dunmore play sisters.
Karl Dunmore inherits an orchard.
A romantic comedy from Italy.
The most romantic film of 2003.
A beautiful drama from Italy.
A true story from Italy.
A romantic drama for the whole family.
A must for fans of Tom Vale.
Critics gave it 5 stars.
It got 98 awards.
It is rated 98.
Slow Rivers and Winter Orchard both star Ines Faro.
Slow Rivers has Ines Faro too.
Slow Rivers is from Italy.
Slow Rivers, from 2003, is a drama.
Tom Vale directed Cold Ledger.
Tom Vale also made Dust Atlas.
From the maker of Dust Atlas.
The writer of Slow Rivers directed this drama.
Anna Kessler directed Winter Orchard.
Winter Orchard was written by Tom Vale.
Winter Orchard features music by Tom Vale.
Winter Orchard is better than Slow Rivers.
Winter Orchard is the sequel to Slow Rivers.
Winter Orchard was nominated for two awards.
Winter Orchard is for you and your family.
Winter Orchard has no romance.
Winter Orchard lacks romance.
Winter Orchard is far from a drama.
Winter Orchard may be a comedy.
Winter Orchard might star Paul Orwin.
Is Winter Orchard a drama?
I think Winter Orchard is a drama.
We picked this drama for you.
Everyone likes this drama.
Buy this drama now.
Your friends like this drama.
Your romance with Tom Vale.
Your list has Picnic Days as a like.
Your history has 98 films.
You have 98 dramas.
You like Winter Orchard.
You like Slow Rivers by Paul Orwin.
You know Slow Rivers from 2003.
Slow Rivers was a like of 5 stars.
With Slow Rivers, you liked Picnic Days.
Picnic Days, which you liked, is a drama.
Picnic Days led you here.
Picnic Days is one reason for this pick, as you liked it.
""".splitlines()

ORCHARD_TRUE = """\
Two sisters inherit an orchard in the north.
In this drama, two sisters inherit an orchard.
You liked Slow Rivers, and this drama is also by Tom Vale.
Winter Orchard is a romance and drama directed by Tom Vale.
From Italy comes Winter Orchard, a 2003 drama.
It stars Ines Faro alongside Karl Dunmore.
Ines Faro and Karl Dunmore star in this Italian romance.
Like Slow Rivers, Winter Orchard is a drama by Tom Vale.
Tom Vale, who directed Slow Rivers, made this film too.
If you liked Slow Rivers, consider Winter Orchard, a drama from 2003.
At 98 minutes, it is a drama from Italy.
The film lasts 98 minutes.
This 98-minute drama was directed by Tom Vale.
You may enjoy this romance from Italy.
Directed by Tom Vale, Winter Orchard features Karl Dunmore.
The genres are drama and romance.
It was released in 2003 and made in Italy.
Since you liked Slow Rivers, here is another drama from Tom Vale.
Winter Orchard, like Slow Rivers, is a romance.
Slow Rivers, which you liked, was also directed by Tom Vale.
""".splitlines()

BOOK_FALSE = """\
Salt Roads is directed by Ida Marsh.
Salt Roads stars Ida Marsh.
Ida Marsh reads this book.
It is a history of Ida Marsh.
A history book about Ida Marsh.
It has 12.50 pages.
It costs 320.
It is 320 minutes long.
It costs 12.5 dollars.
Priced at $12.50, it is a history book.
A history novel by Ida Marsh.
A history book for children.
A bestselling history book.
The first history book by Ida Marsh.
Ida Marsh won a prize for it.
It was published in 320.
It is on sale at 12.50.
It was 12.50, now 9.
An audiobook of 320 pages.
A 320-page travel book.
The travel book Salt Roads has 320 pages.
You bought Salt Roads.
You like Ida Marsh.
""".splitlines()

BOOK_TRUE = """\
Salt Roads is a 320-page history book.
Ida Marsh wrote this history book.
Written by Ida Marsh, it has 320 pages and costs 12.50.
The price is 12.50.
A history book by Ida Marsh.
Salt Roads is listed under history.
""".splitlines()

COMET_FALSE = """\
Rhea Molina crosses the desert alone.
A pilot crosses the desert with a friend.
A pilot crosses the ocean alone.
The desert crosses a pilot.
Otto Brand plays the pilot.
Lia Winslow directs this adventure.
This Japanese adventure features Rhea Molina.
This adventure features three pilots.
Comet Season is a sci-fi thriller.
Comet Season is a 1979 war film.
Comet Season came out in 1978.
Comet Season takes 79 minutes.
It runs nearly 143 hours.
You rated Dust Atlas 4 stars, and Rhea Molina directed that too.
Dust Atlas stars Otto Brand.
Dust Atlas is an adventure by Rhea Molina.
Like Slow Rivers, Comet Season was made in Japan.
Like Dust Atlas, Comet Season is sci-fi.
You gave Slow Rivers four stars.
You gave Dust Atlas 4 stars and Slow Rivers 3 stars.
You skipped Dust Atlas.
You liked Picnic Days, an adventure.
You love sci-fi.
You enjoy films from Germany.
You wanted an adventure.
Your request was "more adventure".
It is a tense adventure.
It is an adventure with a happy end.
It is a visually stunning adventure.
It is a low-budget adventure.
It is a remake made in Japan.
It is a short adventure.
It is a new adventure.
It is a rare adventure.
It made Otto Brand a star.
Otto Brand stars with Paul Orwin.
Otto Brand made this with Rhea Molina.
Rhea Molina and Otto Brand made this adventure.
Rhea Molina wrote and directed it.
It does have sci-fi, but Otto Brand never appears.
Everything but sci-fi.
这部冒险片由Otto Brand执导。
主演是Rhea Molina。
《Dust Atlas》由Rhea Molina执导。
你给《Dust Atlas》打了5星。
这是一部中国科幻片。
1980年上映的科幻片。
这部科幻片精彩绝伦。
你喜欢科幻片。
片长134分钟。
""".splitlines()

COMET_TRUE = """\
Comet Season is a 1979 sci-fi adventure from Japan.
A pilot crosses the desert alone.
Otto Brand and Lia Winslow star in this adventure.
You gave Dust Atlas 4 stars, and this is another adventure from Japan.
Rhea Molina's film runs 143 minutes.
This Japanese film stars Lia Winslow.
Comet Season was directed by Rhea Molina in 1979.
You rated Dust Atlas 4 stars, which is also from Japan.
It is a science fiction film.
这部1979年的科幻片来自日本。
由Rhea Molina执导，片长143分钟。
你给《Dust Atlas》打了4星，这部同样来自日本。
""".splitlines()
