"""Numbers without the pages: a metric as CSV or JSON, and reports as they were made."""

from __future__ import annotations

import csv
import io
import json
import logging
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from dashboard import operations, theme
from dashboard.answers import answers, catalogue
from dashboard.filters import REPLACED, quoted, read_filters
from dashboard.gaps import gap
from dashboard.rows import Value
from dashboard.site import current_site
from db.schema.answers import GRAINS

log = logging.getLogger(__name__)
blueprint = Blueprint("api", __name__)
COLUMNS = ("metric", "scope", "grain", "period", "segment", "value", "unit", "sample_size", "complete")
#: A report is a whole page of its own, without scripts, and may load nothing.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; sandbox allow-popups"
)


@blueprint.get("/theme.css")
def stylesheet() -> Response:
    """The colours of both themes."""
    answer = Response(theme.stylesheet(), mimetype="text/css")
    answer.cache_control.max_age = 3600
    answer.cache_control.public = True
    return answer


@blueprint.get("/api/metrics/<metric>.<form>")
def metric_values(metric: str, form: str) -> Response:
    """A metric's values: `?scope=&grain=&segment=&from=&to=`, as `csv` or `json`.

    A metric that is told apart gives its parts, so that they can be added up; its total is the
    segment `all`. 400 with a sentence for each value that cannot be, 404 for a metric or form
    that does not exist, 503 when the database is away.
    """
    if form not in ("csv", "json"):
        return _told(404, [f"There is no form {quoted(form)}: ask for csv or json."])
    site = current_site()
    try:
        with site.engine.connect() as connection:
            known = catalogue(connection)
            filters, problems = read_filters(
                request.args.to_dict(), [scope.name for scope in known.scopes], grains=GRAINS
            )
            if metric not in known.metrics:
                return _told(404, [f"There is no metric {quoted(metric)}."])
            if problems:
                return _told(400, [problem.partition(REPLACED)[0] for problem in problems])
            missing = gap(connection, filters.scope)
            until = missing.until if missing else None
            answer = answers(connection, known, [metric], filters.scope, filters.grain, until)[metric]
    except SQLAlchemyError:
        log.exception("api: the database did not answer")
        return _told(503, ["The database does not answer."])
    wanted = request.args.get("segment")
    held = answer.within(filters.start, filters.end)
    rows = [row for row in held.rows if row.segment == wanted] if wanted else held.parts
    unit = known.metrics[metric].unit
    records = [_record(metric, filters.scope, filters.grain, unit, row) for row in rows]
    if form == "json":
        return Response(json.dumps(records), mimetype="application/json")
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(records)
    reply = Response(text.getvalue(), mimetype="text/csv")
    reply.headers["Content-Disposition"] = f'attachment; filename="{metric}.csv"'
    return reply


def _record(metric: str, scope: str, grain: str, unit: str, row: Value) -> dict[str, Any]:
    return {
        "metric": metric,
        "scope": scope,
        "grain": grain,
        "period": row.period.isoformat(),
        "segment": _inert(row.segment),
        "value": row.value,
        "unit": unit,
        "sample_size": row.sample_size,
        "complete": bool(row.complete),
    }


def _inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _told(status: int, sentences: list[str]) -> Response:
    return Response(json.dumps({"errors": sentences}), status=status, mimetype="application/json")


@blueprint.get("/reports/<int:report_id>")
def report(report_id: int) -> Response:
    """One issue of a report, exactly as it was sent."""
    site = current_site()
    try:
        with site.engine.connect() as connection:
            text = operations.report_html(connection, report_id) if report_id < 2**63 else None
    except SQLAlchemyError:
        log.exception("report %s: the database did not answer", report_id)
        return Response("The database does not answer.", status=503, mimetype="text/plain")
    if text is None:
        return Response("There is no report of that number.", status=404, mimetype="text/plain")
    answer = Response(text, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = REPORT_POLICY
    return answer
