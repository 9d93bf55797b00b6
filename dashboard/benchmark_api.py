"""The cards of the Performance page as CSV or JSON: what their SQL gives for the choices in the URL."""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from dashboard import api
from dashboard.api_document import BENCHMARK_FORMS as FORMS
from dashboard.export import MEDIA_TYPES, Column, written
from dashboard.filters import LEFT_OUT, REPLACED, quoted
from dashboard.language import _
from dashboard.pages import performance
from dashboard.refusal import Refused
from dashboard.requested import held_already, query_of, tag_of
from dashboard.site import current_site

blueprint = Blueprint("benchmarks", __name__)
blueprint.register_error_handler(Refused, api.refused)
blueprint.register_error_handler(SQLAlchemyError, api.away)


@blueprint.get("/api/performance/<card>.<form>")
def answers(card: str, form: str) -> Response:
    """A card's rows: `?suite=&model=&hardware=&division=&budget=&a=&b=`, as `csv` or `json`.

    400 with a sentence for each value that cannot be, 404 for a card or form that
    does not exist, 503 when the database is away.
    """
    if form not in FORMS:
        raise Refused(
            404,
            _("There is no form {form}: ask for {known}.").format(form=quoted(form), known=", ".join(FORMS)),
        )
    if card not in performance.CARDS:
        raise Refused(
            404,
            _("There is no card {card}: there are {known}.").format(
                card=quoted(card), known=", ".join(performance.CARDS)
            ),
        )
    site = current_site()
    with site.engine.connect() as connection:
        reader, problems = performance.read(connection, query_of(request), site.now().date())
        if problems:
            raise Refused(
                400, *(problem.partition(_(REPLACED))[0].removesuffix(_(LEFT_OUT)) for problem in problems)
            )
        found = performance.CARDS[card].ask(reader)
    columns = [Column(name, "text", "") for name in found.columns]
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    body = written(columns, rows, form)
    # Results come at any time: what is sent is its own tag.
    tag = tag_of(body)
    if held_already(request, tag):
        return api.unchanged(tag)
    answer = Response(body, mimetype=MEDIA_TYPES[form])
    if form == "csv":
        answer.headers["Content-Disposition"] = f'attachment; filename="{card}.csv"'
    return api.kept(answer, tag)
