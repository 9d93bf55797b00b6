"""`/api/search`: what the field of every page asks while somebody writes into it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import dash
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from dashboard import api
from dashboard.filters import quoted
from dashboard.language import LANGUAGES, _
from dashboard.language.of_request import PARAMETER
from dashboard.refusal import Refused
from dashboard.requested import held_already, tag_of
from dashboard.search.finding import Places, find
from dashboard.search.found import COLUMNS, KINDS, MOST, USUAL
from dashboard.search.words import sought
from dashboard.site import current_site

blueprint = Blueprint("search", __name__)
blueprint.register_error_handler(Refused, api.refused)
blueprint.register_error_handler(SQLAlchemyError, api.away)


@blueprint.get("/api/search")
def search() -> Response:
    """What is found for `?q=`: `&kind=` (may stand several times), `&limit=` of each kind, `&lang=`.

    400 with a sentence for each value that cannot be, 503 when the database is away.
    """
    words = sought(request.args.get("q", ""))
    kinds, limit = _kinds(), _limit()
    language = request.args.get(PARAMETER)
    if language and language not in LANGUAGES:
        told = _("There is no language {language}: it may be {known}.")
        raise Refused(400, told.format(language=quoted(language), known=", ".join(LANGUAGES)))
    places = Places([page.get("path_template") or page["path"] for page in dash.page_registry.values()])
    with current_site().engine.connect() as connection:
        found = find(connection, words, places, kinds, limit)
    rows = [{**asdict(each), "group": _(KINDS[each.kind])} for each in found]
    body = json.dumps(
        [{column.name: row[column.name] for column in COLUMNS} for row in rows], ensure_ascii=False
    )
    tag = tag_of(body)
    if held_already(request, tag):
        return api.unchanged(tag)
    return api.kept(Response(body, mimetype="application/json"), tag)


def _kinds() -> list[str]:
    asked = list(dict.fromkeys(request.args.getlist("kind"))) or list(KINDS)
    for kind in asked:
        if kind not in KINDS:
            told = _("{name} {value} is not known: it may be {known}.")
            raise Refused(400, told.format(name="kind", value=quoted(kind), known=", ".join(KINDS)))
    return asked


def _limit() -> int:
    given = request.args.get("limit") or str(USUAL)
    number = int(given) if re.fullmatch(r"[0-9]{1,4}", given) else 0
    if not 1 <= number <= MOST:
        told = _("limit {value} is no number from 1 to {most}.")
        raise Refused(400, told.format(value=quoted(given), most=MOST))
    return number
