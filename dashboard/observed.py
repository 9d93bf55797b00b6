"""How the product is doing, for machines that watch it: `/readyz`, and Prometheus' numbers at `/metrics`."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from datetime import time as clock

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from dashboard.operations import jobs, spending
from dashboard.site import KEY, Site, current_site
from db.errors import DatabaseError
from db.faults import log_fault
from db.migration import require_current
from db.schema import table

log = logging.getLogger(__name__)
blueprint = Blueprint("observed", __name__)

#: Upper ends of the histogram's buckets, in seconds: around what pages are held to.
BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 2.5, 10.0)
#: Where a server keeps its registry.
_REGISTRY = "FLOWMETER_REGISTRY"
_CONTENT = "text/plain; version=0.0.4; charset=utf-8"


def observe(server: Flask) -> None:
    """Measure every request of the server, and answer `/readyz` and `/metrics`.

    Each server counts into a registry of its own: there is one process (see `dashboard.server`).
    """
    site = server.config[KEY]
    if not isinstance(site, Site):
        raise TypeError(f"{KEY} holds {type(site).__name__}: set the site first")
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(_Held(site))
    seconds = Histogram(
        "flowmeter_request_seconds",
        "Time to answer a request, by the route that answered and the kind of status.",
        ("route", "status"),
        buckets=BUCKETS,
        registry=registry,
    )
    server.config[_REGISTRY] = registry
    server.register_blueprint(blueprint)

    @server.before_request
    def begin() -> None:
        # The document asks for its page within its own request: the time of both is the document's.
        g.setdefault("flowmeter_began", time.perf_counter())

    @server.after_request
    def end(answer: Response) -> Response:
        # The rule, not the address: what strangers write must not become a name.
        rule = request.url_rule.rule if request.url_rule else "none"
        began = g.get("flowmeter_began")
        if began is not None:
            seconds.labels(rule, f"{answer.status_code // 100}xx").observe(time.perf_counter() - began)
        return answer


@blueprint.get("/readyz")
def ready() -> Response:
    """200 when pages can be answered, else 503 and why; `/healthz` only says that the process is there."""
    try:
        require_current(current_site().engine)
    except DatabaseError as error:
        # Where the database is and what it said is for the log: anybody may ask here.
        log.warning("not ready: %s", error)
        reason = "is not at this version's revision" if "is at revision" in str(error) else "does not answer"
        return Response(
            f"The database {reason}: flowmeter doctor says more\n", 503, content_type="text/plain"
        )
    return Response("ready\n", content_type="text/plain")


@blueprint.get("/metrics")
def metrics() -> Response:
    """All numbers in Prometheus' text format."""
    from flask import current_app

    found = generate_latest(current_app.config[_REGISTRY])
    return Response(found, content_type=_CONTENT, headers={"Cache-Control": "no-store"})


class _Held:
    """What the database says of collecting, asked when Prometheus asks."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def collect(self) -> Iterator[Metric]:
        """The families of numbers; without a database only that it is away."""
        reachable = GaugeMetricFamily("flowmeter_database_up", "1 when the database answers.")
        try:
            with self._site.engine.connect() as connection:
                found = [*_of_jobs(connection, self._site.now()), *_of_answers(connection)]
            reachable.add_metric([], 1)
        except SQLAlchemyError as error:
            log_fault(log, "/metrics", error)
            found = []
            reachable.add_metric([], 0)
        yield reachable
        yield from found


def _of_jobs(connection: Connection, now: datetime) -> Iterator[Metric]:
    of_job = ("job", "target")
    success = GaugeMetricFamily(
        "flowmeter_job_last_success_timestamp_seconds", "When a job last ended well.", labels=of_job
    )
    failing = GaugeMetricFamily("flowmeter_job_failing", "1 when a job failed as it last ran.", labels=of_job)
    stale = GaugeMetricFamily(
        "flowmeter_job_stale", "1 when a job has not ended well for longer than it should.", labels=of_job
    )
    running = GaugeMetricFamily("flowmeter_job_running", "1 while a job is at work.", labels=of_job)
    rejected = GaugeMetricFamily(
        "flowmeter_job_rejected_rows", "Answers that a job's last run could not use.", labels=of_job
    )
    for job in jobs(connection, now):
        names = [job.job, job.target]
        if job.last_success is not None:
            success.add_metric(names, job.last_success.timestamp())
        failing.add_metric(names, job.shown_state == "failed")
        stale.add_metric(names, job.shown_state in ("stale", "interrupted"))
        running.add_metric(names, job.shown_state == "running")
        rejected.add_metric(names, job.rejected)
    yield from (success, failing, stale, running, rejected)
    spent = spending(connection, now)
    yield GaugeMetricFamily(
        "flowmeter_github_requests_of_a_day", "Requests to GitHub in the last 24 hours.", value=spent.requests
    )
    yield GaugeMetricFamily(
        "flowmeter_github_points_of_a_day",
        "Points of GraphQL spent in the last 24 hours.",
        value=spent.points,
    )


def _of_answers(connection: Connection) -> Iterator[Metric]:
    refreshes, alerts = table("metric_refreshes"), table("alerts")
    computed, facts = connection.execute(
        select(func.max(refreshes.c.refreshed_at), func.max(refreshes.c.facts_until))
    ).one()
    if computed is not None:
        yield GaugeMetricFamily(
            "flowmeter_metrics_computed_timestamp_seconds",
            "When the numbers were last computed.",
            value=computed.timestamp(),
        )
    if facts is not None:
        yield GaugeMetricFamily(
            "flowmeter_facts_until_timestamp_seconds",
            "Beginning of the last day with facts, in UTC.",
            value=_instant(facts),
        )
    opened = connection.execute(
        select(alerts.c.kind, func.count()).where(alerts.c.state == "open").group_by(alerts.c.kind)
    )
    family = GaugeMetricFamily("flowmeter_alerts_open", "Alerts that are open.", labels=("kind",))
    for kind, count in opened:
        family.add_metric([kind], count)
    yield family


def _instant(day: date) -> float:
    return datetime.combine(day, clock.min, UTC).timestamp()
