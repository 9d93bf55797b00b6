"""Open issues and pull requests: those without an answer, stale change requests, and all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from dashboard.drill_down import GITHUB, links_of
from dashboard.lists.lists import Asked, List
from db import open_threads
from db.listing import Source


def _on_github(row: Mapping[str, Any]) -> str:
    place = "pull" if row["kind"] == "pull_request" else "issues"
    return f"{GITHUB}{quote(str(row['repository']))}/{place}/{row['number']}"


_GITHUB = {**links_of("login"), "title": _on_github, "number": _on_github}


def _unanswered(connection: Connection, asked: Asked) -> Source:
    return open_threads.unanswered(connection, asked.values)


def _stale(connection: Connection, asked: Asked) -> Source:
    return open_threads.stale(connection, asked.values)


def _open(connection: Connection, asked: Asked) -> Source:
    return open_threads.every_open(connection, asked.values)


UNANSWERED = List(
    name="unanswered",
    title="Unanswered",
    about="Open issues and pull requests that no human but the author has answered, oldest first. Bots and "
    "proxies neither ask nor answer here: it is what the metrics call unanswered.",
    kind=open_threads.OPEN_THREADS,
    source=_unanswered,
    links={},
    github=_GITHUB,
)
STALE = List(
    name="stale_change_requests",
    title="Stale change requests",
    about="Open pull requests that were answered, and of which no human has said a word for "
    f"{open_threads.STALE_AFTER} days or more; “quiet at least” asks for longer. Pushes to a branch are not "
    "held, and count as no word.",
    kind=open_threads.OPEN_THREADS,
    source=_stale,
    links={},
    github=_GITHUB,
)
OPEN = List(
    name="open_threads",
    title="All that is open",
    about="Every open issue and pull request, and on whom it waits by the last human word: the author’s own, "
    "or a maintainer’s approval, asks the maintainers; another word of a maintainer asks the author; where "
    "somebody else spoke last the facts do not tell.",
    kind=open_threads.OPEN_THREADS,
    source=_open,
    links={},
    github=_GITHUB,
)
