"""The first document brings its page along: as plain HTML, which stands before any script has run, and as
the answers that Dash's script would ask for one after the other."""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Flask, g, request

from dashboard.addresses import AWAY, CALLBACKS
from dashboard.language import current, speaking
from dashboard.plain_html import plain

#: What Dash's script asks for when a page is opened, before its content.
LAYOUT, DEPENDENCIES = "/_dash-layout", "/_dash-dependencies"
CONTENT, STORE, LOCATION = "_pages_content", "_pages_store", "_pages_location"


def page_of(server: Flask) -> tuple[str, str, str]:
    """The page at the address of the request at hand: its window's title, its plain HTML, and the answer that
    Dash's script is given for it, in an element that `assets/first.js` reads.

    Three empty texts where the script has to ask itself: because it is to be told that it may not.
    """
    path, search = _address()
    question = _question(path, search)
    answer = _answered(server, question)
    if answer is None:
        return "", "", ""
    title, html = _read(answer)
    about = f'data-path="{escape(path)}" data-search="{escape(search)}"'
    return title, html, held(CALLBACKS, answer.decode(), about)


def held(address: str, answer: str, about: str = "") -> str:
    """An answer to what is asked at an address, as an element of the document."""
    # No text of an answer ends its element.
    safe = answer.replace("<", "\\u003c")
    return f'<script type="application/json" data-answers="{address}" {about}>{safe}</script>'


def _address() -> tuple[str, str]:
    """Path and query string as the browser wrote them: so its script names them too."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if isinstance(raw, str) and raw.startswith("/"):
        path, mark, query = raw.partition("?")
        return path, f"?{query}" if mark and query else ""
    query = request.query_string.decode("latin-1")
    return quote(request.path), f"?{query}" if query else ""


def _question(path: str, search: str) -> bytes:
    """What Dash's script asks for the content of a page."""
    changed = [f"{LOCATION}.pathname", f"{LOCATION}.search"]
    asked = {
        "output": f"..{CONTENT}.children...{STORE}.data..",
        "outputs": [{"id": CONTENT, "property": "children"}, {"id": STORE, "property": "data"}],
        "inputs": [
            {"id": LOCATION, "property": "pathname", "value": path},
            {"id": LOCATION, "property": "search", "value": search},
        ],
        "changedPropIds": changed,
        "parsedChangedPropsIds": changed,
    }
    return json.dumps(asked).encode()


def _answered(server: Flask, question: bytes) -> bytes | None:
    """The answer that the same reader gets for a question now; None where it is none that may be kept.

    It is asked as any other question: whoever guards these looks at this one too.
    """
    environ = {name: value for name, value in request.environ.items() if not name.startswith("werkzeug.")}
    environ |= {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": CALLBACKS,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(question)),
        "HTTP_ACCEPT_ENCODING": "",
        "wsgi.input": BytesIO(question),
    }
    # Dash's script asks with the cookie that this document sets; the question here is asked without it.
    with speaking(current()), server.request_context(environ):
        answer: Any = server.preprocess_request()
        made = server.make_response(server.dispatch_request() if answer is None else answer)
        body: bytes = made.get_data()
        away = g.get(AWAY, False)
    setattr(g, AWAY, away)
    return body if made.status_code == 200 else None


@lru_cache(maxsize=64)
def _read(answer: bytes) -> tuple[str, str]:
    """The title and the plain HTML that an answer holds."""
    response = json.loads(answer)["response"]
    title = (response.get(STORE, {}).get("data") or {}).get("title")
    return str(title or ""), plain(response[CONTENT]["children"])
