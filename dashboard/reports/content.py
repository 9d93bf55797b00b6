"""All that an issue says, in words already, and the templates that it is shown by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard import theme, wording
from dashboard.language import ENGLISH, _
from dashboard.reports import plain
from dashboard.reports.asked import Asked
from dashboard.reports.audiences import PARTS
from dashboard.reports.charts import Chart
from dashboard.reports.news import Benchmarks
from dashboard.reports.scoring import GoalText
from dashboard.reports.window import Window


@dataclass(frozen=True)
class Line:
    """Something named one by one: its words, what stands beside it, and where it leads (empty: nowhere)."""

    words: str
    beside: str
    link: str = ""


@dataclass(frozen=True)
class Content:
    """All that the templates show, already in words; both templates show the same."""

    report: str
    project: str
    scope_title: str
    window: Window
    simulated: bool
    live_hint: str
    headline: str
    goals: Sequence[GoalText]
    changes: Sequence[str]
    no_changes: str
    thanks: Sequence[Line]
    more_thanks: int
    no_thanks: str
    thanks_note: str
    waiting: Sequence[Line]
    waiting_note: str
    benchmarks: Benchmarks
    caveats: Sequence[str]
    charts: Sequence[Chart]
    made: str
    late: str = ""
    triage: Sequence[str] = ()
    queries: Sequence[Asked] = ()
    waiting_named: str = ""
    language: str = ENGLISH


def results(issue: Content) -> str:
    """The sentence above benchmark results, or in their place."""
    news, period = issue.benchmarks, issue.window.words
    if news.elsewhere:
        return _("Benchmarks are told in the report of the whole project.")
    if not news.total and news.newest:
        told = _("No result was measured or read in {period}; the newest is of {day}.")
        return told.format(period=period, day=news.newest)
    if not news.total:
        return _("No benchmark result is held, so nothing is claimed.")
    if news.total > len(news.lines):
        told = _("{count} results measured or first read in {period}; the newest {shown}:")
        return told.format(count=wording.whole(news.total), period=period, shown=len(news.lines))
    return wording.counted(
        news.total,
        "{count} result measured or first read in {period}:",
        "{count} results measured or first read in {period}:",
        period=period,
    )


def more(count: int) -> str:
    """That there are others who are not named."""
    return _("and {count} more").format(count=wording.whole(count))


def end(issue: Content) -> str:
    """The last line: when it was made, and what holds for all of it."""
    told = _("Made {when}. People are counted without bots and proxies; unknown stays unknown.")
    return told.format(when=issue.made)


def rendered(template: str, content: Content, parts: Sequence[str] = PARTS) -> str:
    """Parts of the content in a template of `templates/`; in HTML what is not markup is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("dashboard.reports"),
        autoescape=template.endswith(".html.j2"),  # the text twin is no markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(wrapped=plain.wrapped, ruled=plain.ruled, marked=plain.marked_down)
    environment.globals.update(columned=plain.columned, colour=_colours(), _=_)
    environment.globals.update(results=results, more=more, end=end)
    return environment.get_template(template).render(issue=content, parts=parts)


def _colours() -> Mapping[str, str]:
    light = {name.replace("-", "_"): shades[0] for name, shades in theme.SURFACES.items()}
    return {**light, "accent_fill": theme.ACCENT.fill}
