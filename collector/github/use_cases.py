"""Repositories that use the project, found by topic and classified by what their owners say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from typing import Any

from collector.github.accounts import instant, instant_or_none
from collector.github.classification import Subject, classify
from collector.github.client import GitHub, TooSlow
from collector.github.connected import connected
from collector.github.newest_first import PageSize
from collector.jobs import Cursor, Page, Rejection, Source
from db.repositories import repository_id_for

#: GitHub shows no more results of one search than this.
CAP = 1_000
#: A part that is over the cap is cut so that its pieces hold about so many.
AIMED_AT = 700
#: GitHub's search lags: what was pushed this long before the last run is asked for again.
OVERLAP = timedelta(days=1)
SECOND = timedelta(seconds=1)
STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Part:
    """A search for one topic between two instants (inclusive) of `created` or `pushed`."""

    topic: str
    by: str
    start: str
    end: str

    @property
    def search(self) -> str:
        """GitHub's query."""
        return f"topic:{self.topic} {self.by}:{self.start}..{self.end}"

    def pieces(self, count: int) -> list[Part]:
        """The part cut into equal spans of time, newest last; itself when it is one second long."""
        start, end = instant(self.start), instant(self.end)
        seconds = int((end - start).total_seconds()) + 1
        number = min(seconds, max(2, ceil(count / AIMED_AT)))
        edges = [start + SECOND * (seconds * place // number) for place in range(number + 1)]
        return [
            Part(self.topic, self.by, f"{low:{STAMP}}", f"{high - SECOND:{STAMP}}")
            for low, high in pairwise(edges)
        ]


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `repositories` (role use_case) and `use_cases`, newest part first.

    The first run searches by day of creation, cut so that no search meets the cap of
    1,000; later ones search for what was pushed since. The cursor holds the parts
    that are still to be read and the place in the one under way.
    """
    github = connected(source)
    parts = [Part(**part) for part in cursor.get("parts", ())]
    after: str | None = cursor.get("after")
    began: str | None = cursor.get("began")
    through: str | None = cursor.get("through")
    if not parts:
        began, after = f"{source.now:{STAMP}}", None
        parts = _beginning(source, through)
    tracked = frozenset(name.lower() for name in source.configuration.roles)
    size = PageSize(100, 100)
    written = 0
    met = 0
    total: int | None = None
    while parts:
        part = parts[-1]
        found, broken = _ask(github, part, after, size)
        count = found["repositoryCount"]
        total = count if total is None else max(total, met + count)
        if count > CAP and after is None and part.start != part.end:
            parts[-1:] = part.pieces(count)
            continue
        rows = _rows(source, part, found["nodes"], tracked)
        after = found["pageInfo"]["endCursor"] if found["pageInfo"]["hasNextPage"] else None
        if after is None:
            parts.pop()
        if not parts:
            through = began
        met += len(found["nodes"])
        written += sum(map(len, rows.values()))
        yield Page(
            rows,
            {"parts": [asdict(each) for each in parts], "after": after, "began": began, "through": through},
            rejections=broken + _over(part, count),
            expected_rows=max(written, round(total * written / met)) if met else None,
        )


def _beginning(source: Source, through: str | None) -> list[Part]:
    """The whole time by creation, or what was pushed since the last finished run, for each topic."""
    settings = source.configuration.use_cases
    end = f"{source.now:{STAMP}}"
    if through is not None:
        by, start = "pushed", instant(through) - OVERLAP
    else:
        by, start = "created", datetime.combine(settings.since, time(), UTC)
        if source.since is not None:
            start = max(start, source.since)
    return [Part(topic, by, f"{start:{STAMP}}", end) for topic in reversed(settings.topics)]


def _ask(
    github: GitHub, part: Part, after: str | None, size: PageSize
) -> tuple[Mapping[str, Any], list[Rejection]]:
    while True:
        variables = {"search": part.search, "first": size.now, "after": after}
        try:
            found: Mapping[str, Any] = github.graphql("use_cases", variables, patient=size.now == 1)["search"]
        except TooSlow as slow:
            if size.halve():
                continue
            found = (slow.data or {}).get("search") or {}
            if not found.get("pageInfo"):
                raise
            return {**found, "nodes": []}, [Rejection(f"{part.search} after {after}", slow.why)]
        size.grow()
        return {**found, "nodes": [node for node in found["nodes"] if node]}, []


def _over(part: Part, count: int) -> list[Rejection]:
    """A single second with more results than GitHub shows is said to be so."""
    if count <= CAP or part.start != part.end:
        return []
    return [Rejection(part.search, f"GitHub shows {CAP:,} of its {count:,} results")]


def _rows(
    source: Source, part: Part, nodes: list[Mapping[str, Any]], tracked: frozenset[str]
) -> dict[str, list[dict[str, Any]]]:
    repositories, use_cases = [], []
    for node in nodes:
        full_name = node["nameWithOwner"]
        if full_name.lower() in tracked:
            continue
        topics = [each["topic"]["name"] for each in node["repositoryTopics"]["nodes"]]
        repositories.append(_repository(source, node, topics))
        created, pushed = instant(node["createdAt"]), instant_or_none(node["pushedAt"])
        language = (node["primaryLanguage"] or {}).get("name")
        subject = Subject(full_name.partition("/")[2], node["description"] or "", topics, language)
        use_cases.append(
            {
                "repository_id": repository_id_for(full_name),
                **asdict(classify(subject)),
                "found_by": f"topic:{part.topic}",
                "day": created.date(),
                "active_day": pushed.date() if pushed else None,
                "found_at": source.now,
            }
        )
    return {"repositories": repositories, "use_cases": use_cases}


def _repository(source: Source, node: Mapping[str, Any], topics: list[str]) -> dict[str, Any]:
    """A row of `repositories`.

    Without GitHub's number: a search does not tell under which name a repository was
    first seen, and one that was renamed would claim the number of its own older row.
    """
    licence = (node["licenseInfo"] or {}).get("spdxId")
    return {
        "repository_id": repository_id_for(node["nameWithOwner"]),
        "full_name": node["nameWithOwner"],
        "role": "use_case",
        "state": "archived" if node["isArchived"] else "alive",
        "default_branch": (node["defaultBranchRef"] or {}).get("name"),
        "description": node["description"],
        "homepage": node["homepageUrl"] or None,
        "language": (node["primaryLanguage"] or {}).get("name"),
        "license": None if licence == "NOASSERTION" else licence,
        "topics": " ".join(sorted(topics)),
        "stars": node["stargazerCount"],
        "forks": node["forkCount"],
        "size_kilobytes": node["diskUsage"],
        "created_at": instant(node["createdAt"]),
        "pushed_at": instant_or_none(node["pushedAt"]),
        "seen_at": source.now,
    }
