"""Log lines: one an event, on standard error, as text or JSON, as loud as the environment asks for."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Protocol

from collector.errors import CollectorError
from collector.redaction import secrets_of, without_secrets

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
FORMATS = ("text", "json")
#: Libraries whose every step is nobody's news, and the level from which they are heard.
QUIETER = {
    "apscheduler": "WARNING",
    "alembic": "WARNING",
    "github": "WARNING",
    "urllib3": "WARNING",
    "sqlglot": "ERROR",
}
#: Who complains of what cannot be closed any more: that the connection is lost, whoever needs it tells.
WITHOUT_TRACE = "sqlalchemy.pool"
#: What a line may carry beside time, level, source and message; docs/running.md says what each means.
FIELDS = ("job", "repository", "run", "state", "rows", "seconds")
_about: ContextVar[Mapping[str, object] | None] = ContextVar("about", default=None)


class Described(Protocol):
    """A job and what it is run over."""

    @property
    def job(self) -> str: ...

    @property
    def target(self) -> str: ...


@contextmanager
def about(run: Described, number: int) -> Iterator[None]:
    """While the block lasts, every line of this thread says of which job, repository and run it is."""
    token = _about.set({"job": run.job, "repository": run.target, "run": number})
    try:
        yield
    finally:
        _about.reset(token)


def set_up(environment: Mapping[str, str] = os.environ) -> None:
    """Log to standard error at `FLOWMETER_LOG_LEVEL`, in the form `FLOWMETER_LOG_FORMAT`.

    Raises `CollectorError` for a level or form that is none.
    """
    level = _chosen(environment, "FLOWMETER_LOG_LEVEL", "INFO", LEVELS, str.upper)
    form = _chosen(environment, "FLOWMETER_LOG_FORMAT", "text", FORMATS, str.lower)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((_Json if form == "json" else _Text)(secrets_of(environment)))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, from_level in QUIETER.items():
        logging.getLogger(name).setLevel(from_level)


class _Text(logging.Formatter):
    """`2026-11-01 12:00:00 INFO message [job=… repository=… run=…]`, an error's trace behind it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        told = _told(record)
        fields = " ".join(f"{name}={told[name]}" for name in FIELDS if name in told)
        line = f"{told['time'][:19].replace('T', ' ')} {told['level']} {told['message']}"
        line += f" [{fields}]" if fields else ""
        line += f" | {told['trace']}" if "trace" in told else ""
        return self._clean(line.replace("\n", " | "))

    def _clean(self, line: str) -> str:
        return without_secrets(line, self._secrets)


class _Json(_Text):
    """An object a line, with the fields that docs/running.md lists."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            name: self._clean(value) if isinstance(value, str) else value
            for name, value in _told(record).items()
        }
        return json.dumps(told, ensure_ascii=False, default=str)


def _told(record: logging.LogRecord) -> dict[str, Any]:
    told: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "source": record.name,
        "message": record.getMessage(),
    }
    told |= _about.get() or {}
    told |= {name: getattr(record, name) for name in FIELDS if getattr(record, name, None) is not None}
    if record.exc_info and record.exc_info[0]:
        if record.name.startswith(WITHOUT_TRACE):
            told["message"] += f" ({record.exc_info[0].__name__})"
            return told
        told["trace"] = logging.Formatter().formatException(record.exc_info)
    return told


def _chosen(
    environment: Mapping[str, str], name: str, usual: str, allowed: Iterable[str], folded: Any
) -> str:
    value: str = folded(environment.get(name) or usual)
    if value not in allowed:
        raise CollectorError(
            f"{value!r} is no {'level' if name.endswith('LEVEL') else 'form'}",
            to=name,
            next_step=f"Choose from {', '.join(allowed)}",
            retry=False,
        )
    return value
