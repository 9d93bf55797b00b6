"""Numbers without the pages: the catalogue, a metric's values as CSV, JSON or Parquet."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from dashboard import api_document, theme
from dashboard.answers import Catalogue, catalogue
from dashboard.export import FORMS, MEDIA_TYPES, Column, written
from dashboard.filters import quoted
from dashboard.refusal import Refused
from dashboard.requested import (
    Requested,
    held_already,
    requested,
    tag_of,
)
from dashboard.rows import Value
from dashboard.site import current_site
from dashboard.templates import rendered
from db.faults import log_fault
from db.schema import table

log = logging.getLogger(__name__)
blueprint = Blueprint("api", __name__)
#: How long an answer may be used without asking again, in seconds: a refresh takes about as long.
FRESH = 60
#: The API's own page has a style of its own and no script at all.
DOCUMENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> Response:
    """Why a request is not answered, as JSON: `{"errors": [sentence, …]}`."""
    told = json.dumps({"errors": list(error.sentences)})
    return Response(told, status=error.status, mimetype="application/json")


@blueprint.errorhandler(SQLAlchemyError)
def away(error: SQLAlchemyError) -> Response:
    """The database is away: the client learns that, the log learns why."""
    log_fault(log, request.path, error)
    return refused(Refused(503, "The database does not answer."))


@blueprint.get("/theme.css")
def stylesheet() -> Response:
    """The colours of both themes."""
    answer = Response(theme.stylesheet(), mimetype="text/css")
    answer.cache_control.max_age = 3600
    answer.cache_control.public = True
    return answer


@blueprint.get("/favicon.ico")
def icon() -> Response:
    """Where browsers look for an icon of what is no page, such as a badge: the pages' own one."""
    return Response(status=301, headers={"Location": "/_favicon.ico"})


@blueprint.get("/api")
def page() -> Response:
    """The document as a page to read."""
    site = current_site()
    answer = Response(
        rendered("api.html.j2", document=api_document.document(site.title), project=site.title),
        mimetype="text/html",
    )
    answer.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    return answer


@blueprint.get("/api/openapi.json")
def openapi() -> Response:
    """The document itself, OpenAPI 3.1."""
    text = json.dumps(api_document.document(current_site().title), ensure_ascii=False)
    return kept(Response(text, mimetype="application/json"), tag_of(text))


@blueprint.get("/api/metrics")
def metrics() -> Response:
    """Every metric with its meaning, formula and source, and when it was last computed."""
    with current_site().engine.connect() as connection:
        known = catalogue(connection)
        rows = _catalogue(connection, known)
    tag = tag_of(*(tuple(row.values()) for row in rows))
    if held_already(request, tag):
        return unchanged(tag)
    return kept(_of(api_document.CATALOGUE, rows, "json"), tag)


@blueprint.get("/api/scopes")
def scopes() -> Response:
    """Every scope that numbers can be asked for."""
    with current_site().engine.connect() as connection:
        known = catalogue(connection)
    rows = [{"scope": scope.name, "title": scope.title, "kind": scope.kind} for scope in known.scopes]
    tag = tag_of(*(tuple(row.values()) for row in rows))
    if held_already(request, tag):
        return unchanged(tag)
    return kept(_of(api_document.SCOPES, rows, "json"), tag)


@blueprint.get("/api/metrics/<metric>.<form>")
def metric_values(metric: str, form: str) -> Response:
    """A metric's values: `?scope=&grain=&segment=&from=&to=`, in one of `FORMS`.

    A metric that is told apart gives its parts, so that they can be added up; its total is the
    segment `all`. 400 with a sentence for each value that cannot be, 404 for a metric or form
    that does not exist, 503 when the database is away.
    """
    check_form(form)
    with current_site().engine.connect() as connection:
        asked = requested(connection, request, metric, more=(form,))
    if isinstance(asked, str):
        return unchanged(asked)
    filters = asked.filters
    rows = [_record(asked, row) for row in asked.answer.within(filters.start, filters.end).parts]
    return kept(_of(api_document.VALUES, rows, form, metric), asked.tag)


def check_form(form: str) -> None:
    """Raises `Refused` 404 when there is no such form."""
    if form not in FORMS:
        raise Refused(404, f"There is no form {quoted(form)}: ask for {', '.join(FORMS)}.")


def kept(answer: Response, tag: str) -> Response:
    """The answer, to be kept for a minute and then asked for again by its tag."""
    answer.set_etag(tag)
    answer.cache_control.public = True
    answer.cache_control.max_age = FRESH
    return answer


def unchanged(tag: str) -> Response:
    """What is answered to a client that holds it already: nothing but the tag."""
    return kept(Response(status=304), tag)


def _of(columns: Sequence[Column], rows: Sequence[dict[str, Any]], form: str, name: str = "") -> Response:
    return _answer(written(columns, rows, form), form, name)


def _answer(body: bytes, form: str, name: str) -> Response:
    answer = Response(body, mimetype=MEDIA_TYPES[form])
    if form != "json":
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def _record(asked: Requested, row: Value) -> dict[str, Any]:
    return {
        "metric": asked.metric.metric,
        "scope": asked.filters.scope,
        "grain": asked.filters.grain,
        "period": row.period,
        "segment": row.segment,
        "value": float(row.value),
        "unit": asked.metric.unit,
        "sample_size": int(row.sample_size),
        "complete": bool(row.complete),
    }


def _catalogue(connection: Connection, known: Catalogue) -> list[dict[str, Any]]:
    held = table("metric_refreshes")
    made = {
        row.metric: row
        for row in connection.execute(select(held.c.metric, held.c.refreshed_at, held.c.facts_until))
    }
    texts = [column.name for column in api_document.CATALOGUE if column.name not in api_document.COMPUTED]
    return [
        {
            **{name: getattr(metric, name) for name in texts},
            "facts_until": made[metric.metric].facts_until if metric.metric in made else None,
            "refreshed_at": made[metric.metric].refreshed_at if metric.metric in made else None,
            "values": f"/api/metrics/{metric.metric}.json",
        }
        for metric in known.metrics.values()
    ]
