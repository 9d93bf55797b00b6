"""Answers to the same question are made once: pages are kept, compressed, until the numbers change."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import brotli
from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from dashboard import language
from dashboard.addresses import CALLBACKS
from dashboard.live import state_of
from dashboard.signing_in.session import current_person
from dashboard.site import current_site

#: Paths of pages that show answers alone; what reads facts or sources is made anew each time.
KEPT = frozenset({"/", "/innovation", "/talent", "/research", "/cloud", "/ambition"})
KEPT_UNDER = ("/metrics/",)
#: The callback by which Dash asks for a page's content.
OUTPUT = "_pages_content.children"
#: Seconds after which a page is made anew in any case: it tells ages, and what needs attention.
LONGEST = 60.0
#: Bytes of kept pages; the ones that were not asked for the longest go first.
ROOM = 32_000_000
#: A question longer than this is none that a page wrote.
LONGEST_QUESTION = 2_000
#: What an answer never hangs on. All other headers, cookies among them, are part of the question, so that
#: no answer is given to somebody who signed in otherwise, speaks another language or comes by another name.
OF_NO_ACCOUNT = frozenset(
    {
        "accept", "accept-encoding", "cache-control", "connection", "content-length", "content-type", "dnt",
        "origin", "pragma", "priority", "referer", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform",
        "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "upgrade-insecure-requests",
        "user-agent", "via", "x-csrftoken", "x-forwarded-for", "x-forwarded-port", "x-real-ip",
        "x-request-id",
    }
)  # fmt: skip
#: Effort of the compression, of 11: as `create_app` sets it for all other answers.
QUALITY = 5


@dataclass(frozen=True)
class Kept:
    """A page's content as it is sent, and when it was made."""

    body: bytes
    encoding: str
    mimetype: str
    made_at: float


@dataclass
class Shelf:
    """Pages by their question; safe for the threads of one process, of which each has its own."""

    room: int = ROOM
    clock: Callable[[], float] = time.monotonic
    _pages: OrderedDict[tuple[object, ...], Kept] = field(default_factory=OrderedDict)
    _making: dict[tuple[object, ...], threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: int = 0

    @property
    def held(self) -> int:
        """Bytes of all pages that are kept."""
        return self._held

    def page(self, key: tuple[object, ...], make: Callable[[], Kept | None]) -> Kept | None:
        """The page of a question: the kept one, else the one that is made; None is not kept.

        Who asks the same while it is being made waits for it.
        """
        found = self._find(key)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        try:
            with making:
                found = self._find(key)
                if found is None:
                    found = make()
                    if found is not None:
                        self._keep(key, found)
                return found
        finally:
            with self._lock:
                self._making.pop(key, None)

    def _find(self, key: tuple[object, ...]) -> Kept | None:
        with self._lock:
            found = self._pages.get(key)
            if found is None or self.clock() - found.made_at > LONGEST:
                return None
            self._pages.move_to_end(key)
            return found

    def _keep(self, key: tuple[object, ...], page: Kept) -> None:
        with self._lock:
            before = self._pages.pop(key, None)
            self._held += len(page.body) - (len(before.body) if before else 0)
            self._pages[key] = page
            while self._held > self.room:
                _, gone = self._pages.popitem(last=False)
                self._held -= len(gone.body)


def keep(server: Flask, shelf: Shelf | None = None) -> None:
    """Keep the contents of pages that `server` answers Dash's script with.

    It stands behind everything that is asked before a request (who signed in, what is refused), which
    is asked each time. The state of the numbers is read each time as well, so that several processes
    over one database agree.
    """
    shelf = shelf or Shelf()
    endpoint = next(rule.endpoint for rule in server.url_map.iter_rules() if rule.rule == CALLBACKS)
    answer: Callable[..., Any] = server.view_functions[endpoint]

    def kept(*given: Any, **named: Any) -> Any:
        question = _question()
        if question is None:
            return answer(*given, **named)
        odd: list[Any] = []

        def make() -> Kept | None:
            made = server.make_response(answer(*given, **named))
            if made.status_code != 200 or made.headers.getlist("Set-Cookie"):
                odd.append(made)
                return None
            body = made.get_data()
            brotlied = question[3] == "br"
            return Kept(
                brotli.compress(body, quality=QUALITY) if brotlied else body,
                "br" if brotlied else "",
                str(made.mimetype),
                shelf.clock(),
            )

        page = shelf.page(question, make)
        if page is None:
            return odd[0] if odd else answer(*given, **named)
        sent = Response(page.body, mimetype=page.mimetype)
        sent.vary.add("Accept-Encoding")
        if page.encoding:
            sent.headers["Content-Encoding"] = page.encoding
        return sent

    server.view_functions[endpoint] = kept


def _question() -> tuple[object, ...] | None:
    """What is asked, by whom and of which state of the numbers; None when the answer is not to be kept."""
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or OUTPUT not in str(asked.get("output")) or asked.get("state"):
        return None
    given = {
        entry.get("property"): entry.get("value")
        for entry in asked.get("inputs", [])
        if isinstance(entry, dict) and entry.get("id") == "_pages_location"
    }
    path, search = given.get("pathname"), given.get("search") or ""
    if not isinstance(path, str) or not isinstance(search, str) or len(path + search) > LONGEST_QUESTION:
        return None
    if path not in KEPT and not path.startswith(KEPT_UNDER):
        return None
    try:
        with current_site().engine.connect() as connection:
            state = state_of(connection, current_site().now())
    except SQLAlchemyError:
        # The page says so itself.
        return None
    told = [(name.lower(), value) for name, value in request.headers if name.lower() not in OF_NO_ACCOUNT]
    encoding = "br" if request.accept_encodings.quality("br") > 0 else ""
    return (
        path,
        search,
        str(asked.get("output")),
        encoding,
        language.current(),
        current_person(),
        state.pages,
        *sorted(told),
    )
