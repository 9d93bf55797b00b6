"""The script, editor and style of the SQL page: large, so no other page loads them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from dashboard.refusal import Refused

FOLDER = Path(__file__).parent / "sql_assets"
TYPES = {"js": "text/javascript", "css": "text/css"}
YEAR = 365 * 24 * 3600
blueprint = Blueprint("sql_files", __name__)


@cache
def _held() -> dict[str, tuple[bytes, str]]:
    """Name of each file → its bytes, and a version that changes with them."""
    found = {}
    for path in FOLDER.iterdir():
        if path.suffix.removeprefix(".") in TYPES:
            content = path.read_bytes()
            found[path.name] = content, hashlib.sha256(content).hexdigest()[:12]
    return found


def addresses() -> dict[str, str]:
    """Where the page gets its files, by what they are."""
    names = {"page": "page.js", "editor": "editor.js", "css": "page.css"}
    return {what: f"/sql/{name}?v={_held()[name][1]}" for what, name in names.items()}


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> Response:
    """There is no such file."""
    return Response(str(error), status=error.status, mimetype="text/plain")


@blueprint.get("/sql/<name>")
def file(name: str) -> Response:
    """One of the files, to be kept for a year under the address that names its version."""
    if name not in _held():
        raise Refused(404, "There is no such file.")
    content, version = _held()[name]
    answer = Response(content, mimetype=TYPES[name.rpartition(".")[2]])
    answer.set_etag(version)
    answer.cache_control.public = True
    answer.cache_control.max_age = YEAR if request.args.get("v") == version else 60
    answer.make_conditional(request)
    return answer
