import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from collector.simulator.http import Handler, Request, Response
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
REPOSITORY = "/repos/tensorflow/tensorflow"


def test_every_answer_carries_githubs_headers(github: Simulator, session: requests.Session) -> None:
    answer = session.get(github.url + REPOSITORY, timeout=10)
    assert answer.headers["X-RateLimit-Resource"] == "core"
    assert int(answer.headers["X-RateLimit-Limit"]) == 5000
    assert answer.headers["X-GitHub-Request-Id"]
    assert answer.headers["Content-Type"].startswith("application/json")


def test_a_token_that_is_not_accepted_gets_401(github: Simulator) -> None:
    answer = requests.get(github.url + "/user", headers={"Authorization": "token bad-token"}, timeout=10)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
    with Simulator(scale=0.001, now=NOW, accepted_tokens=["good"]) as strict:
        for token, status in (("good", 200), ("other", 401)):
            found = requests.get(
                strict.url + "/user", headers={"Authorization": f"token {token}"}, timeout=10
            )
            assert found.status_code == status


def test_what_is_not_there_gets_404(github: Simulator, session: requests.Session) -> None:
    for path in ("/repos/nobody/nothing", "/nowhere", f"{REPOSITORY}/issues/999999", "/users/nobody-at-all"):
        answer = session.get(github.url + path, timeout=10)
        assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_an_unchanged_answer_is_304_and_costs_nothing(github: Simulator, session: requests.Session) -> None:
    first = session.get(github.url + REPOSITORY, timeout=10)
    again = session.get(github.url + REPOSITORY, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"]


def test_an_etag_belongs_to_its_token(github: Simulator, session: requests.Session) -> None:
    first = session.get(github.url + REPOSITORY, timeout=10)
    other = requests.get(
        github.url + REPOSITORY,
        headers={"Authorization": "token another", "If-None-Match": first.headers["ETag"]},
        timeout=10,
    )
    assert other.status_code == 200


def test_the_enterprise_prefix_answers_with_addresses_that_keep_it(
    github: Simulator, session: requests.Session
) -> None:
    found = session.get(f"{github.url}/api/v3{REPOSITORY}", timeout=10).json()
    assert found["url"] == f"{github.url}/api/v3{REPOSITORY}"
    assert found["clone_url"] == f"{github.url}/tensorflow/tensorflow.git"
    answer = session.post(f"{github.url}/api/graphql", json={"query": "{viewer{login}}"}, timeout=10)
    assert answer.json() == {"data": {"viewer": {"login": "flowmeter-reader"}}}


def test_the_hourly_limit_is_enforced_and_comes_back(session: requests.Session) -> None:
    wall = [1_000_000.0]
    with Simulator(scale=0.001, now=NOW, limits=Limits(core=3), wall_clock=lambda: wall[0]) as small:
        statuses = [session.get(small.url + "/user", timeout=10).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 403]
        refused = session.get(small.url + "/user", timeout=10)
        assert refused.headers["X-RateLimit-Remaining"] == "0"
        assert refused.headers["X-RateLimit-Reset"] == "1003600"
        assert "rate limit exceeded" in refused.json()["message"]
        # Asking what is left is free, and search has a budget of its own.
        assert session.get(small.url + "/rate_limit", timeout=10).json()["rate"]["remaining"] == 0
        assert (
            session.get(small.url + "/search/repositories?q=topic:tensorflow", timeout=10).status_code == 200
        )
        wall[0] += 3600
        assert session.get(small.url + "/user", timeout=10).status_code == 200


def test_search_allows_thirty_a_minute(session: requests.Session) -> None:
    with Simulator(scale=0.001, now=NOW, wall_clock=lambda: 5.0) as small:
        address = small.url + "/search/repositories?q=topic:tensorflow&per_page=1"
        statuses = [session.get(address, timeout=10).status_code for _ in range(31)]
        assert statuses == [200] * 30 + [403]


def test_a_secondary_limit_says_when_to_come_back(session: requests.Session) -> None:
    with Simulator(scale=0.001, now=NOW, limits=Limits(secondary_rest=2), wall_clock=lambda: 100.0) as small:
        answers = [session.get(small.url + "/user", timeout=10) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 403]
        assert answers[2].headers["Retry-After"] == "60"


def test_without_a_token_there_are_sixty_requests_and_no_graphql(github: Simulator) -> None:
    assert requests.get(github.url + "/meta", timeout=10).headers["X-RateLimit-Limit"] == "60"
    answer = requests.post(f"{github.url}/graphql", json={"query": "{viewer{login}}"}, timeout=10)
    assert answer.status_code == 401


def test_middleware_stands_before_the_api(session: requests.Session) -> None:
    def stormy(request: Request, handler: Handler) -> Response:
        return Response(502, b"") if request.path == "/user" else handler(request)

    with Simulator(scale=0.001, now=NOW, middleware=[stormy]) as small:
        assert session.get(small.url + "/user", timeout=10).status_code == 502
        assert session.get(small.url + "/meta", timeout=10).status_code == 200


@pytest.mark.filterwarnings("error")
def test_closing_leaves_no_thread_and_no_folder_though_a_client_hangs_on() -> None:
    before = set(threading.enumerate())
    with requests.Session() as held:
        with Simulator(scale=0.001, now=NOW) as small:
            held.get(small.url + "/meta", timeout=10)
            assert set(threading.enumerate()) - before
        deadline = time.monotonic() + 5
        while set(threading.enumerate()) - before and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert set(threading.enumerate()) == before
        with pytest.raises(requests.ConnectionError):
            held.get(small.url + "/meta", timeout=10)


def test_serving_ends_on_sigterm(tmp_path: Path, unused_port: Callable[[], int]) -> None:
    port = unused_port()
    script = (
        "from pathlib import Path\nfrom collector.simulator.server import serve\n"
        f"serve('127.0.0.1', {port}, scale=0.001, seed=1, folder=Path({str(tmp_path)!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as child:
        deadline = time.monotonic() + 20
        while True:
            try:
                requests.get(f"http://127.0.0.1:{port}/meta", timeout=5)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline
                threading.Event().wait(0.05)
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=10) == 0
