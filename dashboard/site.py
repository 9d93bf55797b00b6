"""What one served dashboard knows of its project: passed in once, found by every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from flask import current_app
from sqlalchemy import Engine

from dashboard.language import mark
from dashboard.reports.settings import ReportSettings

#: Key of a Flask application's configuration under which its site stands.
KEY = "FLOWMETER_SITE"


#: How simulated data gives way to real data, where nothing else is said.
LIVE_HINT = mark("To go live, set GITHUB_TOKEN and run again.")
#: The same where the repository is at hand, as in the quick start.
LIVE_HINT_OF_MAKE = mark("To go live: rm -r var; export GITHUB_TOKEN=…; make up")


def utc_now() -> datetime:
    """The real clock, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Site:
    """A project's name, steward, baseline, targets and milestones, and the database to read.

    `targets` go by metric; `milestones` are (day, title); `live_hint` says how
    simulated data is replaced by real data; `now` is the clock. `address` is
    where readers reach the dashboard (empty when that is not said), `reports` what is sent when.
    """

    engine: Engine
    title: str = "TensorFlow"
    steward: str = "Google"
    baseline: date = date(2017, 2, 13)
    targets: Mapping[str, float] = field(default_factory=dict)
    milestones: tuple[tuple[date, str], ...] = ()
    live_hint: str = LIVE_HINT
    now: Callable[[], datetime] = utc_now
    address: str = ""
    reports: Sequence[ReportSettings] = ()


def current_site() -> Site:
    """The site of the application that answers the request at hand."""
    site = current_app.config[KEY]
    if not isinstance(site, Site):
        raise TypeError(f"{KEY} holds {type(site).__name__}: build the application with create_app")
    return site
