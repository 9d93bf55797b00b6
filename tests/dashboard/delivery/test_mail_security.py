"""Mail by TLS, STARTTLS and login to a real server: taken when all is right, else no password is told."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dashboard.delivery.letter import issue_letter
from dashboard.delivery.mail import mail_of, send
from dashboard.delivery.queue import Outcome

USER, PASSWORD, ADDRESS = "flowmeter", "correct horse", "lead@example.org"
NOW = datetime(2026, 6, 22, 7, tzinfo=UTC)


def certificate(folder: Path, names: list[x509.GeneralName]) -> tuple[Path, Path]:
    """A certificate for those names, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    of, secret = folder / "certificate.pem", folder / "key.pem"
    of.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return of, secret


@dataclass
class Server:
    """What a mail server heard: passwords that were told to it, and mails that it took."""

    port: int = 0
    told: list[bytes] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    mails: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        """Take it."""
        by_tls = server.transport.get_extra_info("ssl_object")
        self.encrypted.append(session.ssl is not None or by_tls is not None)
        self.mails.append(envelope)
        return "250 taken"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _how: str, given: Any) -> AuthResult:
        """The right user with the right password alone."""
        assert isinstance(given, LoginPassword)
        self.told.append(given.password)
        right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server presents whose certificate the machine trusts."""
    of, key = certificate(tmp_path, [x509.IPAddress(ip_address("127.0.0.1"))])
    monkeypatch.setenv("SSL_CERT_FILE", str(of))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(of, key)
    return context


class Unsafe(Controller):
    """A server that would take a password without TLS: what is tested is that none is told to it."""

    def factory(self) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return super().factory()


@contextmanager
def serving(security: str, context: ssl.SSLContext | None) -> Iterator[Server]:
    """A server on a free port that takes mail of whoever has logged in, by such a security."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        held = Server(free.getsockname()[1])
    by_tls = security == "tls"
    controller = Unsafe(
        held,
        hostname="127.0.0.1",
        port=held.port,
        ssl_context=context if by_tls else None,
        tls_context=None if by_tls else context,
        require_starttls=not by_tls and context is not None,
        auth_required=True,
        auth_require_tls=False,
        authenticator=held.authenticate,
        ready_timeout=20,
    )
    controller.start()
    try:
        yield held
    finally:
        controller.stop()


@pytest.fixture
def sending(made_weeks: ModuleType) -> Callable[..., Outcome]:
    """Sends an issue to the server at a port."""
    row = SimpleNamespace(report_id=1, report="weekly", scope="project", period=NOW.date())
    row.period_end, row.headline, row.simulated, row.content = NOW.date(), "A usual week.", False, None
    row.html, row.text = "<html><body>so</body></html>", "so"

    def sent(port: int, security: str, password: str = PASSWORD, host: str = "127.0.0.1") -> Outcome:
        settings = made_weeks.Mail(port, host=host, security=security, user=USER)
        message = mail_of(
            issue_letter(row, "", "TensorFlow", "", []), settings, ADDRESS, "<1@example.org>", NOW
        )
        return send(message, settings, password, ADDRESS, lambda: True)

    return sent


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_is_handed_over_encrypted_after_a_login(
    trusted: ssl.SSLContext, sending: Callable[..., Outcome], security: str
) -> None:
    with serving(security, trusted) as server:
        assert sending(server.port, security) == Outcome("sent")
    assert server.encrypted == [True]
    assert [each.rcpt_tos for each in server.mails] == [[ADDRESS]]
    assert server.told == [PASSWORD.encode()]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_wrong_password_is_told_as_such_and_tried_again_later(
    trusted: ssl.SSLContext, sending: Callable[..., Outcome], security: str
) -> None:
    with serving(security, trusted) as server:
        outcome = sending(server.port, security, "wrong horse")
    assert outcome == Outcome("later", "the mail server refuses the login (code 535)")
    assert server.mails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["unknown", "another host's"])
def test_a_certificate_that_is_not_trusted_is_told_no_password(
    trusted: ssl.SSLContext,
    sending: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    security: str,
    fault: str,
) -> None:
    context = trusted
    if fault == "unknown":
        monkeypatch.delenv("SSL_CERT_FILE")
    else:
        folder = tmp_path / "other"
        folder.mkdir()
        of, key = certificate(folder, [x509.DNSName("other.example.org")])
        monkeypatch.setenv("SSL_CERT_FILE", str(of))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(of, key)
    with serving(security, context) as server:
        outcome = sending(server.port, security)
    assert outcome.state == "later"
    assert "certificate or encryption is refused (CERTIFICATE_VERIFY_FAILED)" in str(outcome.error)
    assert (server.told, server.mails) == ([], [])


def test_a_server_without_starttls_is_told_no_password(sending: Callable[..., Outcome]) -> None:
    with serving("none", None) as server:
        outcome = sending(server.port, "starttls")
    assert outcome.state == "later"
    assert "offers no such login or encryption" in str(outcome.error)
    assert (server.told, server.mails) == ([], [])


def test_plain_words_to_a_server_that_speaks_tls_end_in_a_sentence(
    trusted: ssl.SSLContext, sending: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.delivery import mail

    monkeypatch.setattr(mail, "PATIENCE", 1.0)
    with serving("starttls", trusted) as server:
        outcome = sending(server.port, "tls")
    assert outcome.state == "later"
    assert "the mail server" in str(outcome.error)
    assert (server.told, server.mails) == ([], [])
