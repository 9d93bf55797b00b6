"""Many readers at once over HTTP: each opens the dashboard as a browser would, and clicks on and on.

    python bench/visits/readers.py < ORDER > OUTCOME

The order is JSON: `port`, `readers`, `seconds`, `think` (mean seconds between two clicks of a reader),
`paths` and `queries` to click on, or whole `pages`, and what a browser asked when it did so: `opening`
(method, path and body of what it asked for the first page) and `changing` (bodies of a change of
filters). The outcome has the milliseconds of each click, by kind, and what went wrong. In a process of
its own, so that it waits for nobody's interpreter but its own.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

CALLBACK = "/_dash-update-component"
HEADERS = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept": "*/*"}
#: What readers do, and how often of a hundred clicks.
CLICKS = {"navigate": 35, "filter": 45, "open": 10, "download": 10}


@dataclass
class Outcome:
    """Milliseconds by kind of click, and faults with how often they came."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, milliseconds: float, fault: str) -> None:
        """One click."""
        with self.lock:
            self.taken[kind].append(milliseconds)
            if fault:
                self.faults[fault] += 1


class Visitor:
    """One reader: a connection that is kept, and where it is in the dashboard."""

    def __init__(self, order: dict[str, Any], seed: int) -> None:
        self.order = order
        self.random = random.Random(seed)
        self.path, self.query = "/", ""
        #: The last answer as it was sent, and how it is compressed.
        self.content, self.encoding = b"", ""
        self._connection: http.client.HTTPConnection | None = None

    def click(self) -> tuple[str, float, str]:
        """Do something; its kind, how long it took in milliseconds, and what went wrong."""
        kind = self.random.choices(list(CLICKS), list(CLICKS.values()))[0]
        if "pages" in self.order:
            kind = "open"
        return kind, *self.timed(kind)

    def timed(self, kind: str) -> tuple[float, str]:
        """Do the named thing."""
        began = time.perf_counter()
        fault = getattr(self, f"_{kind}")()
        return (time.perf_counter() - began) * 1000, fault

    def _open(self) -> str:
        """The document and all that its script asks for; scripts and styles are in the browser's cache.

        Where the order names `pages`, documents are all that there is to click on.
        """
        if "pages" in self.order:
            return self._ask("GET", self.random.choice(self.order["pages"]), None)
        faults = [
            self._ask(asked["method"], asked["path"], self._here(asked["body"]))
            for asked in self.order["opening"]
        ]
        return next(filter(None, faults), "")

    def _navigate(self) -> str:
        self.path = self.random.choice(self.order["paths"])
        return self._page()

    def _filter(self) -> str:
        before, self.query = self.query, self.random.choice(self.order["queries"])
        for body in self.order["changing"]:
            fault = self._ask("POST", CALLBACK, self._here(body, before))
            if fault:
                return fault
        return ""

    def _download(self) -> str:
        joined = f"/api/metrics/commits.csv{self.query}"
        return self._ask("GET", joined, None)

    def _page(self) -> str:
        body = next(body for body in self.order["changing"] if "_pages_content" in body["output"])
        return self._ask("POST", CALLBACK, self._here(body))

    def _here(self, body: Any, before: str = "") -> Any:
        """What a browser sent, as it would from here; a control's callback still sees the query before."""
        if body is None:
            return None
        asked = json.loads(json.dumps(body))
        if not isinstance(asked, dict):
            return asked
        of_page = "_pages_content" in asked.get("output", "")
        for each in [*asked.get("inputs", []), *asked.get("state", [])]:
            for one in each if isinstance(each, list) else [each]:
                if one.get("id") == "_pages_location":
                    here = {"pathname": self.path, "search": self.query if of_page else before}
                    one["value"] = here.get(one["property"], one.get("value"))
        return asked

    def _ask(self, method: str, path: str, body: Any) -> str:
        """Ask, and read the answer to its end; what is wrong with it, or an empty text."""
        headers = dict(HEADERS)
        sent = None
        if body is not None:
            sent = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        for attempt in (1, 2):
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.order["port"], timeout=30)
            try:
                self._connection.request(method, path, sent, headers)
                answer = self._connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                self._connection = None
                # A server may shut a connection that it kept, as browsers know; twice is a fault.
                if attempt == 1 and isinstance(
                    error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError
                ):
                    continue
                return f"{method} {path.partition('?')[0]}: {type(error).__name__}"
            self.content, self.encoding = content, answer.getheader("Content-Encoding", "")
            # 204 is how Dash says that nothing changes.
            if answer.status not in (200, 204) or (answer.status == 200 and not content):
                return f"{method} {path.partition('?')[0]}: {answer.status}"
            return ""
        return ""


def _visit(order: dict[str, Any], number: int, outcome: Outcome, until: float) -> None:
    visitor = Visitor(order, number)
    # Fifty readers do not come in the same instant.
    time.sleep(visitor.random.random() * order["think"])
    outcome.add("open", *visitor.timed("open"))
    while time.monotonic() < until:
        time.sleep(min(visitor.random.expovariate(1 / order["think"]), 4 * order["think"]))
        outcome.add(*visitor.click())


def main() -> None:
    """Read the order, let the readers click until time is over, and write the outcome."""
    order = json.load(sys.stdin)
    outcome = Outcome()
    until = time.monotonic() + order["seconds"]
    threads = [
        threading.Thread(target=_visit, args=(order, number, outcome, until))
        for number in range(order["readers"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump({"taken": outcome.taken, "faults": outcome.faults}, sys.stdout)


if __name__ == "__main__":
    main()
