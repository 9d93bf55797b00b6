"""`[sign_in]` of flowmeter.toml: what is refused, in words, and the secrets beside it."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from collector import sign_in
from collector.configuration import Configuration, load
from collector.errors import CollectorError
from collector.sign_in import SignIn, client_secret, secrets_of, session_key

PROJECT = """
[project]
name = "TensorFlow"
steward = "Google"
repository = "tensorflow/tensorflow"
[repositories]
core = ["tensorflow/tensorflow"]
"""
GOOD = """
[sign_in]
covers = "everything"
address = "https://flowmeter.example.org/"
email_domains = ["example.org"]
[sign_in.openid]
issuer = "https://accounts.example.org/"
client_id = "flowmeter"
"""
PROXIED = """
[sign_in]
covers = "sql-and-settings"
anyone = true
[sign_in.proxy]
addresses = ["10.0.0.7", "fd00::/64"]
"""


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("FLOWMETER_CLIENT_SECRET", "FLOWMETER_SESSION_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def read(text: str, tmp_path: Path) -> Configuration:
    path = tmp_path / "flowmeter.toml"
    path.write_text(PROJECT + text, encoding="utf-8")
    return load(path)


def test_both_ways_are_read(tmp_path: Path) -> None:
    by_provider = read(GOOD, tmp_path).sign_in
    assert by_provider is not None
    assert by_provider.address == "https://flowmeter.example.org"
    assert by_provider.openid is not None
    assert by_provider.openid.issuer == "https://accounts.example.org"
    by_proxy = read(PROXIED, tmp_path).sign_in
    assert by_proxy is not None
    assert by_proxy.proxy is not None
    assert by_proxy.proxy.addresses == ("10.0.0.7/32", "fd00::/64")
    assert read("", tmp_path).sign_in is None


@pytest.mark.parametrize(
    ("text", "key", "way_out"),
    [
        (
            GOOD.replace('"everything"', '"all"'),
            "sign_in.covers = 'all'",
            "'everything' or 'sql-and-settings'",
        ),
        (GOOD.replace("https://flow", "http://flow"), "sign_in.address", "begins with https://"),
        (GOOD.replace('example.org/"\nemail', 'example.org/x"\nemail'), "sign_in.address", "without a path"),
        (GOOD.replace('address = "https://flowmeter.example.org/"', ""), "sign_in", "address is missing"),
        (GOOD.replace("https://acc", "ftp://acc"), "sign_in.openid.issuer", "begins with https://"),
        (GOOD.replace('client_id = "flowmeter"', ""), "sign_in.openid.client_id", "is missing"),
        (GOOD + 'client_secret = "in the file"\n', "sign_in.openid.client_secret", "not a key that is known"),
        (GOOD + 'scopes = ["email"]\n', "sign_in.openid.scopes", "openid has to be among them"),
        (GOOD.replace('email_domains = ["example.org"]', ""), "sign_in", "nobody is admitted"),
        (GOOD.replace("[sign_in.openid]", "[sign_in.other]"), "sign_in.other", "not a key"),
        (GOOD + PROXIED.partition("true\n")[2], "sign_in", "one way"),
        (GOOD.partition("[sign_in.openid]")[0], "sign_in", "say how people sign in"),
        (PROXIED.replace('"10.0.0.7"', '"0.0.0.0/0"'), "sign_in.proxy.addresses", "every address"),
        (
            PROXIED.replace('"10.0.0.7"', '"the proxy"'),
            "sign_in.proxy.addresses",
            "write an address or a network",
        ),
        (PROXIED.replace('["10.0.0.7", "fd00::/64"]', "[]"), "sign_in.proxy.addresses", "at least 1 item"),
        (PROXIED + 'user = "X Forwarded"\n', "sign_in.proxy.user", "pattern"),
        (PROXIED.replace("anyone = true", 'emails = ["ada"]'), "sign_in.emails", "pattern"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key_and_the_way_out(
    tmp_path: Path, text: str, key: str, way_out: str
) -> None:
    with pytest.raises(CollectorError) as refused:
        read(text, tmp_path)
    assert key in refused.value.happened
    assert way_out in refused.value.happened
    assert "docs/configuration.md" in refused.value.next_step


def section(text: str) -> SignIn:
    return SignIn.model_validate(tomllib.loads(text)["sign_in"])


def test_secrets_come_from_the_environment_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLOWMETER_SESSION_KEY", "k" * 32)
    (tmp_path / "secret").write_text("the provider's secret\n", encoding="utf-8")
    monkeypatch.setenv("FLOWMETER_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    assert secrets_of(section(GOOD)) == {"session_key": "k" * 32, "client_secret": "the provider's secret"}
    assert secrets_of(section(PROXIED)) == {"session_key": "", "client_secret": ""}


def test_a_session_key_that_nobody_gave_is_made_once_and_only_its_owner_reads_it() -> None:
    made = session_key()
    assert len(made) == 64
    assert session_key() == made
    assert stat.S_IMODE(sign_in.KEY_FILE.stat().st_mode) == 0o600


def test_a_secret_that_is_missing_short_or_unreadable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CollectorError, match=r"FLOWMETER_CLIENT_SECRET.*is not set"):
        client_secret()
    monkeypatch.setenv("FLOWMETER_CLIENT_SECRET_FILE", "not/there")
    with pytest.raises(CollectorError, match=r"FLOWMETER_CLIENT_SECRET_FILE.*cannot be read"):
        client_secret()
    monkeypatch.setenv("FLOWMETER_SESSION_KEY", "short")
    with pytest.raises(CollectorError, match=r"FLOWMETER_SESSION_KEY.*5 characters; 32 or more"):
        session_key()
