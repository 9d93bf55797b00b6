"""Repositories that use the project, as a list to page, and what is known of one with the evidence for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from db.listing import Field, Kind, Source
from db.schema import table

#: What a use case can be classified by, and what each says where nothing is stated.
DIMENSIONS = {"domain": "other", "platform": "other", "cloud": "none_stated"}
PLATFORMS = ("mobile", "web", "embedded", "server", "notebook", "other")
CLOUDS = ("google_cloud", "aws", "azure", "other", "none_stated")
#: Between the dimensions of the evidence; before the words of each stands its class.
_BETWEEN = "; "
_PART = re.compile(r"(?P<dimension>domain|platform|cloud) (?P<name>\w+): (?P<words>.+)", re.DOTALL)
_WORD = re.compile(r"(?P<word>.+?) \((?P<place>topic|name|description|language)\)(?:, |$)", re.DOTALL)

_PAPERS = """(SELECT COUNT(*) FROM paper_mentions m
    WHERE m.repository_id = b.repository_id AND m.place = 'description')"""

USE_CASES = Kind(
    ("repository_id",),
    "JOIN repositories r ON r.repository_id = b.repository_id",
    "",
    (
        Field("repository", "r.full_name", "text", "OWNER/NAME."),
        Field("domain", "b.domain", "text", "What it is about."),
        Field("platform", "b.platform", "text", "Where it runs.", choices=PLATFORMS),
        Field("cloud", "b.cloud", "text", "The cloud that it states.", choices=CLOUDS),
        Field("language", "r.language", "text", "Its main language by GitHub's count."),
        Field("stars", "r.stars", "whole", "Stars when last seen."),
        Field(
            "seen",
            "DAY_OF(r.seen_at)",
            "day",
            "Day on which the stars were read.",
            sortable=False,
            shown=False,
        ),
        Field("created", "b.day", "day", "Day on which it was created."),
        Field(
            "first_found",
            "DAY_OF(b.found_at)",
            "day",
            "Day on which a search first found it.",
            sortable=False,
        ),
        Field("active", "b.active_day", "day", "Day of its last push."),
        Field("licence", "r.license", "text", "Its licence, as an SPDX identifier."),
        Field("papers", _PAPERS, "whole", "Papers that its description or home page links.", sortable=False),
        Field(
            "confidence",
            "(CAST(ROUND(1000 * b.confidence) AS INTEGER) + 5) / 10",
            "whole",
            "Per cent of the words found that agree with the domain; no probability.",
            unit="%",
        ),
        Field("use_case", "b.repository_id", "whole", "Its number here.", sortable=False, shown=False),
    ),
    "-stars",
)
_DAY = {"sqlite": r"SUBSTR(\1, 1, 10)", "postgresql": r"CAST(\1 AT TIME ZONE 'UTC' AS DATE)"}


@dataclass(frozen=True)
class Evidence:
    """Why a use case has a class in a dimension: the words that decided, each with where it stands.

    `confidence` is the share of the words found that agree; without words nothing is stated.
    """

    dimension: str
    name: str
    confidence: float
    words: tuple[tuple[str, str], ...]

    @property
    def stated(self) -> bool:
        """Whether the repository says anything of it."""
        return bool(self.words)


@dataclass(frozen=True)
class UseCase:
    """What is known of a use case; days and texts that are not held are None."""

    repository_id: int
    full_name: str
    state: str
    simulated: bool
    description: str | None
    homepage: str | None
    language: str | None
    licence: str | None
    topics: tuple[str, ...]
    stars: int | None
    seen: date | None
    created: date
    active: date | None
    found: date
    found_by: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    #: (scheme, identifier) of the papers that its description or home page links.
    papers: tuple[tuple[str, str], ...]


def use_cases(connection: Connection, values: Mapping[str, Any], *, whole: bool) -> Source:
    """Use cases that were created between `first` and `last`, or all of them."""
    chosen = "" if whole else "b.day BETWEEN :first AND :last"
    return Source(chosen, values, _written_for(connection.dialect.name), table="use_cases")


def _written_for(dialect: str) -> Callable[[str], str]:
    return lambda statement: re.sub(r"DAY_OF\(([a-z_.]+)\)", _DAY[dialect], statement)


def read_use_case(connection: Connection, repository_id: int) -> UseCase | None:
    """The use case of that number; None when there is none."""
    held, use = table("repositories"), table("use_cases")
    papers, mentions = table("papers"), table("paper_mentions")
    row = (
        connection.execute(
            select(held, use)
            .join(use, use.c.repository_id == held.c.repository_id)
            .where(held.c.repository_id == repository_id)
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    linked = connection.execute(
        select(papers.c.scheme, papers.c.identifier)
        .join(mentions, mentions.c.paper_id == papers.c.paper_id)
        .where(mentions.c.repository_id == repository_id, mentions.c.place == "description")
        .order_by(papers.c.scheme, papers.c.identifier)
    ).all()
    seen = row[held.c.seen_at]
    return UseCase(
        repository_id=repository_id,
        full_name=row[held.c.full_name],
        state=row[held.c.state],
        simulated=row[held.c.simulated],
        description=row[held.c.description],
        homepage=row[held.c.homepage],
        language=row[held.c.language],
        licence=row[held.c.license],
        topics=tuple((row[held.c.topics] or "").split()),
        stars=row[held.c.stars],
        seen=seen.date() if seen else None,
        created=row[use.c.day],
        active=row[use.c.active_day],
        found=row[use.c.found_at].date(),
        found_by=tuple(filter(None, row[use.c.found_by].split("; "))),
        evidence=_evidence(
            {name: row[use.c[name]] for name in DIMENSIONS},
            {
                "domain": row[use.c.confidence],
                "platform": row[use.c.platform_confidence],
                "cloud": row[use.c.cloud_confidence],
            },
            row[use.c.evidence],
        ),
        papers=tuple((paper.scheme, paper.identifier) for paper in linked),
    )


def _evidence(
    names: Mapping[str, str], confidences: Mapping[str, float], written: str
) -> tuple[Evidence, ...]:
    words = read_evidence(written)
    return tuple(
        Evidence(dimension, names[dimension], confidences[dimension], words.get(dimension, ()))
        for dimension in DIMENSIONS
    )


def read_evidence(written: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """Dimension → the words that decided and where they stand, from what the classification wrote.

    It is `domain health: x ray (topic), mri (name); platform …`. What is written otherwise is left out.
    """
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for part in _parts(written):
        matched = _PART.fullmatch(part)
        if matched:
            words = [(each["word"], each["place"]) for each in _WORD.finditer(matched["words"])]
            found[matched["dimension"]] = tuple(words)
    return found


def _parts(written: str) -> Sequence[str]:
    return written.split(_BETWEEN)
