"""Scripts and styles as they are sent: read and compressed once, and kept by browsers for a year."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from flask import Blueprint, Flask, Response, request

blueprint = Blueprint("scripts", __name__)
#: plotly.js with the marks of a plane: scatter, bar and heat map among them; as its npm package
#: plotly.js-cartesian-dist-min has it, in the version that Dash brings in full.
PLOTLY = Path(__file__).parent / "vendor" / "plotly-cartesian-4.1.1.min.js"
PLOTLY_ADDRESS = f"/scripts/{PLOTLY.name}"
#: Under these paths stands what changes with a version of Flowmeter alone.
PLACES = ("/_dash-component-suites/", "/assets/", "/scripts/")
#: Bytes that are kept, compressed; the ones that were not asked for the longest go first.
ROOM = 16_000_000


@blueprint.get(PLOTLY_ADDRESS)
def plotly() -> Response:
    """The script that draws figures."""
    answer = Response(PLOTLY.read_bytes(), mimetype="text/javascript")
    answer.set_etag(PLOTLY.stem)
    answer.make_conditional(request)
    return answer


def keep(server: Flask) -> None:
    """Compress what browsers load once, instead of for each of them.

    To be called before compression is set up: what comes after a request runs in the opposite order.
    """
    shelf: OrderedDict[tuple[str, str], tuple[bytes, list[tuple[str, str]]]] = OrderedDict()
    lock = threading.Lock()

    def key() -> tuple[str, str]:
        return request.full_path, request.headers.get("Accept-Encoding", "")

    @server.before_request
    def kept_answer() -> Response | None:
        if request.method != "GET" or not request.path.startswith(PLACES):
            return None
        with lock:
            found = shelf.get(key())
            if found is None:
                return None
            shelf.move_to_end(key())
        body, headers = found
        answer = Response(body, headers=headers)
        answer.make_conditional(request)
        return answer

    @server.after_request
    def keep_answer(answer: Response) -> Response:
        compressed = answer.status_code == 200 and "Content-Encoding" in answer.headers
        if request.method != "GET" or not compressed or not request.path.startswith(PLACES):
            return answer
        with lock:
            if key() not in shelf:
                headers = [(name, value) for name, value in answer.headers if name != "Set-Cookie"]
                shelf[key()] = answer.get_data(), headers
            while sum(len(body) for body, _ in shelf.values()) > ROOM:
                shelf.popitem(last=False)
        return answer
