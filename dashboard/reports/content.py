"""All that an issue says, in words already, and the templates that it is shown by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard import theme, wording
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
    environment.globals.update(columned=plain.columned, colour=_colours(), counted=wording.counted)
    return environment.get_template(template).render(issue=content, parts=parts)


def _colours() -> Mapping[str, str]:
    light = {name.replace("-", "_"): shades[0] for name, shades in theme.SURFACES.items()}
    return {**light, "accent_fill": theme.ACCENT.fill}
