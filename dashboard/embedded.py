"""What stands on other sites: a metric as a small page for a frame, and as a badge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from dashboard import api, periods, theme, wording
from dashboard.badge import LONGEST, badge
from dashboard.components.chart_card import missing_words
from dashboard.filters import GRAINS, quoted
from dashboard.missing_hours import Missing, marked, matters, missing_hours, within
from dashboard.refusal import Refused
from dashboard.requested import Requested, requested
from dashboard.rows import Value
from dashboard.site import Site, current_site
from dashboard.summary import Summary, summarise
from dashboard.templates import rendered
from db.metrics.calendar import period_end

blueprint = Blueprint("embedded", __name__)
blueprint.register_error_handler(Refused, api.refused)
blueprint.register_error_handler(SQLAlchemyError, api.away)
THEMES = ("auto", "light", "dark")
#: The one page that others may frame: it loads nothing, sends nothing and runs nothing.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)
#: Size of the drawing, in units that the page stretches.
WIDTH, HEIGHT = 600, 160
#: A shade is at least so wide: an hour of ten years has no width of its own.
NARROWEST = 1.5


@dataclass(frozen=True)
class Drawn:
    """A series as points of SVG lines: what is over, what is not, and what stands at the edges.

    `shades` are left edges and widths of the stretches of time of which something is missing.
    """

    closed: tuple[str, ...]
    running: str
    shades: tuple[tuple[float, float], ...]
    top: str
    first: str
    last: str


@blueprint.get("/badge/<metric>.svg")
def badge_of(metric: str) -> Response:
    """The last complete value as a picture: `?scope=&grain=&segment=&label=`."""
    site = current_site()
    given = request.args.get("label", "")
    if len(given) > LONGEST:
        raise Refused(400, f"label {quoted(given)} is longer than {LONGEST} characters.")
    with site.engine.connect() as connection:
        asked = requested(connection, request, metric, grains=GRAINS, more=("badge", given))
    if isinstance(asked, str):
        return api.unchanged(asked)
    summary = summarise(asked.answer, asked.held, site.baseline)
    label = given or metric.replace("_", " ")
    answer = Response(badge(label, _told(asked, summary)), mimetype="image/svg+xml")
    return api.kept(answer, asked.tag)


def _told(asked: Requested, summary: Summary | None) -> str:
    """The value with its unit and period; that it is simulated is said as well."""
    if summary is None:
        return "no value yet"
    unit = asked.metric.unit
    words = wording.unit_words(unit, summary.value)
    told = f"{wording.amount(summary.value, unit)} {words}".rstrip()
    when = periods.named(summary.period, asked.filters.grain)
    state = ", simulated" if asked.known.simulated else ""
    return f"{told}, {when}{', not complete' if summary.partial else ''}{state}"


@blueprint.get("/embed/metrics/<metric>")
def card_of(metric: str) -> Response:
    """The metric as a page of a few kilobytes: `?scope=&grain=&from=&to=&segment=&theme=`."""
    site = current_site()
    chosen = request.args.get("theme") or "auto"
    if chosen not in THEMES:
        raise Refused(400, f"theme {quoted(chosen)} is not known: it may be {', '.join(THEMES)}.")
    with site.engine.connect() as connection:
        # The age of nothing stands on it, so that the tag of the values is that of the page.
        missing = missing_hours(connection, request.args.get("scope", "project"))
        asked = requested(connection, request, metric, grains=GRAINS, more=("embed", chosen, missing))
    if isinstance(asked, str):
        return api.unchanged(asked)
    content = _content(site, asked, chosen, missing if matters(asked.metric.sql) else ())
    answer = Response(rendered("embed.html.j2", **content), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = POLICY
    return api.kept(answer, asked.tag)


def _content(site: Site, asked: Requested, chosen: str, missing: Sequence[Missing]) -> dict[str, object]:
    metric, filters = asked.metric, asked.filters
    summary = summarise(asked.answer, asked.held, site.baseline, filters.end)
    rows = asked.answer.within(filters.start, filters.end).headline
    words = wording.unit_words(metric.unit, summary.value) if summary else ""
    changed = None
    if summary is not None and summary.last_year is not None:
        changed = wording.change(summary.value, summary.last_year, metric.unit)
    about = [asked.known.scope_title(filters.scope)]
    if metric.segments and asked.answer.subject != "all":
        about.append(wording.segment_title(asked.answer.subject, site.steward))
    if summary is not None and summary.coverage is not None:
        about.append(f"{wording.amount(summary.coverage, 'share')} of its facts known")
    as_of = asked.known.as_of.facts_until
    if as_of is not None:
        about.append(f"facts up to {periods.day_named(as_of)}")
    lacking = within(missing, *_span(rows, filters.grain)) if len(rows) > 1 else []
    if lacking:
        about.append(missing_words(lacking))
    return {
        "metric": metric,
        "href": f"/metrics/{metric.metric}{filters.query()}",
        "value": wording.amount(summary.value, metric.unit) if summary else "—",
        "words": words,
        "when": _when(summary, filters.grain),
        "changed": changed,
        "about": " · ".join(about),
        "drawn": sketched(rows, filters.grain, metric.unit, missing) if len(rows) > 1 else None,
        "simulated": asked.known.simulated,
        "surfaces": theme.SURFACES,
        "theme": chosen,
        "width": WIDTH,
        "height": HEIGHT,
    }


def _when(summary: Summary | None, grain: str) -> str:
    if summary is None:
        return "no value in this view"
    return periods.named(summary.period, grain) + (", not complete" if summary.partial else "")


def sketched(rows: Sequence[Value], grain: str, unit: str, missing: Sequence[Missing] = ()) -> Drawn:
    """The series (two rows or more, oldest first) as lines from zero, torn where a period has no value.

    Each value stands in the middle of its period, as on pages.
    """
    values = [row.value for row in rows]
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0
    first, last = _span(rows, grain)
    days = (last - first).days + 1

    def across(moment: datetime) -> float:
        return (moment - _midnight(first)).total_seconds() / 86_400 / days * WIDTH

    stretches: list[list[str]] = [[]]
    running: list[str] = []
    for place, row in enumerate(rows):
        begin, end = (_midnight(day) for day in (row.period, periods.moved(row.period, grain, 1)))
        x = across(begin + (end - begin) / 2)
        point = f"{x:.1f},{HEIGHT - (row.value - low) / span * HEIGHT:.1f}"
        if place and periods.moved(rows[place - 1].period, grain, 1) != row.period:
            stretches.append([])
            running = []
        if row.complete:
            stretches[-1].append(point)
        else:
            running = running or stretches[-1][-1:]
            running.append(point)
    return Drawn(
        closed=tuple(" ".join(points) for points in stretches if len(points) > 1),
        running=" ".join(running) if len(running) > 1 else "",
        shades=tuple(
            (round(across(begin), 1), round(max(NARROWEST, across(end) - across(begin)), 1))
            for begin, end in marked(missing, first, last)
        ),
        top=f"{wording.amount(high, unit)} {wording.unit_words(unit)}".rstrip(),
        first=periods.named(rows[0].period, grain),
        last=periods.named(rows[-1].period, grain),
    )


def _span(rows: Sequence[Value], grain: str) -> tuple[date, date]:
    """The first and the last day that the rows tell of."""
    return rows[0].period, period_end(rows[-1].period, grain)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
