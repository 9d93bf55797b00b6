"""No chart has more colours than people can tell apart: what is left over is one sum, or grey lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from dashboard import theme, wording
from dashboard.language import _
from dashboard.rows import Options, Table

#: The segment that a stack's left-over parts are the sum of.
FOLDED = "…"


def left_over(table: Table, subject: str) -> tuple[str, ...]:
    """The segments that have no colour of their own: the smallest of more than can be told apart.

    What has a meaning (the steward, bots, what all is about) keeps its colour, and greys take none.
    """
    kinds = {*theme.MEANINGS.values(), *theme.GREYS}
    own = theme.names_of(subject)
    held = {
        segment: theme.ACCENT if segment.casefold() in own else theme.meaning_of(segment)
        for segment in table.segments
    }
    meant = {colour for colour in held.values() if colour in kinds}
    plain = [segment for segment, colour in held.items() if colour not in kinds]
    room = theme.MOST - len(meant.difference(theme.GREYS))
    if len(plain) <= room:
        return ()
    sums = {segment: sum(table.values[segment].values()) for segment in plain}
    plain.sort(key=lambda segment: (-sums[segment], segment))
    return tuple(plain[room:])


def folded(table: Table, subject: str) -> Table:
    """The same with the left-over parts as one, the last; as it is where there is none or a single one."""
    parts = left_over(table, subject)
    if len(parts) < 2:
        return table
    held: dict[date, float] = {}
    for segment in parts:
        for period, value in table.values[segment].items():
            held[period] = held.get(period, 0.0) + value
    return replace(
        table,
        segments=(*_without(table.segments, parts), FOLDED),
        values={**table.values, FOLDED: held},
        folded=len(parts),
    )


def _without(segments: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    gone = {*parts}
    return tuple(segment for segment in segments if segment not in gone)


def title_of(segment: str, table: Table, options: Options) -> str:
    """What readers call a segment, the sum of those left over by their number."""
    if segment == FOLDED and table.folded:
        return _("{count} others").format(count=table.folded)
    return wording.segment_title(segment, options.steward)
