"""Requests and answers of the simulated GitHub, free of any socket."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import urlencode

Json = dict[str, Any]

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Request:
    """One request; its path is without the GitHub Enterprise prefix, its headers in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    root: str
    """Scheme, host and port the client used, such as http://127.0.0.1:8000."""
    prefix: str = ""
    """What stood before the path: nothing, or /api/v3."""

    @property
    def api(self) -> str:
        """The base of the API's own addresses in answers."""
        return self.root + self.prefix

    @property
    def token(self) -> str | None:
        """The token the client sent, if any: after `token`, `Bearer` or `Basic`."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() or None if scheme.lower() in ("token", "bearer", "basic") else None

    def number(self, name: str, default: int) -> int:
        """A whole number among the query's parameters, `default` when absent or not one."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else default


@dataclass
class Delivery:
    """How an answer goes over the wire."""

    keep: float = 1.0
    """The share of the body that is sent; below 1 the connection ends there."""
    silent: bool = False
    """The connection ends without a word."""
    reset: bool = False
    """The connection ends by a reset instead of being closed."""
    trickle: float = 0.0
    """Seconds over which the body is spread."""
    skew: float = 0.0
    """Seconds by which the server's clock is ahead of the true time, or behind it."""


@dataclass
class Response:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    file: BinaryIO | None = None
    """Holds the body from its present position on, for answers too large for memory; closed once sent."""
    delivery: Delivery = field(default_factory=Delivery)


Handler = Callable[[Request], Response]
Middleware = Callable[[Request, Handler], Response]
"""Stands between the socket and the API: may answer itself, or pass the request on and change the answer.

This is where faults are put: a server is given a list of these.
"""


class ApiError(Exception):
    """An answer that says what was wrong with a request."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.more = more

    def response(self) -> Response:
        """The error as GitHub sends it."""
        payload = {
            "message": self.message,
            **self.more,
            "documentation_url": DOCUMENTATION,
            "status": str(self.status),
        }
        return Response(self.status, encode(payload), self.headers)


def encode(payload: Any) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def moved(request: Request, path: str) -> ApiError:
    """What GitHub says of what is somewhere else now: the same query at another path of the API."""
    target = request.api + path + (f"?{urlencode(request.query)}" if request.query else "")
    return ApiError(301, "Moved Permanently", {"Location": target}, url=target)


def not_found() -> ApiError:
    """What GitHub says of what is not there, or not for you."""
    return ApiError(404, "Not Found")
