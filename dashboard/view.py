"""One request's view: the site, the filters of its URL, the catalogue and an open connection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from dashboard.answers import Answer, Catalogue, answers, catalogue, segments_held, with_coverage
from dashboard.filters import Filters, quoted, read_filters, read_segments
from dashboard.gaps import Gap, gap
from dashboard.language import LANGUAGES, _
from dashboard.language.metrics import in_words
from dashboard.language.of_request import PARAMETER
from dashboard.missing_hours import Missing, missing_hours
from dashboard.operations import Progress, progress
from dashboard.releases import Released, releases
from dashboard.site import Site
from dashboard.summary import Summary, summarise
from db.metrics.calendar import period_end
from db.metrics.version import data_version

#: What a page function returns: a Dash component, or a list of them.
Content = Any


@dataclass(frozen=True)
class View:
    """All that a page may use; it reads through `answers` and nothing else holds state.

    `asked` are the parameters of its address as they were given, for pages with filters of their own;
    `version` is the state of the numbers that it shows.
    """

    site: Site
    path: str
    filters: Filters
    problems: tuple[str, ...]
    known: Catalogue
    progress: Progress
    connection: Connection
    now: datetime
    gap: Gap | None = None
    releases: tuple[Released, ...] = ()
    asked: Mapping[str, object] = field(default_factory=dict)
    version: str = ""

    @property
    def whole_until(self) -> date | None:
        """The last day to which the scope's large repositories are held; None where none is missing."""
        return self.gap.until if self.gap else None

    def is_complete(self, period: date) -> bool:
        """Whether a period of the view's grain is over, and all of it held."""
        last = period_end(period, self.filters.grain)
        return last < self.now.date() and (self.whole_until is None or last <= self.whole_until)

    def answers(self, *metrics: str, in_short: Collection[str] = ()) -> dict[str, Answer]:
        """The metrics' values in the view's scope and grain, with those that tell their coverage.

        With them come those of the scope that the view compares with. Of the metrics `in_short`, and
        of those that tell nothing but coverage, come only the series that speak for them.
        """
        names = with_coverage(metrics, self.known)
        filters = self.filters
        short = {*in_short, *(name for name in names if name not in metrics)}
        found = answers(
            self.connection,
            self.known,
            names,
            filters.scope,
            filters.grain,
            self.whole_until,
            in_short=short,
            chosen=filters.segments,
        )
        other: dict[str, Answer] = {}
        if filters.beside:
            missing = gap(self.connection, filters.beside)
            until = missing.until if missing else None
            other = answers(
                self.connection,
                self.known,
                with_coverage([name for name in metrics if name not in in_short], self.known),
                filters.beside,
                filters.grain,
                until,
                in_short=short,
            )
        return {
            name: replace(answer, chosen=filters.segments, beside=other[name].rows if name in other else ())
            for name, answer in found.items()
        }

    def summary(self, metric: str, held: Mapping[str, Answer]) -> Summary | None:
        """The metric in one line up to the end of the view's period; None when nothing is held."""
        answer = held.get(metric)
        return None if answer is None else summarise(answer, held, self.site.baseline, self.filters.end)

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        """The hours of GH Archive that the scope's numbers lack."""
        return missing_hours(self.connection, self.filters.scope)

    @property
    def scope_title(self) -> str:
        """What people call the view's scope."""
        return self.known.scope_title(self.filters.scope)

    @property
    def beside_title(self) -> str:
        """What people call the scope that is compared with; empty when it is none."""
        return self.known.scope_title(self.filters.beside) if self.filters.beside else ""


#: A page: what it shows of a view, given the variables of its path.
Render = Callable[..., Content]


def open_view(site: Site, connection: Connection, path: str, query: Mapping[str, object]) -> View:
    """Read what every page needs; raises SQLAlchemy's errors when the database is away."""
    # Read before the numbers: where a refresh comes in between, a page rather seems old than new.
    version = data_version(connection)
    known = in_words(catalogue(connection))
    filters, problems = read_filters(query, [scope.name for scope in known.scopes])
    if query.get("segment"):
        segments, wrong = read_segments(query, segments_held(connection, known, filters.scope))
        filters, problems = replace(filters, segments=segments), [*problems, *wrong]
    language = query.get(PARAMETER, "")
    if language and (not isinstance(language, str) or language not in LANGUAGES):
        told = _("There is no language {language}: it may be {known}.")
        problems.append(told.format(language=quoted(language), known=", ".join(LANGUAGES)))
    now = site.now()
    return View(
        site,
        path,
        filters,
        tuple(problems),
        known,
        progress(connection, now),
        connection,
        now,
        gap(connection, filters.scope),
        releases(connection, filters.scope),
        dict(query),
        version,
    )
