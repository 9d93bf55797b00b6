"""Open issues and pull requests: those without an answer, stale change requests, and all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from dashboard.drill_down import GITHUB, links_of
from dashboard.language import _, mark
from dashboard.lists.lists import Asked, List
from dashboard.place import Choices
from db import open_threads
from db.listing import Source


def _on_github(row: Mapping[str, Any]) -> str:
    place = "pull" if row["kind"] == "pull_request" else "issues"
    return f"{GITHUB}{quote(str(row['repository']))}/{place}/{row['number']}"


#: Column → what readers call its values.
TITLES = {
    "kind": {"issue": mark("issue"), "pull_request": mark("pull request")},
    "standing": {
        "newcomer": mark("newcomer"),
        "steward": mark("steward"),
        "organization": mark("organisation"),
        "independent": mark("independent"),
        "unknown": mark("unknown"),
        "bot": mark("bot"),
        "proxy": mark("proxy"),
        "gone": mark("account is gone"),
    },
    "last_word": {"author": mark("author"), "maintainer": mark("maintainer"), "other": mark("somebody else")},
    "waits_for": {
        "first_answer": mark("a first answer"),
        "maintainers": mark("the maintainers"),
        "author": mark("its author"),
        "unclear": mark("not clear"),
    },
}


def titles() -> dict[str, dict[str, str]]:
    """Column → its values and what readers call them, in their language."""
    return {column: {value: _(title) for value, title in held.items()} for column, held in TITLES.items()}


def _choices(_connection: Connection) -> Choices:
    return titles()


_GITHUB = {**links_of("login"), "title": _on_github, "number": _on_github}


def _unanswered(connection: Connection, asked: Asked) -> Source:
    return open_threads.unanswered(connection, asked.values)


def _stale(connection: Connection, asked: Asked) -> Source:
    return open_threads.stale(connection, asked.values)


def _open(connection: Connection, asked: Asked) -> Source:
    return open_threads.every_open(connection, asked.values)


UNANSWERED = List(
    name="unanswered",
    title=mark("Unanswered"),
    about=mark(
        "Open issues and pull requests that no human but the author has answered, oldest first. Bots and "
        "proxies neither ask nor answer here: it is what the metrics call unanswered."
    ),
    kind=open_threads.UNANSWERED,
    source=_unanswered,
    links={},
    github=_GITHUB,
    choices=_choices,
)
STALE = List(
    name="stale_change_requests",
    title=mark("Stale change requests"),
    about=mark(
        "Open pull requests that were answered, and of which no human has said a word for 30 days or more; "
        "“Quiet at least” asks for longer. Pushes to a branch are not held, and count as no word."
    ),
    kind=open_threads.OPEN_THREADS.hiding("kind"),
    source=_stale,
    links={},
    github=_GITHUB,
    choices=_choices,
)
OPEN = List(
    name="open_threads",
    title=mark("All that is open"),
    about=mark(
        "Every open issue and pull request, and on whom it waits by the last human word: the author’s own, "
        "or a maintainer’s approval, asks the maintainers; another word of a maintainer asks the author; "
        "where somebody else spoke last the facts do not tell."
    ),
    # On whom it waits tells whose the last word is.
    kind=open_threads.OPEN_THREADS.hiding("last_word"),
    source=_open,
    links={},
    github=_GITHUB,
    choices=_choices,
)
