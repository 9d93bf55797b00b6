"""What is open and on whom it waits, as lists to page: the unanswered queue, stale change requests, all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, text

from db.listing import Field, Kind, Source

#: Days without a human's word after which an answered change request is stale.
STALE_AFTER = 30
#: On whom an open thread waits, in the order of who is to act first.
WAITS_FOR = ("first_answer", "maintainers", "author", "unclear")
#: Who wrote it: newcomers first, then by whom the author acted for, then those who are no humans.
STANDINGS = ("newcomer", "steward", "organization", "independent", "unknown", "bot", "proxy", "gone")
#: Ages of what is open: from so many days on.
AGES = (0, 7, 30, 90, 365)

_STANDING = (
    "CASE WHEN f.newcomer THEN 'newcomer' WHEN f.author_kind <> 'human' THEN f.author_kind ELSE f.segment END"
)
_AGE, _IDLE = "DAYS_SINCE(f.day)", "DAYS_SINCE(f.spoken_day)"

OPEN_THREADS = Kind(
    ("repository_id", "number"),
    "JOIN open_threads f ON f.repository_id = b.repository_id AND f.number = b.number",
    """JOIN repositories r ON r.repository_id = b.repository_id
    LEFT JOIN issues n ON n.repository_id = b.repository_id AND n.number = b.number AND f.kind = 'issue'
    LEFT JOIN pull_requests g ON g.repository_id = b.repository_id AND g.number = b.number
        AND f.kind = 'pull_request'
    LEFT JOIN identities i ON i.identity_id = COALESCE(n.author_id, g.author_id)
    LEFT JOIN people p ON p.person_id = i.person_id""",
    (
        Field("age", _AGE, "whole", "Days since it was opened.", unit="days"),
        Field("title", "COALESCE(n.title, g.title)", "text", "The title as written.", sortable=False),
        Field("number", "f.number", "whole", "Its number in the repository."),
        Field("repository", "r.full_name", "text", "OWNER/NAME.", sortable=False),
        Field("kind", "f.kind", "text", "Issue or pull request.", choices=("issue", "pull_request")),
        Field(
            "author",
            "COALESCE(p.display_name, i.login)",
            "text",
            "Who opened it.",
            sortable=False,
            shown=False,
        ),
        Field("login", "COALESCE(p.login, i.login)", "text", "The author's GitHub login.", sortable=False),
        Field(
            "standing",
            _STANDING,
            "text",
            "Newcomer when nothing of the author is held from before; else for whom they acted that day.",
            choices=STANDINGS,
        ),
        Field("labels", "LABELS_OF_THREAD", "text", "The labels that it carries now.", sortable=False),
        Field("opened", "f.day", "day", "Day on which it was opened."),
        Field("quiet", _IDLE, "whole", "Days since the last word of a human.", unit="days"),
        Field("last_word", "f.spoken_by", "text", "Whose it is.", choices=("author", "maintainer", "other")),
        Field("waits_for", "f.waits_for", "text", "On whom it waits, by the last word.", choices=WAITS_FOR),
    ),
    "opened",
)

#: Of what nobody has answered the last word is always the author's.
UNANSWERED = OPEN_THREADS.showing(
    *("age", "title", "number", "repository", "kind", "author", "login", "standing", "labels", "opened")
)

#: Function → how each database writes it.
_WRITTEN: dict[str, dict[str, str]] = {
    "sqlite": {
        "days": r"CAST(JULIANDAY(:today) - JULIANDAY(\1) AS INTEGER)",
        "labels": "(SELECT GROUP_CONCAT(l.name, ', ') FROM (SELECT name FROM labels WHERE repository_id = "
        "b.repository_id AND number = b.number ORDER BY name) l)",
    },
    "postgresql": {
        "days": r"(CAST(:today AS DATE) - \1)",
        "labels": "(SELECT STRING_AGG(l.name, ', ' ORDER BY l.name) FROM labels l "
        "WHERE l.repository_id = b.repository_id AND l.number = b.number)",
    },
}
_OPEN = """SELECT t.repository_id, t.number
FROM scope_repositories s
JOIN open_threads t ON t.repository_id = s.repository_id
WHERE s.scope_id = :scope"""
#: What the metrics call unanswered: a human opened it, and no other human has said anything.
_UNANSWERED = f"{_OPEN} AND t.author_kind = 'human' AND t.answered_day IS NULL"
_STALE = f"""{_OPEN} AND t.kind = 'pull_request' AND t.author_kind = 'human' AND t.answered_day IS NOT NULL
    AND t.spoken_day <= :quiet_since"""

_LONGEST = f"""
SELECT r.full_name AS repository, r.simulated, t.kind, t.number, t.day,
       COALESCE(n.title, g.title) AS title,
       COALESCE(n.comments, g.comments, 0) + COALESCE(g.reviews, 0) AS answers,
       (SELECT COUNT(*) FROM comments c
        WHERE c.repository_id = t.repository_id AND c.number = t.number AND c.kind = 'conversation')
       + CASE WHEN t.kind = 'pull_request' THEN
           (SELECT COUNT(*) FROM reviews w WHERE w.repository_id = t.repository_id AND w.number = t.number)
         ELSE 0 END AS answers_held
FROM ({_UNANSWERED} AND t.day <= :until) q
JOIN open_threads t ON t.repository_id = q.repository_id AND t.number = q.number
JOIN repositories r ON r.repository_id = t.repository_id
LEFT JOIN issues n ON n.repository_id = t.repository_id AND n.number = t.number AND t.kind = 'issue'
LEFT JOIN pull_requests g ON g.repository_id = t.repository_id AND g.number = t.number
    AND t.kind = 'pull_request'
ORDER BY t.day DESC, r.full_name, t.number"""


@dataclass(frozen=True)
class Counts:
    """How much of what is open waits on whom, by kind (`issue`, `pull_request`), and how old it is.

    `waiting` goes by kind and one of `WAITS_FOR`, without what bots and proxies opened; `aged` by kind and
    one of `AGES`: from so many days up to the next; `stale` are change requests.
    """

    waiting: Mapping[tuple[str, str], int]
    aged: Mapping[tuple[str, int], int]
    stale: int

    @property
    def held(self) -> int:
        """How many are open in all."""
        return sum(self.aged.values())


def unanswered(connection: Connection, values: Mapping[str, Any]) -> Source:
    """Issues and change requests of humans that no other human answered; `values`: scope and today."""
    return Source(_UNANSWERED, values, written_for(connection.dialect.name))


def stale(connection: Connection, values: Mapping[str, Any]) -> Source:
    """Change requests of humans that were answered, and of which nobody has spoken for `STALE_AFTER` days."""
    since = values["today"] - timedelta(days=STALE_AFTER)
    return Source(_STALE, {**values, "quiet_since": since}, written_for(connection.dialect.name))


def every_open(connection: Connection, values: Mapping[str, Any]) -> Source:
    """All that is open in the scope."""
    return Source(_OPEN, values, written_for(connection.dialect.name))


def longest_unanswered(connection: Connection, scope_id: int, until: date) -> list[dict[str, Any]]:
    """The same as `unanswered`, of what was opened up to a day, the last first, without paging.

    `answers` are the comments and reviews that GitHub counts, `answers_held` those that
    are collected: with fewer of them it is not sure that nobody has answered.
    """
    sqlite = connection.dialect.name == "sqlite"
    given = {"scope": scope_id, "until": until.isoformat() if sqlite else until}
    return [dict(row._mapping) for row in connection.execute(text(_LONGEST), given)]


def written_for(dialect: str) -> Callable[[str], str]:
    """Writes the two functions that databases differ in as one of them has it."""
    return partial(_written, _WRITTEN[dialect])


def _written(ways: Mapping[str, str], statement: str) -> str:
    dated = re.sub(r"DAYS_SINCE\(([a-z_.]+)\)", ways["days"], statement)
    return dated.replace("LABELS_OF_THREAD", ways["labels"])


def counts(connection: Connection, scope_id: int, today: date) -> Counts:
    """What is open in a scope, counted in one reading."""
    # Days are compared with days: no age is computed of each row.
    since: dict[str, date] = {f"since_{days}": today - timedelta(days=days) for days in (*AGES, STALE_AFTER)}
    aged_by = " ".join(f"WHEN t.day <= :since_{days} THEN {days}" for days in reversed(AGES[1:]))
    statement = f"""
        SELECT t.kind, t.waits_for, t.author_kind = 'human' AS human, CASE {aged_by} ELSE 0 END AS aged,
               COUNT(*) AS held,
               SUM(CASE WHEN t.spoken_day <= :since_{STALE_AFTER} AND t.answered_day IS NOT NULL
                        AND t.author_kind = 'human' AND t.kind = 'pull_request' THEN 1 ELSE 0 END) AS stale
        FROM scope_repositories s
        JOIN open_threads t ON t.repository_id = s.repository_id
        WHERE s.scope_id = :scope
        GROUP BY 1, 2, 3, 4"""
    used = {name: day for name, day in since.items() if f":{name} " in statement}
    sqlite = connection.dialect.name == "sqlite"
    given = {name: day.isoformat() if sqlite else day for name, day in used.items()}
    waiting: dict[tuple[str, str], int] = {}
    aged: dict[tuple[str, int], int] = {}
    still = 0
    for row in connection.execute(text(statement), {"scope": scope_id, **given}):
        still += int(row.stale)
        aged[row.kind, row.aged] = aged.get((row.kind, row.aged), 0) + row.held
        if row.human:
            waiting[row.kind, row.waits_for] = waiting.get((row.kind, row.waits_for), 0) + row.held
    return Counts(waiting, aged, still)
