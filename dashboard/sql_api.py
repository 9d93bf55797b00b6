"""Ad hoc SQL over HTTP: one SELECT in the address or a form, its rows streamed as JSON, CSV or Parquet."""

from __future__ import annotations

import json
import logging
import math
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network
from typing import Any, Final

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.export import FORMS, MEDIA_TYPES
from dashboard.filters import quoted
from dashboard.readers_first import KEY, Pace
from dashboard.refusal import Refused
from dashboard.signing_in.session import current_person
from dashboard.site import current_site
from dashboard.sql_rows import pieces
from db.adhoc.asked import asked
from db.adhoc.limits import Limits, QueryRefused
from db.adhoc.query import Answer, stream
from db.adhoc.stored import read_stored
from db.adhoc.turns import TooMany
from db.errors import DatabaseError
from db.faults import log_fault

log = logging.getLogger(__name__)
blueprint = Blueprint("sql_api", __name__)
#: Rows that come without being asked for, and the most that may be asked for.
USUAL_ROWS: Final = 10_000
MOST_ROWS: Final = 1_000_000
MOST_SECONDS: Final = 5.0
MOST_BYTES: Final = 200_000_000
#: A form may hold a whole statement with its values.
LONGEST_FORM: Final = 200_000
#: What is held back, so that a fault in the first rows is told by the status, and a small answer's size too.
HELD: Final = 1 << 18
#: When to come back, in seconds, after being told that others are asking.
COME_BACK: Final = 1
#: The header by which whoever is told to come back keeps the place in the line.
TICKET: Final = "X-Flowmeter-Ticket"
#: How long a reader may take nothing, and take in all, before its query gives way to others, in seconds.
PAUSE: Final = 20
PATIENCE: Final = 120
#: How much of an address of IPv6 tells one client from another, in bits.
NETWORK: Final = 64
SHAPES = ("objects", "arrays")
#: How long a download may wait for its turn, in seconds, and how many may wait so at once: each takes a
#: thread that pages are answered by, and a browser that follows a link does not come back by itself.
MOST_WAIT: Final = 20.0
WAITING: Final = threading.BoundedSemaphore(2)
#: What of the address is no parameter of the query.
OPTIONS = ("_rows", "_seconds", "_shape", "_wait")


@dataclass(frozen=True)
class Question:
    """What is asked: a SELECT with its values, within limits, and the shape of its JSON."""

    sql: str
    values: Mapping[str, str | int | float]
    limits: Limits
    shape: str
    wait: float = 0.0


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> Response:
    """Why a request is not answered, as JSON: `{"errors": [sentence, …]}`."""
    return _told(error.status, list(error.sentences))


@blueprint.errorhandler(SQLAlchemyError)
def away(error: SQLAlchemyError) -> Response:
    """The database is away: the client learns that, the log learns why."""
    log_fault(log, request.path, error)
    return _told(503, ["The database does not answer."])


@blueprint.get("/api/sql/stored.json")
def stored_queries() -> Response:
    """The stored queries with their parameters, columns and SQL."""
    told = [
        {
            "name": each.name,
            "goal": each.goal,
            "question": each.question,
            "parameters": [vars(parameter) for parameter in each.parameters],
            "columns": [{"name": name, "about": about} for name, about in each.columns],
            "sql": each.sql,
        }
        for each in read_stored().values()
    ]
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")


@blueprint.route("/api/sql.<form>", methods=["GET", "POST"])
def sql(form: str) -> Response:
    """The rows of `q`, a SELECT or a stored query's name; every other name is the value of a parameter.

    400 with a sentence, and the place of the fault where it is known; 429 while too many ask; 503
    when the database is away.
    """
    if form not in FORMS:
        raise Refused(404, f"There is no form {quoted(form)}: ask for {', '.join(FORMS)}.")
    began = time.monotonic()
    try:
        question = _question()
        with _waiting(question.wait) as patience:
            answer = stream(
                current_site().engine,
                question.sql,
                parameters=question.values,
                limits=question.limits,
                patience=patience,
                ticket=request.headers.get(TICKET, ""),
                who=_who(),
                gone=_gone(began),
                pause=Pace(current_app.config[KEY]),
            )
        body = _Body(answer, pieces(answer, form, question.shape))
    except TooMany as error:
        response = _told(429, [f"{error}."])
        response.headers["Retry-After"] = str(max(COME_BACK, math.ceil(error.rest)))
        if error.ticket:
            response.headers[TICKET] = error.ticket
        return response
    except QueryRefused as error:
        return _told(400, [f"{error}."], error.position)
    except DatabaseError as error:
        return _told(503, [f"{error}."])
    response = Response(body, mimetype=MEDIA_TYPES[form])
    response.call_on_close(body.close)
    if form != "json":
        response.headers["Content-Disposition"] = f'attachment; filename="sql.{form}"'
    response.headers["Cache-Control"] = "no-store"
    limits = question.limits
    response.headers["X-Flowmeter-Limits"] = (
        f"rows={limits.rows}, seconds={limits.seconds:g}, bytes={limits.answer}, memory={limits.memory}"
    )
    if body.whole:
        response.headers["X-Flowmeter-Rows"] = str(answer.rows)
        response.headers["X-Flowmeter-Cut-Short"] = answer.cut_short or "no"
        response.headers["X-Flowmeter-Seconds"] = f"{time.monotonic() - began:.3f}"
    return response


@contextmanager
def _waiting(seconds: float) -> Iterator[float]:
    """So many seconds to wait for a turn; none where as many as may wait do so already."""
    mine = seconds > 0 and WAITING.acquire(blocking=False)
    try:
        yield seconds if mine else 0.0
    finally:
        if mine:
            WAITING.release()


class _Body:
    """The pieces of an answer, the first of them taken beforehand; closing it ends the query."""

    def __init__(self, answer: Answer, made: Iterator[bytes]) -> None:
        self._answer = answer
        self._made = made
        self._first: list[bytes] = []
        #: Whether everything has been taken, so that the headers can tell how much it is.
        self.whole = True
        held = 0
        try:
            for piece in made:
                self._first.append(piece)
                held += len(piece)
                if held > HELD:
                    self.whole = False
                    break
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        yield from self._first
        yield from self._made

    def close(self) -> None:
        self._answer.close()


def _question() -> Question:
    """What the request asks, checked; raises `Refused` or `DatabaseError` with what is wrong."""
    request.max_content_length = LONGEST_FORM
    given = request.args.to_dict(False)
    try:
        form = request.form.to_dict(False)
    except RequestEntityTooLarge as error:
        raise Refused(413, f"The form is longer than {LONGEST_FORM:,} bytes.") from error
    for name, values in form.items():
        given.setdefault(name, []).extend(values)
    if several := [name for name, values in given.items() if len(values) > 1]:
        raise Refused(400, f"{quoted(several[0])} stands there several times.")
    single = {name: values[0] for name, values in given.items()}
    text = single.pop("q", "")
    if not text.strip():
        raise Refused(400, "There is no query: write it as q=SELECT …, or name a stored one.")
    options = {name: single.pop(name) for name in OPTIONS if name in single}
    limits = Limits(
        seconds=_number(options, "_seconds", 0.1, MOST_SECONDS, MOST_SECONDS),
        rows=int(_number(options, "_rows", 1, MOST_ROWS, USUAL_ROWS)),
        answer=MOST_BYTES,
    )
    shape = options.get("_shape", SHAPES[0])
    if shape not in SHAPES:
        raise Refused(400, f"_shape {quoted(shape)} is none of {', '.join(SHAPES)}.")
    return Question(*asked(text, single), limits, shape, _number(options, "_wait", 0, MOST_WAIT, 0))


def _who() -> str:
    """Whose turn in the line it is: whoever signed in, or else the address that the request comes from.

    Of IPv6 the network is meant, of whose addresses everybody has more than could be counted.
    """
    person = current_person()
    if person:
        return f"{person.name} {person.email}"
    address = request.remote_addr or ""
    if ":" not in address:
        return address
    whole = IPv6Address(address)
    return str(whole.ipv4_mapped or ip_network((int(whole), NETWORK), strict=False))


def _number(options: Mapping[str, str], name: str, least: float, most: float, usual: float) -> float:
    written = options.get(name)
    if written is None:
        return usual
    try:
        number = float(written)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise Refused(400, f"{name} {quoted(written)} is no number from {least:g} to {most:,.0f}.")
    return number


def _gone(began: float) -> Callable[[], bool]:
    """Whether nobody waits any more: the client's connection has ended, or it has taken too long."""
    connection: Any = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    if not isinstance(connection, socket.socket):
        return lambda: time.monotonic() - began > PATIENCE
    # A reader who takes nothing must not hold a place for ever.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", PAUSE, 0))

    def gone() -> bool:
        if time.monotonic() - began > PATIENCE:
            return True
        try:
            readable, _, _ = select.select([connection], [], [], 0)
            return bool(readable) and connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except (OSError, ValueError):
            return True

    return gone


def _told(status: int, sentences: list[str], position: int | None = None) -> Response:
    told: dict[str, Any] = {"errors": sentences}
    if position is not None:
        told["position"] = position
    response = Response(json.dumps(told, ensure_ascii=False), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
