"""One round of reporting, as the scheduler makes it: issues that are due, alerts, and what is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.delivery.post import Post, deliver_due
from dashboard.reports.alerts import look
from dashboard.reports.archive import make_due
from dashboard.site import Site

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reporting:
    """Of what and to whom is reported: the site with its database, and the post with its settings."""

    site: Site
    post: Post


def go_round(
    reporting: Reporting, *, force: bool = False, stop: Callable[[], bool] = lambda: False
) -> list[str]:
    """Make what is due and send what waits; a line for each thing that was done.

    Any number of processes may do so at once. Raises SQLAlchemy's errors when the database is away.
    """
    site, post = reporting.site, reporting.post
    lines = make_due(site.engine, post.reports, site, site.now(), force=force)
    lines += look(site.engine, post.alerts, site, site.now())
    return lines + deliver_due(site.engine, post, site.now, stop=stop)
