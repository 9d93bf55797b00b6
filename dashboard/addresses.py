"""Which addresses lead somewhere, and which of Dash's questions can be answered: the status says so too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from flask import Flask, Response, request

#: Where Dash's own script asks for the outcome of a callback.
CALLBACKS = "/_dash-update-component"


def guard(server: Flask, pages: Iterable[str]) -> None:
    """Answer 404 for addresses of no page, and 400 for questions that Dash's script would never ask.

    `pages` are the paths of the pages, with `<variable>` for what stands there. The page that says
    that there is none is shown as before; programs read the status.
    """
    known = re.compile("|".join(re.sub(r"<\w+>", "[^/]+", path.rstrip("/")) + "/?" for path in pages))

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
        # Dash answers every address that nothing else does with the same document.
        if of_a_page and (request.view_args or {}).get("path") and not known.fullmatch(request.path):
            answer.status_code = 404
        return answer
