"""The views that are asked for over HTTP, as a browser was seen to ask for them."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from visits.figures import Figure, percentile
from visits.readers import CALLBACK, HEADERS, Visitor

PATHS = [
    "/", "/innovation", "/talent", "/research", "/cloud", "/ambition", "/performance", "/data",
    "/metrics/commits", "/metrics/contributors", "/rows/commits", "/rows/open_issues", "/rows/contributors",
]  # fmt: skip
QUERIES = [
    "", "?grain=week", "?grain=quarter", "?grain=year", "?from=2020-01-01", "?from=2019-03-01&to=2022-12-31",
    "?scope=tensorflow/tensorflow", "?scope=tensorflow/tensorflow&grain=week", "?compare=previous",
    "?compare=year&grain=quarter", "?compare=index", "?compare=tensorflow/tensorflow",
    "?scope=role:core&from=2021-01-01",
]  # fmt: skip


def asked(requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a browser asks the server for when it opens a page again: no scripts, styles or pictures."""
    kept = []
    for request in requests:
        address = urlsplit(request["url"])
        if address.scheme == "http" and not address.path.startswith(
            ("/assets", "/_dash-component-suites", "/_favicon")
        ):
            body = json.loads(request["body"]) if request["body"] else None
            where = address.path + (f"?{address.query}" if address.query else "")
            kept.append({"method": request["method"], "path": where, "body": body})
    return kept


def callbacks(requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bodies of what Dash asked, in order, up to the page's content."""
    bodies = []
    for request in requests:
        if urlsplit(request["url"]).path == CALLBACK and request["body"]:
            body = json.loads(request["body"])
            bodies.append(body)
            if "_pages_content" in body["output"]:
                break
    return bodies


def timed(port: int, changing: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Milliseconds for each path and query, by their name."""
    visitor = Visitor({"port": port, "changing": list(changing)}, 0)
    # The first question of all builds what a server builds once: one that is not counted.
    visitor.query = "?from=2018-01-01"
    visitor.timed("page")
    found: dict[str, float] = {}
    for query in QUERIES:
        for visitor.path in PATHS:
            visitor.query = query
            milliseconds, fault = visitor.timed("page")
            if fault:
                raise SystemExit(f"{visitor.path}{query}: {fault}")
            found[visitor.path + query] = milliseconds
    return found


def told(
    what: str, taken: Sequence[float], middle: float, slow: float, beside: Sequence[float]
) -> list[Figure]:
    """Median and 95th percentile beside the peer's."""
    return [
        Figure(f"{what}: median", percentile(taken, 0.5), "ms", middle, percentile(beside, 0.5) or None),
        Figure(f"{what}: p95", percentile(taken, 0.95), "ms", slow, percentile(beside, 0.95) or None),
    ]


def fetched(port: int, path: str) -> float:
    """Milliseconds that a server takes for one address."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.perf_counter()
    connection.request("GET", path, headers=HEADERS)
    answer = connection.getresponse()
    answer.read()
    taken = (time.perf_counter() - began) * 1000
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return taken
