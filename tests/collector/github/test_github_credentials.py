"""Who asks GitHub comes from the environment; what is refused is named, and others go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from collector.errors import CollectorError
from collector.github.access import Access
from collector.github.client import GitHub
from collector.github.credentials import Credential, from_environment
from collector.simulator.http import Handler, Request, Response
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MODEL = "/repos/keras-team/keras"


class Time:
    """A clock that GitHub and its client share, set by hand; the client's may differ."""

    now = NOW
    ahead = timedelta(0)

    def theirs(self) -> float:
        return self.now.timestamp()

    def ours(self) -> datetime:
        return self.now + self.ahead


@pytest.fixture(scope="module")
def key() -> str:
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL)
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private.private_bytes(*pem, serialization.NoEncryption()).decode()


@pytest.fixture
def time() -> Time:
    return Time()


@contextmanager
def serving(
    time: Time, answers: Callable[[Request], Response | None] = lambda _: None, **limits: int
) -> Iterator[Simulator]:
    def stand_in(request: Request, handler: Handler) -> Response:
        return answers(request) or handler(request)

    with Simulator(
        scale=0.001, seed=3, now=NOW, wall_clock=time.theirs, middleware=[stand_in], limits=Limits(**limits)
    ) as server:
        yield server


def given(server: Simulator, time: Time, **environment: str) -> tuple[Credential, ...]:
    return from_environment(environment, server.url, now=time.ours)


def client(server: Simulator, time: Time, credentials: tuple[Credential, ...]) -> GitHub:
    return GitHub(access=Access(server.url, credentials, now=time.ours, sleep=pytest.fail))


def test_tokens_and_all_installations_of_an_app_ask_each_from_a_budget_of_its_own(
    time: Time, key: str
) -> None:
    with serving(time, core=20, installation_core=2) as server:
        found = given(server, time, GITHUB_TOKEN="one, two,", GITHUB_APP_ID="1", GITHUB_APP_PRIVATE_KEY=key)
        names = [each.name for each in found]
        assert names[:2] == ["GITHUB_TOKEN, number 1 of 2", "GITHUB_TOKEN, number 2 of 2"]
        assert names[2] == "GitHub App 1, installation 1"
        installations = len(found) - 2
        assert installations > 2
        github = client(server, time, found)
        for _ in range(2 * 20 + installations * 2):
            assert github.get(MODEL).status == 200
        with pytest.raises(CollectorError, match="used up until 2026-11-01 13:00 UTC"):
            github.get(MODEL)
        github.close()


@pytest.mark.parametrize("form", ["value", "one line", "file"])
def test_an_apps_key_comes_as_a_value_or_a_file_and_its_installation_can_be_chosen(
    time: Time, key: str, form: str, tmp_path: Path
) -> None:
    (tmp_path / "app.pem").write_text(key)
    name, value = {
        "value": ("GITHUB_APP_PRIVATE_KEY", key),
        "one line": ("GITHUB_APP_PRIVATE_KEY", key.replace("\n", "\\n")),
        "file": ("GITHUB_APP_PRIVATE_KEY_FILE", str(tmp_path / "app.pem")),
    }[form]
    with serving(time) as server:
        found = given(server, time, GITHUB_APP_ID="1", GITHUB_APP_INSTALLATION_ID="3", **{name: value})
        assert [each.name for each in found] == ["GitHub App 1, installation 3"]
        github = client(server, time, found)
        data = github.graphql("repository", {"owner": "keras-team", "name": "keras"})
        assert data["repository"]["nameWithOwner"] == "keras-team/keras"
        assert key not in repr(found)
        github.close()


def test_an_installations_token_is_shared_by_threads_and_made_anew_before_its_end(
    time: Time, key: str
) -> None:
    made: list[str] = []

    def count(request: Request) -> None:
        if request.path.endswith("/access_tokens"):
            made.append(request.path)

    with serving(time, count) as server:
        (installation,) = given(
            server, time, GITHUB_APP_ID="1", GITHUB_APP_PRIVATE_KEY=key, GITHUB_APP_INSTALLATION_ID="1"
        )
        access = Access(server.url, [installation], now=time.ours, sleep=pytest.fail)
        seen: list[int] = []

        def ask() -> None:
            github = GitHub(access=access)
            seen.append(github.get(MODEL).status)
            github.close()

        threads = [Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 1
        time.now += timedelta(minutes=54)
        ask()
        assert len(made) == 1
        time.now += timedelta(minutes=2)
        ask()
        assert len(made) == 2
    assert seen == [200] * 6


def test_a_token_of_an_installation_that_ends_early_is_made_anew_at_once(time: Time, key: str) -> None:
    with serving(time) as server:
        found = given(
            server, time, GITHUB_APP_ID="1", GITHUB_APP_PRIVATE_KEY=key, GITHUB_APP_INSTALLATION_ID="1"
        )
        github = client(server, time, found)
        assert github.get(MODEL).status == 200
        first = found[0].known()
        time.ahead = timedelta(minutes=-116)  # our clock does not see the end come
        time.now += timedelta(hours=2)
        assert github.get(MODEL).status == 200
        assert found[0].known() not in (None, first)
        github.close()


@pytest.mark.parametrize("ahead", [timedelta(minutes=-30), timedelta(minutes=30)])
def test_an_app_signs_by_githubs_clock_when_ours_is_wrong(time: Time, key: str, ahead: timedelta) -> None:
    time.ahead = ahead
    with serving(time) as server:
        found = given(server, time, GITHUB_APP_ID="1", GITHUB_APP_PRIVATE_KEY=key)
        github = client(server, time, found)
        assert github.get(MODEL).status == 200
        github.close()


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "GITHUB_APP_ID: is set, but neither"),
        ({"GITHUB_APP_PRIVATE_KEY": "none"}, "is no private key in PEM form"),
        ({"GITHUB_APP_PRIVATE_KEY_FILE": "/nowhere.pem"}, "/nowhere.pem, which cannot be read"),
        ({"key": "", "GITHUB_APP_INSTALLATION_ID": "1,x"}, "'x' is no number"),
        ({"key": "", "GITHUB_TOKEN": "a b"}, "holds blanks"),
    ],
)
def test_what_is_incomplete_is_said_before_anything_is_sent(
    time: Time, key: str, environment: dict[str, str], told: str
) -> None:
    if environment.pop("key", None) is not None:
        environment["GITHUB_APP_PRIVATE_KEY"] = key
    with pytest.raises(CollectorError, match=told) as wrong:
        from_environment({"GITHUB_APP_ID": "1", **environment}, "http://127.0.0.1:1", now=time.ours)
    assert wrong.value.retry is False


def test_an_unknown_installation_is_named(time: Time, key: str) -> None:
    with serving(time) as server:
        found = given(
            server, time, GITHUB_APP_ID="1", GITHUB_APP_PRIVATE_KEY=key, GITHUB_APP_INSTALLATION_ID="999"
        )
        with pytest.raises(CollectorError, match="installation 999: GitHub gives it no token"):
            client(server, time, found).get(MODEL)


def test_a_refused_token_is_put_aside_with_one_line_and_the_others_go_on(
    time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str | None] = []
    with serving(time, lambda request: asked.append(request.token)) as server:
        github = client(server, time, given(server, time, GITHUB_TOKEN="bad-token,good"))
        for _ in range(5):
            assert github.get(MODEL).status == 200
        github.close()
        assert github.quota["core"].limit == 5_000
    assert asked == ["bad-token", *["good"] * 5]
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("collector")]
    assert len(lines) == 1
    assert lines[0].startswith("GITHUB_TOKEN, number 1 of 2: GitHub does not accept the token")
    assert not [record for record in caplog.records if "bad-token" in record.getMessage()]
    assert logging.WARNING in {record.levelno for record in caplog.records}


def test_when_the_last_token_is_refused_that_is_said_in_one_sentence(time: Time) -> None:
    with serving(time) as server:
        github = client(server, time, given(server, time, GITHUB_TOKEN="bad-token"))
        for _ in range(2):
            with pytest.raises(CollectorError, match=r"^GITHUB_TOKEN: GitHub does not accept the token"):
                github.get(MODEL)
        github.close()
