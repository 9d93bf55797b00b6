"""Which addresses lead somewhere, and which of Dash's questions can be answered: the status says so too."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from flask import Flask, Response, g, request
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dashboard.site import current_site
from db.faults import log_fault

#: Where Dash's own script asks for the outcome of a callback.
CALLBACKS = "/_dash-update-component"
#: What a page notes of its request when it could only say that the database does not answer.
AWAY = "database_away"
#: Whether the dashboard holds what a variable names; None where there is none, or any will do.
Holds = Callable[[Connection, str], bool] | None

log = logging.getLogger(__name__)


def guard(server: Flask, pages: Mapping[str, Holds]) -> None:
    """Answer 404 for addresses of nothing, 503 for pages without their database, and 400 for questions that
    Dash's script would never ask.

    `pages` are the paths of the pages, with `<variable>` for what stands there, and what tells whether
    it is held. The page that says that there is none is shown as before; programs read the status.
    """
    # What has no variable comes first: a page of its own is no thing of a list.
    ordered = sorted(pages.items(), key=lambda page: "<" in page[0])
    known = [
        (re.compile(re.sub(r"<\w+>", "([^/]+)", path.rstrip("/")) + "/?"), holds) for path, holds in ordered
    ]

    @server.before_request
    def refuse_hollow_questions() -> Response | None:
        if request.path != CALLBACKS or request.method != "POST":
            return None
        asked = request.get_json(silent=True)
        if (
            isinstance(asked, dict)
            and isinstance(asked.get("output"), str)
            and all(isinstance(asked.get(key, []), list) for key in ("inputs", "changedPropIds"))
        ):
            return None
        told = {"errors": ["This address answers the dashboard's own script; numbers are at /api/metrics."]}
        return Response(json.dumps(told), status=400, mimetype="application/json")

    @server.after_request
    def say_what_is_not_there(answer: Response) -> Response:
        of_a_page = answer.status_code == 200 and answer.mimetype == "text/html"
        if of_a_page and g.get(AWAY):
            answer.status_code = 503
            return answer
        # Dash answers every address that nothing else does with the same document.
        if of_a_page and (request.view_args or {}).get("path") and not _leads_somewhere(request.path, known):
            answer.status_code = 404
        return answer


def _leads_somewhere(path: str, known: list[tuple[re.Pattern[str], Holds]]) -> bool:
    found = next(((match, holds) for page, holds in known if (match := page.fullmatch(path))), None)
    if found is None:
        return False
    match, holds = found
    if holds is None:
        return True
    try:
        with current_site().engine.connect() as connection:
            return holds(connection, match[1]) or holds(connection, unquote(match[1]))
    except SQLAlchemyError as error:
        # The page itself says that the database is away; what it holds is not known then.
        log_fault(log, path, error)
        return True
