"""What a request for a metric outside the pages asks for, checked: its metric, filters and segments."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Any

from flask import Request
from sqlalchemy import Connection, select

from dashboard.answers import Answer, Catalogue, answers, catalogue, with_coverage
from dashboard.filters import LEFT_OUT, REPLACED, Filters, quoted, read_filters, read_segments
from dashboard.gaps import gap
from dashboard.language import _
from dashboard.refusal import Refused
from db.metrics.read import MetricText
from db.schema import table
from db.schema.answers import GRAINS

#: What Flask-Compress adds to a tag of what it compressed.
_COMPRESSED = (":br", ":gzip", ":deflate", ":zstd")


@dataclass(frozen=True)
class Requested:
    """A metric in a view: `answer` holds its values, `held` also those that tell its coverage.

    `tag` changes with the refresh that made the values, and with what is asked for.
    """

    known: Catalogue
    metric: MetricText
    filters: Filters
    answer: Answer
    held: dict[str, Answer]
    tag: str


def query_of(request: Request) -> dict[str, Any]:
    """The query string as pages take it: a text, or a list of texts where a name stands several times."""
    return {
        name: values[0] if len(values) == 1 else values
        for name, values in request.args.to_dict(False).items()
    }


def requested(
    connection: Connection,
    request: Request,
    metric: str,
    *,
    grains: Collection[str] = GRAINS,
    more: tuple[object, ...] = (),
    fresh: bool = False,
) -> Requested | str:
    """What the request asks for; only its tag where the client holds that already.

    `more` is what else the answer depends on; `fresh` reads whatever the client holds. Raises
    `Refused` 404 for a metric that does not exist and 400, with a sentence for each, for values
    that cannot be.
    """
    known = catalogue(connection)
    if metric not in known.metrics:
        raise Refused(404, _("There is no metric {metric}.").format(metric=quoted(metric)))
    # A page's address may say more than what is asked for here.
    query = {name: value for name, value in query_of(request).items() if name != "compare"}
    filters, problems = read_filters(query, [scope.name for scope in known.scopes], grains=tuple(grains))
    if problems:
        raise Refused(400, *map(without_replacement, problems))
    missing = gap(connection, filters.scope)
    until = missing.until if missing else None
    refreshed = table("metric_refreshes")
    made = connection.execute(
        select(refreshed.c.refreshed_at).where(refreshed.c.metric == metric)
    ).scalar_one_or_none()
    tag = tag_of(metric, made, until, known.simulated, astuple(filters), query.get("segment"), *more)
    if not fresh and held_already(request, tag):
        return tag
    names = with_coverage([metric], known)
    held = answers(connection, known, names, filters.scope, filters.grain, until)
    allowed = {row.segment for row in held[metric].rows}
    segments, problems = read_segments(query, allowed)
    if problems and allowed:
        raise Refused(400, *map(without_replacement, problems))
    answer = replace(held[metric], chosen=segments)
    return Requested(
        known,
        known.metrics[metric],
        replace(filters, segments=segments),
        answer,
        {**held, metric: answer},
        tag,
    )


def tag_of(*parts: object) -> str:
    """A tag for what these parts alone decide."""
    written = "\x1f".join(part.isoformat() if isinstance(part, date) else repr(part) for part in parts)
    return hashlib.sha256(written.encode()).hexdigest()[:24]


def held_already(request: Request, tag: str) -> bool:
    """Whether the client says that it has what the tag stands for, compressed or not."""
    asked = request.if_none_match
    return asked.contains_weak(tag) or any(asked.contains_weak(tag + form) for form in _COMPRESSED)


def without_replacement(sentence: str) -> str:
    """A filter's sentence without what a page would show in its place."""
    return sentence.partition(_(REPLACED))[0].removesuffix(_(LEFT_OUT)).removesuffix(".") + "."
