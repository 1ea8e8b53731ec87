"""LLM judge of the texts on cards, and its agreement with verdicts by people.

The LLM is behind any OpenAI-compatible address and sees all facts that the text may use. Agreement
is measured on `results/verdicts-<domain>.jsonl`, if it exists: one JSON object per line with `item`
(id or title), `text`, `verdict` ("true" or "false") and `reason`. A verdict counts for the
identical text on the same item.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from shelftalker.data.catalog import Item
from shelftalker.data.values import all_titles
from shelftalker.engine.chat_client import ChatClient
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.errors import InputError, ServiceError
from shelftalker.eval.metrics.statistics import estimates, kappa
from shelftalker.eval.result import ResultRow, first_problem
from shelftalker.language.cleaning import neutral
from shelftalker.prompts import PromptSet
from shelftalker.writing.history import Past

VERDICTS_FOLDER = Path(__file__).parent / "results"
FULL_FACTS_ITEMS = 20
"""Newest history items shown with all their facts, besides those that the text names."""
JUDGE_ROW = "LLM judge"
TIMEOUT = 120.0
"""Seconds of one opinion."""

Case = tuple[Item, str, Sequence[Past]]
"""An item, a text about it, and the history that it may mention."""
Verdicts = Mapping[tuple[str, str], bool]
"""Whether a text is true, by item (id or title) and text."""


class Opinion(BaseModel):
    """The judge's answer on one text."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str
    true: bool
    fitting: bool
    well_written: bool


class TextJudge:
    """Asks for opinions on the texts of one run. `flags`: failures to get one."""

    def __init__(self, client: ChatClient, verdicts: Verdicts, at_once: int, seed: int = 0) -> None:
        self.client, self.verdicts, self.at_once, self.seed = client, verdicts, at_once, seed
        self.flags: list[str] = []
        self._given: list[tuple[Case, Opinion]] = []

    async def opinion(self, case: Case) -> Opinion:
        """The judge's opinion of one text. Raises `ServiceError`."""
        item, text, past = case
        prompt = PromptSet().render(
            "opinion",
            facts=_facts(item),
            history=[_event_line(one, at < FULL_FACTS_ITEMS, text) for at, one in enumerate(past)],
            request="",
            text=neutral(text),
        )
        answer = await self.client.ask(prompt, Opinion.model_json_schema(), seconds=TIMEOUT)
        try:
            return Opinion.model_validate(answer)
        except ValidationError as error:
            place = ".".join(map(str, error.errors()[0]["loc"]))
            raise ServiceError(
                f"{self.client.url} answered without a usable {place!r}; take a server and a model "
                "that support response_format json_schema"
            ) from None

    async def added_to(self, row: ResultRow, cases: Sequence[Case]) -> ResultRow:
        """The row of a system, with the mean opinions on its texts added."""
        answers = await bounded_gather(self._opinion, cases, self.at_once)
        given = [(c, a) for c, a in zip(cases, answers, strict=True) if isinstance(a, Opinion)]
        self._given += given
        failed = [answer for answer in answers if isinstance(answer, ServiceError)]
        if failed:
            self.flags.append(
                f"{row.system}: the judge gave no opinion on {len(failed)} of {len(cases)} texts; "
                f"the first error: {failed[0]}"
            )
        if not given:
            return row
        means = {
            f"judged {name.replace('_', ' ')}": np.array(
                [getattr(o, name) for _, o in given], float
            )
            for name in ("true", "fitting", "well_written")
        }
        return row.model_copy(update={"metrics": {**row.metrics, **estimates(means, self.seed)}})

    def row(self) -> ResultRow:
        """The judge's own row: texts judged, and agreement with hand verdicts."""
        values = {"texts judged": float(len(self._given))}
        both = [(opinion.true, self._by_hand(case)) for case, opinion in self._given]
        if pairs := [(own, hand) for own, hand in both if hand is not None]:
            judge, by_hand = zip(*pairs, strict=True)
            values |= {
                "texts with a hand verdict": float(len(pairs)),
                "agreement with hand verdicts": float(np.mean(np.equal(judge, by_hand))),
            }
            if (agreement := kappa(judge, by_hand)) is not None:
                values["Cohen's kappa with hand verdicts"] = agreement
        return ResultRow(system=JUDGE_ROW, values=values, note=self.client.model)

    async def _opinion(self, case: Case) -> Opinion | ServiceError:
        try:
            return await self.opinion(case)
        except ServiceError as error:
            return error

    def _by_hand(self, case: Case) -> bool | None:
        item, text, _ = case
        verdicts = (self.verdicts.get((name, _plain(text))) for name in (item.id, item.title))
        return next((verdict for verdict in verdicts if verdict is not None), None)


def read_verdicts(file: Path) -> Verdicts:
    """The hand verdicts of a file; empty without a file. Raises `InputError` for a line that is
    invalid, or that contradicts another."""
    verdicts: dict[tuple[str, str], bool] = {}
    lines = file.read_bytes().splitlines() if file.is_file() else []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = _JudgeVerdict.model_validate_json(line)
        except ValidationError as error:
            raise InputError(
                f"{file}, line {number}: {first_problem(error, 'the line')}; a line is one JSON "
                'object with item, text, verdict ("true" or "false") and reason; mend it or take '
                "it out"
            ) from None
        key = (read.item, _plain(read.text))
        if verdicts.setdefault(key, read.verdict == "true") != (read.verdict == "true"):
            raise InputError(
                f"{file}, line {number}: the same text of item {read.item!r} has the other verdict "
                "further up; keep one of the two"
            )
    return verdicts


class _JudgeVerdict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    item: str
    text: str
    verdict: Literal["true", "false"]
    reason: str = ""


def _facts(item: Item) -> list[str]:
    """All facts of the catalogue row, one per line."""
    shown = {
        name: ", ".join(value) if isinstance(value, tuple) else str(value)
        for name, value in item.facts().items()
    }
    return [neutral(f"{name}: {value}") for name, value in shown.items()]


def _event_line(past: Past, whole: bool, text: str) -> str:
    """An event of the history, with all facts of its item if `whole` or named in the text."""
    value = "" if past.event.value is None else f" {past.event.value:g}"
    named = any(form in text for form in all_titles(past.item.title))
    facts = [fact for fact in _facts(past.item) if not fact.startswith("text:")]
    shown = "; ".join(facts) if whole or named else facts[0]
    return f"{past.event.kind}{value}: {shown}"


def _plain(text: str) -> str:
    return " ".join(text.split())
