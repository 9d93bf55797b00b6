"""Puts an answer on the wire: as it should be, or cut, slow or not at all when that is asked for."""

import http.client
import io
import os
import socket
import struct
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import BinaryIO

from collector.simulator.http import Response

PIECE = 1 << 20
_AT_ONCE = struct.pack("ii", 1, 0)


def _head(response: Response, now: float) -> bytes:
    reason = http.client.responses.get(response.status, "")
    lines = [
        f"HTTP/1.1 {response.status} {reason}",
        "Server: github.com",
        # The one thing that GitHub does not say: collectors label all that comes from here.
        "X-Served-By: flowmeter-simulator",
        f"Date: {formatdate(now + response.delivery.skew, usegmt=True)}",
    ]
    if response.status != HTTPStatus.NOT_MODIFIED:
        response.headers.setdefault("Content-Length", str(len(response.body)))
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"


def deliver(
    response: Response,
    connection: socket.socket,
    wire: io.BufferedIOBase,
    now: float,
    pause: Callable[[float], object],
    *,
    whole: bool,
) -> bool:
    """Sends an answer, its body too when `whole`; False when the connection cannot be used any more.

    `now` is the second the Date header tells, `pause` waits so many seconds or until the server closes.
    """
    how = response.delivery
    source = response.file if response.file is not None else io.BytesIO(response.body)
    with source:
        if not how.silent:
            head = _head(response, now)
            wire.write(head)
            if whole:
                _send_body(response, source, wire, pause)
            wire.flush()
    if how.reset:
        # Closing at once, with nothing left to linger for, is what TCP calls a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        os.close(connection.detach())
    return not (how.silent or how.reset or how.keep < 1)


def _send_body(
    response: Response, source: BinaryIO, wire: io.BufferedIOBase, pause: Callable[[float], object]
) -> None:
    how = response.delivery
    size = int(response.headers.get("Content-Length", "0"))
    left = int(size * how.keep)
    piece = PIECE if not how.trickle else max(1, left // max(1, min(50, int(how.trickle * 10))))
    turns = max(1, -(-left // piece))
    while left > 0:
        chunk = source.read(min(piece, left))
        if not chunk:
            break
        if how.trickle:
            wire.flush()
            pause(how.trickle / turns)
        wire.write(chunk)
        left -= len(chunk)
