"""A real mail server and a real receiver of hooks on loopback, and an issue with recipients."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session

from dashboard.delivery.post import Post


@pytest.fixture(scope="session")
def made_weeks() -> ModuleType:
    """The module that writes weeks with known stories."""
    place = Path(__file__).parents[1] / "reports" / "made_weeks.py"
    found = importlib.util.spec_from_file_location("made_weeks", place)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["made_weeks"] = module  # where dataclasses look their module up
    found.loader.exec_module(module)
    return module


@dataclass
class Inbox:
    """A mail server: what it took, and what it answers to a recipient or a mail that it does not take."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse_recipient: dict[str, str] = field(default_factory=dict)
    refuse_mail: list[str] = field(default_factory=list)
    at_mail: Callable[[], None] = lambda: None

    async def handle_RCPT(  # the name is aiosmtpd's
        self, _server: Server, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.refuse_recipient:
            return self.refuse_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Server, _session: Session, envelope: Envelope) -> str:
        """Take or refuse a mail."""
        self.at_mail()
        if self.refuse_mail:
            return self.refuse_mail.pop(0)
        message = message_from_bytes(envelope.content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 taken"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A mail server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        held = Inbox(free.getsockname()[1])
    controller = Controller(held, hostname="127.0.0.1", port=held.port)
    controller.start()
    yield held
    controller.stop()


@dataclass
class Hooks:
    """A receiver of hooks: what was called, and what it answers next."""

    address: str = ""
    calls: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    """An HTTP receiver on a free port."""
    held = Hooks()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = held.answers.pop(0) if held.answers else (200, {})
            if 200 <= status < 300:
                held.calls.append((dict(self.headers), json.loads(body)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    held.address = f"http://127.0.0.1:{server.server_address[1]}/hook/s3cret"
    yield held
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def post_of(made_weeks: ModuleType) -> Callable[..., Post]:
    """A post with a server on that port and these reports."""

    def made(port: int, *reports: Any, site: str = "https://flowmeter.example.org", **more: Any) -> Post:
        return Post("TensorFlow", site, made_weeks.Mail(port), reports, **more)

    return made
