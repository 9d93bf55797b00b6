"""What a metric's figure shows beside its values: an earlier time, another scope, or itself as an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dashboard import periods, wording
from dashboard.answers import Answer
from dashboard.filters import COMPARISONS, Filters
from dashboard.language import _
from dashboard.rows import Definition, Value
from dashboard.summary import coverage
from db.metrics.calendar import period_containing, same_period_last_year
from db.metrics.read import MetricText

#: Figures that do not go over time, so that nothing can be drawn beside them.
NOT_OVER_TIME = ("heat_map", "funnel")


@dataclass(frozen=True)
class Drawing:
    """What a figure draws: rows by their definition, and a line beside them.

    `beside` are rows moved onto the periods shown, `beside_title` names them, `note` says what is
    to know of the comparison: what the index starts from, or why there is none. `in_unit` tells
    whether the rows are in the metric's own unit.
    """

    rows: list[Value]
    definition: Definition
    beside: list[Value]
    beside_title: str = ""
    note: str = ""
    in_unit: bool = True


def drawing(
    answer: Answer,
    held: Mapping[str, Answer],
    filters: Filters,
    *,
    baseline: date,
    steward: str,
    beside_name: str = "",
) -> Drawing:
    """What the view's comparison makes of a metric's values in the view's period.

    `held` is where the metric that tells the coverage is looked up, `baseline` the day whose period
    an index starts from, `beside_name` what the compared scope is called.
    """
    metric = answer.metric
    plain = Drawing(answer.within(filters.start, filters.end).parts, definition_of(metric), [])
    if filters.compare == "none" or not plain.rows:
        return plain
    if metric.figure in NOT_OVER_TIME:
        return replace(plain, note=_("Not drawn over time, so nothing is compared"))
    if filters.compare == "index":
        return _as_index(answer, filters, baseline, steward, plain)
    title = beside_name or _(COMPARISONS.get(filters.compare, filters.compare))
    if metric.segments:
        # The line is of one series, which is named where the chart shows parts beside it.
        moved = title if beside_name else title[:1].lower() + title[1:]
        title = f"{wording.segment_title(answer.subject, steward)}, {moved}"
    rows = compared(answer, filters)
    if rows:
        return replace(
            plain, beside=rows, beside_title=title, note=_coverage_beside(answer, held, beside_name)
        )
    nothing = (
        _("Nothing is held of {scope} to compare with").format(scope=beside_name)
        if beside_name
        else _("Nothing is held for {time} to compare with").format(time=title[:1].lower() + title[1:])
    )
    return replace(plain, note=nothing)


def definition_of(metric: MetricText) -> Definition:
    """What a figure needs to know of a metric."""
    return Definition(metric.metric, metric.unit, metric.figure, metric.segments, metric.headline)


def compared(answer: Answer, filters: Filters) -> list[Value]:
    """The subject's series as it is compared with, on the shown periods: earlier, or of the other scope.

    `year` moves by a year, `previous` by the length of what is shown. Only complete periods are
    compared; without such a series there is nothing.
    """
    shown = answer.within(filters.start, filters.end)
    if filters.compare in ("none", "index") or not shown.rows:
        return []
    periods_shown = sorted({row.period for row in shown.rows})
    if filters.beside:
        first, last = filters.start or periods_shown[0], filters.end or periods_shown[-1]
        other = replace(answer, rows=answer.beside).within(first, last)
        return [row for row in other.rows if row.segment == answer.subject and row.complete]
    held = {row.period: row for row in answer.headline if row.complete}
    if filters.compare == "year":
        pairs = [(day, same_period_last_year(day, answer.grain)) for day in periods_shown]
    else:
        span = 1
        while periods.moved(periods_shown[0], answer.grain, span) <= periods_shown[-1]:
            span += 1
        pairs = [(day, periods.moved(day, answer.grain, -span)) for day in periods_shown]
    return [held[before]._replace(period=day) for day, before in pairs if before in held]


def _coverage_beside(answer: Answer, held: Mapping[str, Answer], name: str) -> str:
    """How much is known of the compared scope, in its last compared period; empty where all of it is."""
    telling = held.get(answer.metric.coverage)
    if not name or telling is None:
        return ""
    complete = [row.period for row in answer.beside if row.complete]
    known = {answer.metric.coverage: replace(telling, rows=telling.beside)}
    share = coverage(answer, known, max(complete)) if complete else None
    if share is None:
        return ""
    return _("{scope}: {share} of its facts known").format(scope=name, share=wording.amount(share, "share"))


def _as_index(answer: Answer, filters: Filters, baseline: date, steward: str, plain: Drawing) -> Drawing:
    """Each series with its value in the baseline's period as 100; parts of a whole as that whole."""
    metric = answer.metric
    start = period_containing(baseline, answer.grain)
    when = periods.named(start, answer.grain)
    if wording.is_percentage(metric.unit):
        return replace(plain, note=_("A share is drawn as it is, not as an index"))
    whole = plain.definition.adds_up and bool(answer.headline) and not answer.chosen
    series = answer.headline if whole else answer.parts
    bases = {row.segment: row.value for row in series if row.period == start and row.value > 0}
    within = replace(answer, rows=tuple(series)).within(filters.start, filters.end).rows
    rows = [
        row._replace(value=100 * row.value / bases[row.segment]) for row in within if row.segment in bases
    ]
    if not rows:
        return replace(
            plain, note=_("No index: there is no value in {period} to start from").format(period=when)
        )
    definition = plain.definition._replace(
        unit=_("index, {period} = 100").format(period=when),
        figure="line",
        segments="" if whole else metric.segments,
    )
    without = sorted({row.segment for row in within} - bases.keys())
    return Drawing(
        rows, definition, [], note=_index_note(metric, bases, without, when, steward), in_unit=False
    )


def _index_note(
    metric: MetricText, bases: Mapping[str, float], without: Sequence[str], when: str, steward: str
) -> str:
    """What 100 stands for, and which series have no value to start from."""
    if len(bases) == 1:
        value = next(iter(bases.values()))
        words = wording.unit_words(metric.unit, value)
        written = f"{wording.amount(value, metric.unit)} {words}".rstrip()
        told = _("100 is {value}, {period}").format(value=written, period=when)
    else:
        told = _("100 is each one’s value, {period}").format(period=when)
    if not without:
        return told
    named = ", ".join(wording.segment_title(name, steward) for name in without[:3])
    more = _(" and {count} more").format(count=len(without) - 3) if len(without) > 3 else ""
    return _("{told}; no value then: {segments}").format(told=told, segments=named + more)
