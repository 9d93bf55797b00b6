"""Asking GitHub: every refusal becomes one plain sentence, and no token stands in any of them."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine

from collector.errors import CollectorError
from collector.github.client import GitHub, QuotaExhausted
from collector.github.errors import TooSlow
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECRET = "ghp_theSecretThatNobodyMayRead"
TENSORFLOW = {"owner": "tensorflow", "name": "tensorflow"}

Answers = Callable[[Request], Response | None]


@contextmanager
def serving(answers: Answers, *tokens: str, **arguments: object) -> Iterator[tuple[GitHub, list[float]]]:
    """A GitHub that answers as told (None: as usual), its client, and the seconds that the client slept."""
    slept: list[float] = []

    def stand_in(request: Request, handler: Handler) -> Response:
        return answers(request) or handler(request)

    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[stand_in]) as server:
        github = GitHub(server.url, tokens or [SECRET], sleep=slept.append, **arguments)  # type: ignore[arg-type]
        yield github, slept
        github.close()


def said(status: int, message: str, **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, json.dumps({"message": message}).encode(), names)


def test_requests_and_points_are_counted_and_quotas_read_from_headers(simulator: Simulator) -> None:
    github = GitHub(simulator.url, ["counting"])
    assert github.quota_left is None
    github.get("/repos/tensorflow/tensorflow")
    github.get("/repos/keras-team/keras")
    github.graphql("repository", TENSORFLOW)
    assert (github.spent_requests, github.spent_points) == (2, 1)
    assert (github.quota["core"].limit, github.quota["core"].remaining) == (5000, 4998)
    assert github.quota["graphql"].remaining == 4999
    assert github.quota_left == "4,998 of 5,000 requests, 4,999 of 5,000 points left"
    github.close()


def test_pages_follow_the_link_header_to_the_end(github: GitHub) -> None:
    seen = [
        item["number"]
        for answer, _ in github.pages("/repos/tensorflow/tensorflow/issues", {"state": "all", "per_page": 30})
        for item in answer.data
    ]
    assert len(seen) == len(set(seen)) > 100


def test_an_enterprise_base_finds_rest_and_graphql(simulator: Simulator) -> None:
    github = GitHub(f"{simulator.url}/api/v3/", ["a-token"])
    assert github.get("/repos/tensorflow/tensorflow").data["full_name"] == "tensorflow/tensorflow"
    assert github.graphql("repository", TENSORFLOW)["repository"]["nameWithOwner"] == "tensorflow/tensorflow"
    paths = [step for _, step in github.pages("/repos/tensorflow/tensorflow/issues", {"state": "all"})]
    assert paths[0] is not None
    assert "/api/v3/repositories/" in paths[0]
    assert len(paths) > 1
    github.close()


def test_a_bad_token_is_named_and_not_retried(simulator: Simulator) -> None:
    with pytest.raises(CollectorError, match="does not accept the token") as refused:
        GitHub(simulator.url, ["bad-token"], sleep=pytest.fail).check_token()
    assert refused.value.to == "GITHUB_TOKEN"
    assert refused.value.retry is False


@pytest.mark.parametrize("token", ["two words", "line\nend", "", "kürzel"])
def test_what_cannot_be_a_token_is_said_before_anything_is_sent(token: str) -> None:
    with pytest.raises(CollectorError, match="holds blanks or signs that no token has") as refused:
        GitHub("http://127.0.0.1:1", [token])
    assert not token or token not in str(refused.value)


def test_graphql_without_a_token_says_that_one_is_needed(simulator: Simulator) -> None:
    with pytest.raises(CollectorError, match="answers this only to a token"):
        GitHub(simulator.url).graphql("repository", TENSORFLOW)


def test_a_used_up_quota_yields_its_place_and_names_the_reset() -> None:
    slept: list[float] = []
    with Simulator(
        scale=0.001, seed=3, now=NOW, limits=Limits(core=2, graphql=1), wall_clock=NOW.timestamp
    ) as server:
        github = GitHub(server.url, ["a-token"], now=lambda: NOW, sleep=slept.append)
        for _ in range(2):
            assert github.get("/repos/keras-team/keras").status == 200
        with pytest.raises(QuotaExhausted, match=r"\(core\) is used up until 2026-11-01 13:00 UTC") as core:
            github.get("/repos/keras-team/keras")
        assert core.value.resume_at == NOW + timedelta(hours=1)
        github.graphql("repository", TENSORFLOW)
        with pytest.raises(QuotaExhausted, match=r"\(graphql\) is used up"):
            github.graphql("repository", TENSORFLOW)
        github.close()
    assert slept == []


def test_graphql_that_says_rate_limited_in_an_answer_of_200_is_a_used_up_quota() -> None:
    body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit already exceeded"}]}
    with (
        serving(lambda _: Response(200, json.dumps(body).encode())) as (github, slept),
        pytest.raises(QuotaExhausted, match=r"\(graphql\) is used up"),
    ):
        github.graphql("repository", TENSORFLOW)
    assert slept == []


def test_another_token_goes_on_when_one_is_used_up() -> None:
    used: list[str | None] = []

    def one_is_poor(request: Request) -> Response | None:
        used.append(request.token)
        if request.token == "poor":
            soon = str(int((NOW + timedelta(hours=1)).timestamp()))
            return said(403, "API rate limit exceeded", X_RateLimit_Remaining="0", X_RateLimit_Reset=soon)
        return None

    with serving(one_is_poor, "poor", "rich", now=lambda: NOW) as (github, slept):
        for _ in range(3):
            assert github.get("/repos/keras-team/keras").status == 200
    assert used == ["poor", "rich", "rich", "rich"]
    assert slept == []


def test_headroom_is_left_to_the_owner_of_the_token() -> None:
    with Simulator(scale=0.001, seed=3, now=NOW, limits=Limits(core=10)) as server:
        github = GitHub(server.url, ["a-token"], headroom=0.8)
        github.get("/repos/keras-team/keras")
        github.get("/repos/keras-team/keras")
        with pytest.raises(QuotaExhausted):
            github.get("/repos/keras-team/keras")
        assert github.quota["core"].remaining == 8
        github.close()


@pytest.mark.parametrize("status", [403, 429])
def test_a_short_retry_after_is_waited(status: int) -> None:
    asked: list[str] = []

    def slow_down(request: Request) -> Response | None:
        asked.append(request.path)
        if len(asked) == 1:
            return said(status, "You have exceeded a secondary rate limit.", Retry_After="7")
        return None

    with serving(slow_down) as (github, slept):
        assert github.get("/repos/keras-team/keras").status == 200
    assert slept == [pytest.approx(7.0, abs=0.5)]


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("stated", [{}, {"Retry_After": "120"}])
def test_a_long_or_unstated_pause_yields_the_place(status: int, stated: dict[str, str]) -> None:
    with serving(
        lambda _: said(status, "You have exceeded a secondary rate limit.", **stated), now=lambda: NOW
    ) as (github, slept):
        with pytest.raises(QuotaExhausted, match="asks to slow down") as limit:
            github.get("/repos/keras-team/keras")
        with pytest.raises(QuotaExhausted, match="asks to slow down"):
            github.graphql("repository", TENSORFLOW)
    assert limit.value.resume_at == NOW + timedelta(seconds=120 if stated else 60)
    assert slept == []


def test_a_reset_that_is_past_by_our_clock_does_not_turn_in_circles() -> None:
    past = str(int((NOW - timedelta(minutes=10)).timestamp()))
    with (
        serving(
            lambda _: said(403, "API rate limit exceeded", X_RateLimit_Remaining="0", X_RateLimit_Reset=past),
            now=lambda: NOW,
        ) as (github, slept),
        pytest.raises(QuotaExhausted),
    ):
        github.get("/repos/keras-team/keras")
    assert 0 < sum(slept) <= 20


@pytest.mark.parametrize("status", [404, 410, 451, 403, 422])
def test_what_is_not_there_or_not_for_us_is_a_value(status: int) -> None:
    with serving(lambda _: said(status, "Repository access blocked")) as (github, slept):
        answer = github.get("/repos/keras-team/keras")
    assert (answer.status, answer.message, slept) == (status, "Repository access blocked", [])


@pytest.mark.parametrize("odd", ["soon", "{{now}}", "", "-", "inf", "9" * 400])
def test_counts_in_headers_that_are_no_numbers_tell_nothing(odd: str) -> None:
    headers = {f"X-RateLimit-{name}": odd for name in ("Limit", "Remaining", "Reset")}
    with serving(lambda _: Response(200, b'{"id": 7}', dict(headers))) as (github, _):
        answer = github.get("/repos/keras-team/keras")
        assert (answer.status, answer.data) == (200, {"id": 7})
        assert github.quota == {}


def test_a_github_that_is_down_is_tried_four_times_and_then_said_to_be() -> None:
    with (
        serving(lambda _: Response(503, b"<html>", {"Content-Type": "text/html"})) as (github, slept),
        pytest.raises(CollectorError, match="out of order: it answered 503") as down,
    ):
        github.get("/repos/keras-team/keras")
    assert down.value.retry
    assert slept == [1.0, 2.0, 4.0]


def test_a_github_that_recovers_is_not_noticed_to_have_been_down() -> None:
    failures = iter([502, 500])

    def flaky(request: Request) -> Response | None:
        status = next(failures, None)
        return Response(status, b"") if status else None

    with serving(flaky) as (github, slept):
        assert github.get("/repos/keras-team/keras").status == 200
    assert slept == [1.0, 2.0]


def test_graphql_that_takes_too_long_is_left_to_those_who_can_ask_for_less() -> None:
    body = {"data": None, "errors": [{"message": "Something went wrong while executing your query."}]}
    with serving(lambda _: Response(200, json.dumps(body).encode())) as (github, slept):
        with pytest.raises(TooSlow):
            github.graphql("repository", TENSORFLOW, patient=False)
        assert slept == []
        with pytest.raises(TooSlow, match="gave up on the answer"):
            github.graphql("repository", TENSORFLOW)
    assert slept == [1.0, 2.0, 4.0]


def test_a_graphql_repository_that_is_not_there_is_none(github: GitHub) -> None:
    assert github.graphql("repository", {"owner": "nobody", "name": "nothing"})["repository"] is None


def test_graphql_that_is_forbidden_is_refused_in_githubs_own_words() -> None:
    words = "Resource protected by organization SAML enforcement"
    body = {
        "data": {"rateLimit": {"cost": 1}, "repository": None},
        "errors": [{"type": "FORBIDDEN", "message": words}],
    }
    with (
        serving(lambda _: Response(200, json.dumps(body).encode())) as (github, slept),
        pytest.raises(CollectorError, match=words),
    ):
        github.graphql("repository", TENSORFLOW)
    assert slept == []


def test_the_bundled_simulator_is_told_from_github(github: GitHub) -> None:
    assert github.is_simulator()
    with socket.create_server(("127.0.0.1", 0)) as plain:
        answer = b"HTTP/1.1 200 OK\r\nServer: github.com\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

        def once() -> None:
            caller, _ = plain.accept()
            with caller:
                caller.recv(10_000)
                caller.sendall(answer)

        thread = Thread(target=once)
        thread.start()
        other = GitHub(f"http://127.0.0.1:{plain.getsockname()[1]}", ["a-token"])
        assert not other.is_simulator()
        thread.join()
        other.close()


def test_an_answer_that_is_not_json_is_not_taken_for_one() -> None:
    with (
        serving(lambda _: Response(200, b"<html>sign in to the network</html>")) as (github, _),
        pytest.raises(CollectorError, match="not JSON"),
    ):
        github.get("/repos/keras-team/keras")


def test_a_github_that_cannot_be_reached_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    github = GitHub(f"http://127.0.0.1:{port}", [SECRET], sleep=lambda _: None)
    with pytest.raises(CollectorError, match=f"http://127.0.0.1:{port}: cannot be reached") as unreachable:
        github.get("/meta")
    assert "refused" in str(unreachable.value)
    assert SECRET not in repr(unreachable.value.__cause__)


def test_a_redirect_to_another_host_is_not_followed() -> None:
    elsewhere = Response(301, b"{}", {"Location": "https://elsewhere.example/repositories/1"})
    with (
        serving(lambda _: elsewhere) as (github, _),
        pytest.raises(CollectorError, match="redirects elsewhere"),
    ):
        github.get("/repos/keras-team/keras")


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_list_that_is_asked_for_under_an_old_name_is_given_from_the_same_page(status: int) -> None:
    def renamed(request: Request) -> Response | None:
        if not request.path.startswith("/repos/old/name/"):
            return None
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        there = f"{request.api}/repos/tensorflow/tensorflow/forks?{query}"
        return Response(status, b"{}", {"Location": there})

    chosen = {"sort": "oldest", "per_page": 5, "page": 4}
    with serving(renamed) as (github, slept):
        found = github.get("/repos/old/name/forks", chosen).data
        assert found
        assert found == github.get("/repos/tensorflow/tensorflow/forks", chosen).data
        assert found != github.get("/repos/tensorflow/tensorflow/forks", {"per_page": 5}).data
    assert slept == []


def test_an_answer_that_github_still_computes_is_asked_for_again_and_then_given_up() -> None:
    asked = 0

    def computing(_: Request) -> Response | None:
        nonlocal asked
        asked += 1
        return Response(202, b"{}") if asked != 3 else None

    with serving(computing) as (github, slept):
        assert github.get("/repos/keras-team/keras").status == 200
        assert slept == [1.0, 2.0]
        with pytest.raises(CollectorError, match="still computing"):
            github.get("/repos/keras-team/keras")


def test_a_later_page_that_is_refused_is_no_end_of_the_list() -> None:
    def refusing(request: Request) -> Response | None:
        return said(403, "Not now") if request.query.get("page") == "2" else None

    with (
        serving(refusing) as (github, _),
        pytest.raises(CollectorError, match="403 Not now"),
    ):
        list(github.pages("/repos/tensorflow/tensorflow/issues", {"state": "all", "per_page": 5}))


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500])
def test_no_message_log_line_or_representation_holds_a_token(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    messages = []
    with serving(lambda _: said(status, "No.", Retry_After="1000") if status != 200 else None) as (github, _):
        for ask in (
            lambda: github.get("/repos/keras-team/keras"),
            lambda: github.graphql("repository", TENSORFLOW),
            github.check_token,
        ):
            try:
                messages.append(repr(ask()))
            except CollectorError as error:
                messages += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
        messages += [repr(github), str(github), caplog.text]
    assert SECRET not in "\n".join(messages)


def test_a_job_without_quota_waits_and_the_next_run_ends_as_if_nothing_had_been(
    sqlite_engine: Engine,
    new_engine: Callable[[], Engine],
    collect: Callable[..., Progress],
    everything: Callable[[Engine], object],
) -> None:
    hour = [NOW]
    whole = new_engine()
    with Simulator(scale=0.006, seed=3, now=NOW) as server:
        github = GitHub(server.url, ["a-token"])
        collect(whole, github, "issues")
        github.close()
    with Simulator(
        scale=0.006, seed=3, now=NOW, limits=Limits(graphql=2), wall_clock=lambda: hour[0].timestamp()
    ) as server:
        github = GitHub(server.url, ["a-token"], now=lambda: hour[0], sleep=lambda _: None)
        states = []
        while "done" not in states and len(states) < 50:
            states.append(collect(sqlite_engine, github, "issues").state)
            hour[0] += timedelta(hours=1)
        github.close()
    assert states[:2] == ["waiting", "waiting"]
    assert states[-1] == "done"
    assert everything(sqlite_engine) == everything(whole)
