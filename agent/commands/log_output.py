"""Log output of the command line: on stderr, as text or as one JSON object a line."""

import json
import logging
from datetime import UTC, datetime
from typing import Literal

from shelftalker.serving.request_id import REQUEST_ID

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


def configure_logging(log_format: LogFormat, level: LogLevel) -> None:
    """Send the log records of this process to stderr: shelftalker's from `level` on, those of other
    packages from WARNING on. A second call replaces the first."""
    handler = _StderrHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if not isinstance(h, _StderrHandler)] + [handler]
    logging.getLogger("shelftalker").setLevel(level.upper())


class JsonFormatter(logging.Formatter):
    """One JSON object: time (ISO 8601, UTC), level, logger, message, request_id, extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        return json.dumps(values, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """The same as a line of text; a traceback follows on lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        own = _fields(record).items()
        fields = [f"{name}={value}" for name, value in own if value not in ("", None)]
        return " ".join([super().formatMessage(record), *fields])


class _StderrHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """The handler that `configure_logging` owns, so that a second call can find and replace it."""


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """The request's id and the `extra` of a log call. A new record shows what Python, or a library
    such as vLLM, adds to all of them."""
    standard = {*vars(logging.makeLogRecord({})), "message", "asctime"}
    extra = {name: value for name, value in vars(record).items() if name not in standard}
    return {"request_id": REQUEST_ID.get(), **extra}
