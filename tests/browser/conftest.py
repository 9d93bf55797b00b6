"""Chromium, and the dashboard served on loopback over a filled, an empty and an absent database."""

from __future__ import annotations

import importlib.util
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Literal

import pytest
from dash import Dash
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect
from sqlalchemy import Engine
from werkzeug.serving import BaseWSGIServer, make_server

from dashboard.app import create_app
from db.engine import connect
from db.metrics.refresh import refresh
from db.schema import Record

HERE = Path(__file__).parent
# A machine that many share takes its time; what holds comes up all the same.
expect.set_options(timeout=20_000)


def _loaded(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # Dataclasses look their module up by name.
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


screens = _loaded(HERE / "screens.py")


@pytest.fixture(scope="session")
def made_up() -> ModuleType:
    """The module that makes the community up, shared with tests/dashboard."""
    return _loaded(HERE.parent / "dashboard" / "made_up.py")


def _served(engine: Engine, made_up: ModuleType) -> Iterator[str]:
    app = create_app(
        engine,
        milestones=((date(2017, 2, 15), "TensorFlow 1.0"), (date(2019, 9, 30), "TensorFlow 2.0")),
        now=lambda: made_up.NOW,
    )
    yield from _serving(engine, app)


def _serving(engine: Engine, app: Dash) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    engine.dispose()


@pytest.fixture(scope="session")
def serve() -> Callable[[Engine, Dash], Iterator[str]]:
    """Serves an application over a database; gives its address."""
    return _serving


@pytest.fixture(scope="session")
def filled_site(made_up: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the dashboard over a made-up community, simulated, a collection running."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('filled')}/filled.db")
    Record.metadata.create_all(engine)
    made_up.fill(engine, simulated=True, running=True)
    yield from _served(engine, made_up)


@pytest.fixture(scope="session")
def whole_site(made_up: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the dashboard over a community's facts, all numbers computed from them, and benchmarks."""
    community = _loaded(HERE.parent / "db" / "metrics" / "community.py")
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('whole')}/whole.db")
    Record.metadata.create_all(engine)
    community.made_up(seed=20170213).write(engine)
    refresh(engine, now=community.NOW)
    made_up.fill_beside(engine, running=True)
    yield from _served(engine, made_up)


@pytest.fixture(scope="session")
def screens_of() -> Callable[[str], dict[str, str]]:
    """Name and path of every page of the dashboard at an address, found once for each."""
    return lru_cache(screens.screens)


@pytest.fixture(scope="session")
def empty_site(made_up: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the dashboard over tables without a row."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('empty')}/empty.db")
    Record.metadata.create_all(engine)
    yield from _served(engine, made_up)


@pytest.fixture(scope="session")
def away_site(made_up: ModuleType) -> Iterator[str]:
    """Address of the dashboard whose database server is not there."""
    yield from _served(connect("postgresql+psycopg://nobody@127.0.0.1:1/nothing"), made_up)


@dataclass
class Watched:
    """A page, and everything that went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Go to an address and wait until page and charts stand."""
        self.page.goto(address)
        return self.settle()

    def settle(self) -> Page:
        """Wait until nothing is loading any more."""
        self.page.wait_for_function(screens.SETTLED)
        return self.page

    def answered_with(self, status: int) -> None:
        """Chromium reports a page's own status as an error of the console: here it is what is promised."""
        told = [fault for fault in self.faults if str(status) in fault]
        assert told
        self.faults[:] = [fault for fault in self.faults if fault not in told]


def _watch(context: BrowserContext) -> Watched:
    page = context.new_page()
    watched = Watched(page)

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            watched.faults.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            watched.faults.append(f"request outside: {request.url}")

    page.on("console", said)
    page.on("request", asked)
    page.on("pageerror", lambda error: watched.faults.append(f"page error: {error}"))
    return watched


def _context(chromium: Browser, width: int, height: int, theme: Literal["light", "dark"]) -> BrowserContext:
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    context.set_default_timeout(60_000)
    return context


@pytest.fixture(scope="session")
def wide_context(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser profile for all tests at 1440 pixels, light: scripts are fetched once."""
    context = _context(chromium, 1440, 950, "light")
    yield context
    context.close()


@pytest.fixture(scope="session")
def narrow_context(chromium: Browser) -> Iterator[BrowserContext]:
    """One for all tests at the width of a telephone, dark by the system's wish."""
    context = _context(chromium, 390, 844, "dark")
    yield context
    context.close()


def _without_faults(context: BrowserContext) -> Iterator[Watched]:
    found = _watch(context)
    yield found
    found.page.close()
    assert found.faults == []


@pytest.fixture(scope="session")
def watch() -> Callable[[BrowserContext], Watched]:
    """Opens a page in a context and writes down what goes wrong in it."""
    return _watch


@pytest.fixture
def watched(wide_context: BrowserContext) -> Iterator[Watched]:
    """A page at 1440 pixels; the test fails on console errors and requests to elsewhere."""
    yield from _without_faults(wide_context)


@pytest.fixture
def narrow(narrow_context: BrowserContext) -> Iterator[Watched]:
    """The same at 390 pixels."""
    yield from _without_faults(narrow_context)


@pytest.fixture
def fresh(chromium: Browser) -> Iterator[Watched]:
    """The same as `watched` with a profile of its own, which remembers nothing."""
    context = _context(chromium, 1440, 950, "light")
    yield from _without_faults(context)
    context.close()
