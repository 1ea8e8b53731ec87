"""`ServiceContext`: what the routes of one app share."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from shelftalker.conversation.assistant import Assistant
from shelftalker.recommender import Recommender
from shelftalker.service.telemetry import Metrics, Traces, stages_of
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.settings import Service
from shelftalker.types import Answer


@dataclass
class ServiceContext:
    """The recommender and its service's store. `ready` is set once all domains and the engine have
    been loaded; `own_process`: the process does nothing else."""

    recommender: Recommender
    store: ServiceDb
    settings: Service
    metrics: Metrics = field(default_factory=Metrics)
    traces: Traces | None = None
    assistant: Assistant = field(init=False)
    own_process: bool = False
    ready: bool = False

    def __post_init__(self) -> None:
        self.assistant = Assistant(self.recommender, seconds=self.settings.text_seconds)

    def observe(self, answer: Answer) -> None:
        """Count an answer, and trace its stages."""
        self.metrics.observe(answer, self.recommender.queues)
        if self.traces is not None:
            self.traces.stages(answer, stages_of(answer))


async def _context_of(connection: HTTPConnection) -> ServiceContext:
    context: ServiceContext = connection.app.state.context
    return context


Context = Annotated[ServiceContext, Depends(_context_of)]
"""The context of the app that a request came to."""
