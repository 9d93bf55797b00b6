"""Repositories that were found, as rows: one each by GitHub's own number, whatever its name has become."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import or_, select

from collector.git.messages import papers
from collector.github.classification import Subject, classify
from collector.github.connected import holding
from collector.github.found_repositories import FoundRepository
from collector.github.reading import Thing, taken
from collector.jobs import Rejection, Source
from db.repositories import repository_id_for
from db.schema import stable_id, table

Rows = list[dict[str, Any]]
#: Stands between the ways in which a use case was found.
BETWEEN_WAYS = "; "
#: No name on GitHub holds it: it marks the name of a repository that lost it to another one.
LOST_NAME = "~"


@dataclass(frozen=True)
class Held:
    """What is held of a repository, as far as it decides where a found one goes."""

    repository_id: int
    github_id: int | None
    full_name: str
    role: str
    found_by: str | None


@dataclass
class Found:
    """What a page of repositories becomes.

    `freed` are rows of repositories whose name another one has now: they have to be
    written a page earlier, because a name stands once.
    """

    freed: Rows = field(default_factory=list)
    rows: dict[str, Rows] = field(default_factory=dict)
    removals: dict[str, Rows] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)


def found(source: Source, nodes: Iterable[Thing], way: str | None) -> Found:
    """The rows of repositories that a search found (`way` says which), or that were asked for again (None).

    A repository that is tracked keeps its role and is no use case. One that is held under
    another name keeps its row. Of a name that two claim the one that GitHub tells of now has it.
    """
    result = Found()
    read = taken("repository", nodes, FoundRepository.of, result.rejections)
    unique = {node.github_id: node for node in read}
    held = Holdings(source, list(unique.values()))
    tracked = frozenset(name.lower() for name in source.configuration.roles)
    written: dict[str, Rows] = {
        name: [] for name in ("repositories", "use_cases", "papers", "paper_mentions")
    }
    gone: dict[str, Rows] = {"use_cases": [], "paper_mentions": []}
    for node in unique.values():
        known, namesake = held.of(node), held.named(node)
        if known is not None and known.role != "use_case":
            gone["use_cases"].append({"repository_id": known.repository_id})
            continue
        if node.full_name.lower() in tracked:
            continue
        if namesake is not None and namesake is not known:
            if namesake.role != "use_case":
                result.rejections.append(_name_is_taken(node, namesake))
                continue
            result.freed.append(_freed(namesake))
        number = known.repository_id if known else held.fresh_id(node)
        ways = {*(known.found_by or "").split(BETWEEN_WAYS)} if known else set()
        ways = (ways | {way} if way else ways) - {""}
        written["repositories"].append(_repository(source, node, number))
        written["use_cases"].append(_use_case(source, node, number, BETWEEN_WAYS.join(sorted(ways))))
        gone["paper_mentions"].append({"repository_id": number, "place": "description"})
        _mention(node, number, written)
    result.rows = {name: rows for name, rows in written.items() if rows}
    result.removals = {name: rows for name, rows in gone.items() if rows}
    return result


class Holdings:
    """The rows that a page of found repositories may meet: by GitHub's number, by name, by our own id."""

    def __init__(self, source: Source, nodes: Sequence[FoundRepository]) -> None:
        repositories, use_cases = table("repositories"), table("use_cases")
        names = [node.full_name for node in nodes]
        ids = [*map(repository_id_for, names), *(_second_id(node) for node in nodes)]
        query = (
            select(
                repositories.c.repository_id,
                repositories.c.github_id,
                repositories.c.full_name,
                repositories.c.role,
                use_cases.c.found_by,
            )
            .outerjoin(use_cases, use_cases.c.repository_id == repositories.c.repository_id)
            .where(
                or_(
                    repositories.c.github_id.in_([node.github_id for node in nodes]),
                    repositories.c.full_name.in_(names),
                    repositories.c.repository_id.in_(ids),
                )
            )
        )
        with holding(source) as connection:
            rows = [Held(*row) for row in connection.execute(query)]
        self._by_number = {row.github_id: row for row in rows if row.github_id is not None}
        self._by_name = {row.full_name.lower(): row for row in rows}
        self._by_id = {row.repository_id: row for row in rows}

    def of(self, node: FoundRepository) -> Held | None:
        """The row of this very repository; one of that name whose number is not known is taken for it."""
        by_number = self._by_number.get(node.github_id)
        namesake = self.named(node)
        if by_number is None and namesake is not None and namesake.github_id is None:
            return namesake
        return by_number

    def named(self, node: FoundRepository) -> Held | None:
        """The row that has its name."""
        return self._by_name.get(node.full_name.lower())

    def fresh_id(self, node: FoundRepository) -> int:
        """An id for one that is not held: made from its name, or from its number when that id is taken."""
        number = repository_id_for(node.full_name)
        return number if number not in self._by_id else _second_id(node)


def _second_id(node: FoundRepository) -> int:
    return stable_id("repository", "github", node.github_id)


def _name_is_taken(node: FoundRepository, namesake: Held) -> Rejection:
    return Rejection(
        node.full_name,
        "its name is still that of a tracked repository that was renamed: "
        f"the job repositories has to find {namesake.full_name} under its new name first",
    )


def _freed(namesake: Held) -> dict[str, Any]:
    return {
        "repository_id": namesake.repository_id,
        "full_name": f"{namesake.full_name}{LOST_NAME}{namesake.github_id}",
        "role": "use_case",
    }


def gone(source: Source, held: Held, state: str) -> dict[str, Any]:
    """The row of a use case that does not answer any more: all that is known of it stays."""
    return {
        "repository_id": held.repository_id,
        "full_name": held.full_name,
        "role": held.role,
        "state": state,
        "seen_at": source.now,
    }


def _use_case(source: Source, node: FoundRepository, number: int, ways: str) -> dict[str, Any]:
    subject = Subject(node.name, node.description or "", list(node.topics), node.language)
    return {
        "repository_id": number,
        **asdict(classify(subject)),
        "found_by": ways,
        "day": node.day,
        "active_day": node.pushed_at.date() if node.pushed_at else None,
        "found_at": source.now,
    }


def _mention(node: FoundRepository, number: int, written: dict[str, Rows]) -> None:
    """Papers that the description or home page links: what such a repository says that it implements."""
    text = f"{node.description or ''} {node.homepage or ''}".lower().encode()
    for scheme, identifier in sorted(papers(text)):
        paper_id = stable_id(scheme, identifier)
        written["papers"].append({"paper_id": paper_id, "scheme": scheme, "identifier": identifier})
        written["paper_mentions"].append(
            {
                "paper_id": paper_id,
                "repository_id": number,
                "place": "description",
                "reference": "",
                "day": node.day,
            }
        )


def _repository(source: Source, node: FoundRepository, number: int) -> dict[str, Any]:
    return {
        "repository_id": number,
        "github_id": node.github_id,
        "node_id": node.node_id,
        "full_name": node.full_name,
        "role": "use_case",
        "state": "archived" if node.archived else "alive",
        "default_branch": node.default_branch,
        "description": node.description,
        "homepage": node.homepage,
        "language": node.language,
        "license": node.license,
        "topics": " ".join(sorted(node.topics)),
        "stars": node.stars,
        "forks": node.forks,
        "size_kilobytes": node.size_kilobytes,
        "created_at": node.created_at,
        "pushed_at": node.pushed_at,
        "seen_at": source.now,
    }
