"""Finding the issues that differ by counting: how many changed since an instant, here and at GitHub.

A few counts cut the whole history into spans. A span in which as many issues last
changed here as there is taken for equal; one that differs is cut again, down to a
page of a hundred, and only that page is listed. Forty counts cost one point, as the
totals do that they come with.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from collector.github.client import GitHub
from collector.github.connected import there
from collector.github.reading import moment, onwards, part, parts, whole_number
from collector.github.reconciliation.held import Held
from collector.github.reconciliation.mending import Mender
from collector.github.reconciliation.totals import NEVER, Asker, Totals, written
from collector.github.threads import Node
from collector.jobs import Page

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: A span of so many issues is listed rather than cut.
LISTED = 100


@dataclass(frozen=True)
class Span:
    """From an instant up to another: how many issues last changed in it, here and by GitHub's count."""

    since: datetime
    until: datetime
    held: int
    counted: int


#: All of time: when the totals differ and no span does, since differences hide each other, all are listed.
EVERYTHING = Span(EPOCH, NEVER, 0, 0)


def times_of(held: Held) -> list[datetime]:
    """When each held issue last changed, in order."""
    return sorted(item.updated_at for item in held.issues.values())


def marks_of(times: Sequence[datetime], parts: int) -> list[datetime]:
    """Instants that cut sorted times into about equal parts; fewer where many are the same."""
    places = range(1, parts)
    found = {times[len(times) * place // parts] for place in places} if times else set()
    return sorted(found - {times[0]} if times else found)


def differing(totals: Totals, edges: Sequence[datetime], times: Sequence[datetime]) -> list[Span]:
    """The spans between neighbouring edges in which the counts differ.

    An edge that was not asked about is left out, and the spans beside it are one.
    """
    counts = {NEVER: 0, **totals.since}
    counts[EPOCH] = totals.counts["open issues"] + totals.counts["closed issues"]
    spans = []
    for since, until in pairwise(edge for edge in edges if edge in counts):
        here = bisect_left(times, until) - bisect_left(times, since)
        span = Span(since, until, here, counts[since] - counts[until])
        if span.held != span.counted:
            spans.append(span)
    return spans


def pages(
    mender: Mender,
    github: GitHub,
    asker: Asker,
    held: Held,
    spans: Sequence[Span],
    repository: tuple[str, int | None],
) -> Iterator[Page]:
    """Pages that mend what the differing spans hold."""
    times = times_of(held)
    listed: set[int] = set()
    suspects: set[int] = set()
    for span in _narrowed(asker, times, spans):
        for nodes in _listed(github, repository, span):
            listed.update(whole_number(node, "number") for node in nodes)
            mender.put(nodes, held.issues)
            yield from mender.fetch(all_of_them=False)
        suspects.update(
            item.number for item in held.issues.values() if span.since <= item.updated_at < span.until
        )
    yield from mender.fetch()
    yield from mender.bury([held.issues[number] for number in sorted(suspects - listed)])


def _narrowed(asker: Asker, times: Sequence[datetime], spans: Sequence[Span]) -> Iterator[Span]:
    """Spans short enough to be listed; several long ones are cut with one question."""
    waiting = list(spans)
    while waiting:
        batch: list[list[datetime]] = []
        room = asker.width
        while waiting:
            span = waiting.pop()
            inner = times[bisect_left(times, span.since) : bisect_left(times, span.until)]
            parts = 1 if span is EVERYTHING else -(-len(inner) // LISTED)
            if batch and parts > 1 and room < min(parts + 1, asker.width):
                waiting.append(span)  # there is no room for it in this question
                break
            marks = marks_of(inner, min(parts, room - 1))
            if not marks:
                yield span
                continue
            batch.append([span.since, *marks, span.until])
            room -= len(marks) + 2
        if batch:
            asked = sorted({edge for edges in batch for edge in edges} - {EPOCH, NEVER})
            totals = asker.ask(asked, None)
            if len(totals.since) < len(asked):
                # GitHub could not count so much at once: these are cut again, into fewer parts.
                waiting += [Span(edges[0], edges[-1], 0, 0) for edges in batch]
                continue
            for edges in batch:
                waiting += differing(totals, edges, times)


def _listed(github: GitHub, repository: tuple[str, int | None], span: Span) -> Iterator[list[Node]]:
    """The issues of a span as GitHub lists them, by pages of a hundred."""
    owner, _, name = repository[0].partition("/")
    after = None
    while True:
        variables = {"owner": owner, "name": name, "since": written(span.since), "after": after}
        data = github.graphql("issues_by_update", variables)
        found = part(there(data, *repository), "issues")
        nodes = parts(found, "nodes")
        within = [node for node in nodes if moment(node, "updatedAt") < span.until]
        yield within
        after = onwards(found, after)
        if len(within) < len(nodes) or after is None:
            return
