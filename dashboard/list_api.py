"""Whole lists for programs: the rows behind a number, and people, organisations, repositories … as files."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from dashboard import api, api_document
from dashboard.answers import catalogue
from dashboard.drill_down import rows_source, usual_period
from dashboard.export import MEDIA_TYPES, Column, write
from dashboard.filters import quoted, read_filters
from dashboard.lists.known import LISTS
from dashboard.lists.lists import Asked
from dashboard.place import read_place
from dashboard.refusal import Refused
from dashboard.requested import held_already, query_of, requested, without_replacement
from dashboard.site import current_site
from db.listing import MOST, every_row
from db.metrics.kinds_of_rows import KINDS

blueprint = Blueprint("lists", __name__)
blueprint.register_error_handler(Refused, api.refused)
blueprint.register_error_handler(SQLAlchemyError, api.away)
#: Files up to so many bytes stay in memory until they are sent; larger ones lie in a temporary file.
IN_MEMORY = 4_000_000
_BLOCK = 1 << 16


@blueprint.get("/api/metrics/<metric>/rows.<form>")
def metric_rows(metric: str, form: str) -> Response:
    """The rows behind a metric's number: `?scope=&grain=&period=&segment=&sort=&COLUMN.has=…`, in `FORMS`.

    400, 404 and 503 as for its values; 404 also for a metric that has no rows.
    """
    api.check_form(form)
    with current_site().engine.connect() as connection:
        asked = requested(connection, request, metric, fresh=True)
        if isinstance(asked, str) or not asked.metric.rows:
            raise Refused(404, f"There are no rows behind {quoted(metric)}: it is no count of things.")
        kind = KINDS[asked.metric.rows]
        place, problems = read_place(query_of(request), kind, asked.filters.grain)
        if problems:
            raise Refused(400, *map(without_replacement, problems))
        period = place.period or usual_period(asked.answer, asked.filters.end)
        scope = next(scope for scope in asked.known.scopes if scope.name == asked.filters.scope)
        rows: Iterable[Mapping[str, Any]] = ()
        if period is not None:
            source = rows_source(connection, asked.answer, scope.scope_id, period)
            rows = every_row(connection, kind, source, replace(place, page=1).part(limit=MOST))
        return _file(api_document.ROWS[asked.metric.rows], rows, form, f"{metric}-rows")


@blueprint.get("/api/lists/<name>.<form>")
def list_rows(name: str, form: str) -> Response:
    """The rows of a list: `?scope=&from=&to=&sort=&COLUMN.has=…`, in one of `FORMS`.

    400, 404 and 503 as for a metric's values.
    """
    api.check_form(form)
    if name not in LISTS:
        raise Refused(404, f"There is no list {quoted(name)}: ask for {', '.join(LISTS)}.")
    site, of, query = current_site(), LISTS[name], query_of(request)
    with site.engine.connect() as connection:
        known = catalogue(connection)
        filters, problems = read_filters(query, [scope.name for scope in known.scopes])
        place, wrong = read_place(query, of.kind, filters.grain, of.choices(connection))
        if problems or wrong:
            raise Refused(400, *map(without_replacement, [*problems, *wrong]))
        scope_id = next((scope.scope_id for scope in known.scopes if scope.name == filters.scope), 0)
        source = of.source(connection, Asked.of(filters, scope_id, site.now().date()))
        rows = every_row(connection, of.kind, source, replace(place, page=1).part(limit=MOST))
        return _file(api_document.columns_of(of.kind), rows, form, name)


def _file(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], form: str, name: str) -> Response:
    """The rows as a file, written before it is sent: no slow reader holds the database's connection.

    Facts change between refreshes: what is sent is its own tag.
    """
    sent = _sent(columns, rows, form)
    tag = next(sent).decode()
    if held_already(request, tag):
        sent.close()
        return api.unchanged(tag)
    answer = Response(sent, mimetype=MEDIA_TYPES[form])
    if form != "json":
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return api.kept(answer, tag)


def _sent(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], form: str
) -> Generator[bytes, None, None]:
    """The file's tag, and then its content in blocks."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        write(columns, rows, form, file)
        digest = hashlib.sha256(form.encode())
        file.seek(0)
        while block := file.read(_BLOCK):
            digest.update(block)
        yield digest.hexdigest()[:24].encode()
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block
