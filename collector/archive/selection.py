"""Which repositories' events are kept: those tracked, those of a topic, those of a name, or all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlalchemy import Connection, select

from collector.errors import CollectorError
from db.schema import table

PATTERN = re.compile(r"[A-Za-z0-9._*-]+/[A-Za-z0-9._*-]+|[A-Za-z0-9._*-]*[*][A-Za-z0-9._*-]*")


@dataclass(frozen=True)
class Wanted:
    """What somebody asked for.

    `everything` keeps the events of all of GitHub in the lake; the database gets the
    facts of repositories that it holds all the same. `topics` adds held repositories
    that carry one of them, `names` all repositories called so (`*` stands for anything,
    case does not matter), held or not; `CollectorError` names one that no repository can have.
    """

    everything: bool = False
    use_cases: bool = False
    topics: Sequence[str] = ()
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in self.names:
            if not PATTERN.fullmatch(name):
                raise CollectorError(
                    "is no name of repositories",
                    to=repr(name),
                    next_step="Write OWNER/NAME, with * for anything, such as tensorflow/*",
                    retry=False,
                )


@dataclass(frozen=True)
class Selection:
    """The repositories to keep: by GitHub's number, or by name where the number is not known yet."""

    everything: bool
    ids: tuple[int, ...]
    names: tuple[str, ...]
    patterns: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Tells one selection from another: hours that were loaded for another one are read again."""
        if self.everything:
            return "everything"
        text = repr((sorted(self.ids), sorted(self.names), sorted(self.patterns)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def predicate(self) -> str:
        """The condition on an event, over the relations `chosen_ids` and `chosen_names`."""
        if self.everything:
            return "TRUE"
        by_number = "repository_github_id IN (SELECT github_id FROM chosen_ids)"
        return f"({by_number} OR {self.by_name})"

    @property
    def by_name(self) -> str:
        """The part of the condition that asks for names, over the relation `chosen_names`."""
        parts = ["LOWER(repository_name) IN (SELECT name FROM chosen_names)"]
        for pattern in self.patterns:
            like = pattern.replace("_", "!_").replace("*", "%")
            parts.append(f"LOWER(repository_name) LIKE '{like}' ESCAPE '!'")
        return f"({' OR '.join(parts)})"

    def asks_for(self, name: str) -> bool:
        """Whether a repository of this name was asked for by a pattern."""
        return any(fnmatchcase(name.lower(), pattern) for pattern in self.patterns)


def chosen(connection: Connection, wanted: Wanted) -> Selection:
    """The selection, from what is held; raises `CollectorError` when nothing would be kept."""
    repositories = table("repositories")
    patterns = tuple(name.lower() for name in wanted.names)
    rows = connection.execute(
        select(repositories.c.github_id, repositories.c.full_name, repositories.c.role, repositories.c.topics)
    ).all()
    topics = {topic.lower() for topic in wanted.topics}
    only_others = bool(topics or patterns)
    kept = [
        row
        for row in rows
        if (not only_others and (row.role != "use_case" or wanted.use_cases))
        or topics & set((row.topics or "").lower().split())
    ]
    selection = Selection(
        wanted.everything,
        tuple(sorted(row.github_id for row in kept if row.github_id is not None)),
        tuple(sorted(row.full_name.lower() for row in kept if row.github_id is None)),
        patterns,
    )
    if not (wanted.everything or selection.ids or selection.names or patterns):
        raise CollectorError(
            "no repository is held that was asked for",
            to=", ".join(wanted.topics) or "archive load",
            next_step="Name repositories in flowmeter.toml, or some with --name, or take --all",
            retry=False,
        )
    return selection
