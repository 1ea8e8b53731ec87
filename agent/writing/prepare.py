"""Write hooks ahead: several angles, several drafts each, in batches; strictly verified,
deduplicated, ranked by how much of the item's own text they use; a copied sentence counts as the
catalogue's. A run that ends early goes on where it stopped, and items that have not changed are not
written again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from shelftalker.data.catalog import Item
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import display_title, texts_of
from shelftalker.engine.base import Engine, Prompt, Sampling
from shelftalker.engine.models import is_small
from shelftalker.language.cleaning import neutral
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.prompts import PromptSet, Template
from shelftalker.types import Request
from shelftalker.writing.hooks import Facet, Hook, HookStore, content_hash, offer_in
from shelftalker.writing.own_sentences import presentable_sentences
from shelftalker.writing.style import Voice
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.words_of import compiled, rows_of

PRODUCT_ANGLES = ("use", "special", "craft", "value", "audience", "story")
WORK_ANGLES = ("story", "special", "craft", "audience", "value", "use")
"""What hooks tell, first things first: what an item is for, what is special, how it is made, what
one gets, for whom it is, a story that the row tells."""
HOOKS_KEPT = 4
"""Of one item, the best."""
MAX_HOOK_SENTENCES = 2
MAX_TEXT, MAX_SMALL_TEXT = 1200, 700
"""Characters of an item's text in a prompt of a capable and of a small model."""
QUOTED = "catalogue"
"""The engine of a hook that is the catalogue's own sentence."""


@dataclass(frozen=True, slots=True)
class PrepareOptions:
    """`drafts` for each of so many `angles`, 1 to 6; `batch`: items written together."""

    angles: int = 3
    drafts: int = 4
    batch: int = 4
    language: str = "en"


@dataclass
class PrepareReport:
    """What a run did, or would do: `items` to write about, `texts` and `tokens` as estimated
    before; then how many items were `done`, how many got a hook of the model's, the drafts
    refused, by rule, and how many hooks of the domain are shown only once approved."""

    items: int = 0
    texts: int = 0
    tokens: int = 0
    done: int = 0
    hooked: int = 0
    hooks: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    awaiting: int = 0


class Preparation:
    """Hooks for the items of one domain."""

    def __init__(
        self, store: HookStore, voice: Voice, folders: Sequence[Path], options: PrepareOptions
    ) -> None:
        self.store, self.voice, self.options = store, voice, options
        self._template = PromptSet(folders, options.language).template("hook")
        wanted = [self._template.hash, voice.model_dump_json(), str(options.angles)]
        self.prompt = sha256("\n".join(wanted).encode()).hexdigest()[:12]

    def estimate(self, items: Sequence[Item]) -> PrepareReport:
        """How much there is to write; nothing is written."""
        left = [item for item in items if not self.store.tried(item, self.prompt)]
        per_item = self.options.angles * self.options.drafts
        sample = left[:: max(len(left) // 20, 1)]
        prompts = [hook_prompt(self._template, item, "use", self.voice) for item in sample]
        read = [sum(len(message["content"]) for message in prompt) for prompt in prompts]
        each = sum(read) / len(read) / 4 + 48 if read else 0  # 4 characters a token
        return PrepareReport(len(left), len(left) * per_item, round(len(left) * per_item * each))

    def _angles(self, item: Item) -> tuple[str, ...]:
        """The angles for an item; a row without a text tells no story."""
        usual = PRODUCT_ANGLES if noun_of(item) == "thing" else WORK_ANGLES
        told = [angle for angle in usual if item.text or angle != "story"]
        return tuple(told[: self.options.angles])

    async def run(
        self,
        engine: Engine | None,
        items: Sequence[Item],
        progress: Callable[[int, int, str], None] = lambda *_: None,
        *,
        adapter: str | None = None,
    ) -> PrepareReport:
        """Write, verify and store. Without an engine the hooks are the catalogue's own sentences.
        `adapter`: who writes (None: the base model). Raises `EngineError`; what was written before
        stays."""
        report = self.estimate(items)
        left = [item for item in items if not self.store.tried(item, self.prompt)]
        writer = " ".join(filter(None, (engine.model, adapter))) if engine else ""
        small = engine is not None and is_small(engine.model)
        for start in range(0, len(left), self.options.batch):
            batch = left[start : start + self.options.batch]
            drafts = await self._drafts(engine, batch, adapter) if engine else [[] for _ in batch]
            for item, written in zip(batch, drafts, strict=True):
                hooks = self.hooks_of(item, written, writer, report, small)
                self.store.add(hooks)
                report.done += 1
                report.hooks += sum(bool(hook.text) for hook in hooks)
                report.hooked += any(hook.text and hook.engine != QUOTED for hook in hooks)
            progress(report.done, report.items, f"{report.hooks} hooks")
        report.awaiting = self.store.awaiting(self.voice.require_approval)
        return report

    async def _drafts(
        self, engine: Engine, items: Sequence[Item], adapter: str | None
    ) -> list[list[tuple[str, str]]]:
        """For each item (angle, text) of every draft; the first of an angle is the likeliest."""
        asked = [(item, angle) for item in items for angle in self._angles(item)]
        prompts = [hook_prompt(self._template, item, angle, self.voice) for item, angle in asked]
        made: dict[str, list[tuple[str, str]]] = {item.id: [] for item in items}
        for draft in range(self.options.drafts):
            warmth = 0.7 if draft else 0.0
            sampling = Sampling(64, temperature=warmth, top_p=0.9, seed=draft, stop=("\n",))
            written = await engine.write(prompts, sampling, adapter)
            for (item, angle), text in zip(asked, written, strict=True):
                made[item.id].append((angle, text))
        return [made[item.id] for item in items]

    def hooks_of(
        self,
        item: Item,
        drafts: Sequence[tuple[str, str]],
        engine: str,
        report: PrepareReport,
        small: bool = False,
    ) -> list[Hook]:
        """The best of the drafts that pass, then the catalogue's own sentences; at least one row,
        empty where there is none. `small`: a small model wrote the drafts."""
        grounds = Grounds([], item, request=Request(language=self.options.language))
        own, own_sentences = set(stems_of(item.text)), presentable_sentences(item)
        facets = tuple(facets_of(item.text))
        bare = Hook(item.id, content_hash(item), "", prompt=self.prompt, facets=facets,
                    verifier=verifier_version())  # fmt: skip
        kept: dict[frozenset[str], Hook] = {}
        for angle, text in drafts:
            states, rule = hook_states(grounds, text, self.voice)
            rule = rule or ("copied" if text.strip() in own_sentences else "")
            if rule:
                report.refused[rule] = report.refused.get(rule, 0) + 1
                continue
            words = frozenset(stems_of(text))
            use = round(len(words & own) / len(words), 3)
            hook = replace(bare, text=text.strip(), angle=angle, engine=engine, use=use,
                           evidence=tuple(sorted(states)), small=small)  # fmt: skip
            kept.setdefault(words, hook)
        most = HOOKS_KEPT - len(own_sentences[: HOOKS_KEPT // 2]) if small else HOOKS_KEPT
        best = sorted(kept.values(), key=lambda hook: -hook.use)[:most]
        for sentence in own_sentences[: HOOKS_KEPT - len(best)]:
            if not offer_in(sentence, item.price) and not self.voice.refusal(sentence):
                best.append(replace(bare, text=sentence, angle="text", engine=QUOTED,
                                    evidence=(sentence,)))  # fmt: skip
        return best or [bare]


def hook_states(grounds: Grounds, text: str, voice: Voice) -> tuple[frozenset[str], str]:
    """What a draft states of the item, or the rule that refuses it: any reader may see it, so
    nothing is said of a visitor, a price or a promise."""
    item = grounds.facts.item
    sentences = sentences_of(text.strip(), [display_title(item.title)])
    if not 0 < len(sentences) <= MAX_HOOK_SENTENCES:
        return frozenset(), "length"
    if offer_in(text, item.price):
        return frozenset(), "promise"
    if voice.refusal(text):
        return frozenset(), "voice"
    states: frozenset[str] = frozenset()
    for sentence in sentences:
        verdict = grounds.check(sentence)
        if not verdict:
            return frozenset(), verdict.rule
        states |= verdict.states
    return states, "" if states else "states_nothing"


def hook_prompt(template: Template, item: Item, angle: str, voice: Voice) -> Prompt:
    """The prompt of one hook, from everything that the row says but its price."""
    facts = [
        f"{name.replace('_', ' ')}: {', '.join(texts_of(value)) or value}"
        for name, value in item.facts().items()
        if name not in ("title", "text", "price", "language")
    ]
    capable = voice.prompts != "small"
    return template.render(
        capable=capable,
        title=neutral(display_title(item.title)),
        facts=[neutral(fact) for fact in facts],
        text=neutral(item.text[: MAX_TEXT if capable else MAX_SMALL_TEXT]),
        noun=noun_of(item),
        angle=angle,
        tone=voice.tone,
        never=list(voice.never),
        examples=list(voice.examples),
    )


@lru_cache(maxsize=1)
def verifier_version() -> str:
    """Hash of the verifier's code and word lists: hooks say which one passed them."""
    folder = Path(__file__).parent / "verifier"
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".txt", ".yaml"))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def facets_of(text: str) -> Iterator[Facet]:
    """What a text says of use, audience, material, occasion, mood and theme, in its own words."""
    for name, said in rows_of("facets")["zh" if has_chinese(text) else "en"].items():
        for match in compiled(said).finditer(text):
            yield Facet(name, match[1].strip(), *match.span(1))
