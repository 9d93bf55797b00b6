import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from collector.simulator.faults import KINDS, TRANSIENT, FaultError, Plan, Rule
from collector.simulator.server import Simulator
from tests.collector.simulator.conftest import NOW

REPOSITORY = "/repos/tensorflow/tensorflow"
ISSUES = """
query Issues($first: Int!) {
  rateLimit { cost resetAt }
  repository(owner: "tensorflow", name: "tensorflow") {
    issues(first: $first) {
      nodes { number author { login } comments(first: 5) { nodes { author { login } } } }
    }
  }
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with Simulator(scale=0.001, seed=3, now=NOW, wall_clock=lambda: 1_000_000.0) as running:
        yield running


@pytest.fixture
def failing(server: Simulator) -> Iterator[Simulator]:
    yield server
    server.faults.clear()


def ask(server: Simulator, path: str = REPOSITORY, **more: Any) -> requests.Response:
    return requests.get(server.url + path, headers={"Authorization": "token mine"}, timeout=10, **more)


def query(server: Simulator, text: str = ISSUES, **variables: Any) -> requests.Response:
    body = {"query": text, "variables": variables or {"first": 10}}
    headers = {"Authorization": "token mine"}
    return requests.post(f"{server.url}/graphql", json=body, headers=headers, timeout=10)


def used(server: Simulator) -> int:
    return int(ask(server, "/rate_limit").json()["resources"]["core"]["used"])


@pytest.mark.parametrize(
    ("rule", "status", "words"),
    [
        (Rule("bad-gateway"), 502, "Bad Gateway"),
        (Rule("unavailable"), 503, "No server"),
        (Rule("gateway-timeout"), 504, "in time"),
        (Rule("server-error"), 500, "Server Error"),
        (Rule("unauthorized"), 401, "Bad credentials"),
        (Rule("forbidden"), 403, "not accessible"),
        (Rule("not-found"), 404, "Not Found"),
        (Rule("gone"), 410, "deleted"),
        (Rule("unprocessable"), 422, "Validation"),
        (Rule("blocked"), 451, '"reason":"dmca"'),
        (Rule("accepted"), 202, "{}"),
        (Rule("html"), 200, "<!DOCTYPE html>"),
        (Rule("empty"), 200, ""),
        (Rule("forbidden", message="No entry"), 403, "No entry"),
    ],
)
def test_a_plain_fault_has_its_status_and_words(
    failing: Simulator, rule: Rule, status: int, words: str
) -> None:
    failing.faults.replace([rule])
    answer = ask(failing)
    assert answer.status_code == status
    assert words in answer.text
    assert answer.headers["X-GitHub-Request-Id"]
    failing.faults.clear()
    assert ask(failing).json()["full_name"] == "tensorflow/tensorflow"


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("retry_after", [None, 7])
def test_a_secondary_limit_comes_with_and_without_the_time_to_wait(
    failing: Simulator, status: int, retry_after: int | None
) -> None:
    failing.faults.replace([Rule("secondary-limit", status=status, retry_after=retry_after)])
    answer = ask(failing)
    assert answer.status_code == status
    assert "secondary rate limit" in answer.json()["message"]
    assert answer.headers.get("Retry-After") == (None if retry_after is None else "7")
    assert answer.headers["X-RateLimit-Remaining"] != "0"


@pytest.mark.parametrize("status", [403, 429])
def test_a_primary_limit_says_when_it_ends(failing: Simulator, status: int) -> None:
    failing.faults.replace([Rule("primary-limit", status=status, seconds=90)])
    answer = ask(failing)
    assert answer.status_code == status
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert answer.headers["X-RateLimit-Reset"] == "1000090"
    assert "API rate limit exceeded" in answer.json()["message"]


def test_graphql_is_rate_limited_in_an_answer_of_200(failing: Simulator) -> None:
    failing.faults.replace([Rule("rate-limited", seconds=30)])
    answer = query(failing)
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert "data" not in answer.json()
    assert answer.headers["X-RateLimit-Reset"] == "1000030"
    assert ask(failing).status_code == 200  # it is GraphQL's alone


def test_a_query_that_times_out_is_charged(failing: Simulator) -> None:
    left = int(query(failing).headers["X-RateLimit-Remaining"])
    failing.faults.replace([Rule("query-timeout", count=1), Rule("query-timeout", status=200)])
    for status in (502, 200):
        answer = query(failing)
        assert answer.status_code == status
        assert answer.json()["data"] is None
        assert "Something went wrong" in answer.json()["errors"][0]["message"]
    assert int(answer.headers["X-RateLimit-Remaining"]) == left - 2


def test_partial_data_lacks_what_its_errors_name(failing: Simulator) -> None:
    whole = query(failing).json()
    failing.faults.replace([Rule("partial", share=0.3)])
    answer = query(failing).json()
    assert "errors" not in whole
    assert answer["errors"]
    for error in answer["errors"]:
        at: Any = answer["data"]
        true: Any = whole["data"]
        for step in error["path"]:
            at, true = at[step], true[step]
        assert at is None
        assert true is not None
    failing.faults.replace([Rule("partial")])
    assert len(query(failing).json()["errors"]) == 1


def test_data_without_lists_is_lost_as_a_whole(failing: Simulator) -> None:
    failing.faults.replace([Rule("partial")])
    answer = query(failing, '{ repository(owner: "tensorflow", name: "tensorflow") { name } }').json()
    assert answer["data"] == {"repository": None}
    assert answer["errors"][0]["path"] == ["repository"]


def test_users_are_null_where_accounts_are_gone(failing: Simulator) -> None:
    failing.faults.replace([Rule("null-users")])
    nodes = query(failing).json()["data"]["repository"]["issues"]["nodes"]
    assert {node["author"] for node in nodes} == {None}
    assert {row["user"] for row in ask(failing, REPOSITORY + "/issues").json()} == {None}
    commits = ask(failing, REPOSITORY + "/commits").json()
    assert all(row["commit"]["author"]["name"] for row in commits)
    failing.faults.replace([Rule("null-users", share=0.5)])
    some = [row["user"] for row in ask(failing, REPOSITORY + "/issues").json()]
    assert None in some
    assert any(some)


def test_a_search_may_be_incomplete(failing: Simulator) -> None:
    failing.faults.replace([Rule("incomplete", path="/search/*")])
    found = ask(failing, "/search/repositories?q=topic:tensorflow&per_page=10").json()
    assert found["incomplete_results"] is True
    assert len(found["items"]) == 5


def test_a_redirect_leads_to_the_same_thing_by_number(failing: Simulator) -> None:
    failing.faults.replace([Rule("moved", path="/repos/*")])
    answer = ask(failing, REPOSITORY + "/labels?per_page=3", allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith("/labels?per_page=3")
    assert len(ask(failing, REPOSITORY + "/labels?per_page=3").json()) == 3


def test_a_truncated_body_is_shorter_than_it_says(failing: Simulator) -> None:
    failing.faults.replace([Rule("truncated", share=0.25, count=1)])
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        ask(failing)
    assert ask(failing).status_code == 200


@pytest.mark.parametrize("share", [None, 0.5])
def test_a_connection_may_be_reset(failing: Simulator, share: float | None) -> None:
    failing.faults.replace([Rule("reset", share=share, count=1)])
    with pytest.raises(
        (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)
    ) as held:
        ask(failing)
    assert "reset by peer" in str(held.value)
    assert ask(failing).status_code == 200


def test_a_server_may_hang_and_then_hang_up(failing: Simulator) -> None:
    failing.faults.replace([Rule("hang", seconds=30)])
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(failing.url + "/meta", timeout=0.2)
    failing.faults.replace([Rule("hang", seconds=0.01)])
    with pytest.raises(requests.exceptions.ConnectionError):
        ask(failing)


def test_a_server_that_hangs_can_be_closed() -> None:
    plan = Plan([Rule("hang", seconds=600)])
    with Simulator(scale=0.001, now=NOW, faults=plan) as hanging, ThreadPoolExecutor(1) as client:
        waiting = client.submit(requests.get, f"{hanging.url}/meta", timeout=60)
        # The request is on its way in a thread of its own: it ends the waiting too, should it not hang.
        while not plan.happened and not waiting.done():
            time.sleep(0.01)
        assert plan.happened
        started = time.monotonic()
        hanging.close()
        with pytest.raises(requests.exceptions.ConnectionError):
            waiting.result()
    assert time.monotonic() - started < 10


def test_a_body_may_trickle_and_an_answer_be_late(failing: Simulator) -> None:
    for kind in ("trickle", "delay"):
        failing.faults.replace([Rule(kind, seconds=0.4)])
        started = time.monotonic()
        assert ask(failing).json()["full_name"] == "tensorflow/tensorflow"
        assert time.monotonic() - started >= 0.35


def test_a_clock_may_be_off(failing: Simulator) -> None:
    failing.faults.replace([Rule("clock-skew", seconds=-7200)])
    answer = query(failing)
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == 1_000_000 - 7200
    told = answer.json()["data"]["rateLimit"]["resetAt"]
    assert answer.headers["X-RateLimit-Reset"] == str(1_000_000 + 3600 - 7200)
    assert told == "1970-01-12T12:46:40Z"  # 996,400 s


def test_faults_that_do_not_answer_by_themselves_add_up(failing: Simulator) -> None:
    failing.faults.replace([Rule("clock-skew", seconds=60), Rule("null-users"), Rule("truncated")])
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(failing)
    assert [each.kind for each in failing.faults.fired] == ["clock-skew", "null-users", "truncated"]


def test_a_rule_meets_by_method_path_and_operation(failing: Simulator) -> None:
    failing.faults.replace([Rule("not-found", path="/repos/*/issues"), Rule("forbidden", operation="Iss*")])
    assert ask(failing, REPOSITORY + "/issues").status_code == 404
    assert ask(failing, "/api/v3" + REPOSITORY + "/issues").status_code == 404
    assert ask(failing, REPOSITORY + "/issues/1/comments").status_code != 403
    assert query(failing).status_code == 403
    assert query(failing, "query Other { viewer { login } }").status_code == 200
    failing.faults.replace([Rule("not-found", method="POST")])
    assert (ask(failing).status_code, query(failing).status_code) == (200, 404)


def test_git_is_met_only_by_a_pattern_that_names_it(failing: Simulator) -> None:
    address = f"{failing.url}/tensorflow/serving.git/info/refs?service=git-upload-pack"
    failing.faults.replace([Rule("bad-gateway")])
    assert requests.get(address, timeout=30).status_code == 200
    failing.faults.replace([Rule("bad-gateway", path="*.git/*")])
    assert requests.get(address, timeout=30).status_code == 502


def test_a_rule_takes_the_nth_then_every_so_many_so_often(failing: Simulator) -> None:
    failing.faults.replace([Rule("not-found", path=REPOSITORY, nth=3, every=2, count=2)])
    assert [ask(failing).status_code for _ in range(8)] == [200, 200, 404, 200, 404, 200, 200, 200]
    assert failing.faults.happened == 2


def _statuses(server: Simulator, seed: int) -> list[int]:
    server.faults.replace([Rule("not-found", probability=0.3)], seed=seed)
    return [ask(server, f"{REPOSITORY}/issues?page={page}").status_code for page in range(1, 101)]


def test_the_same_seed_takes_the_same_requests_in_any_order(failing: Simulator) -> None:
    first = _statuses(failing, 5)
    assert first == _statuses(failing, 5)
    assert first != _statuses(failing, 6)
    assert 15 <= first.count(404) <= 45
    failing.faults.replace([Rule("not-found", probability=0.3)], seed=5)
    backwards = [ask(failing, f"{REPOSITORY}/issues?page={page}").status_code for page in range(100, 0, -1)]
    assert backwards[::-1] == first


def test_the_same_request_made_again_is_drawn_again(failing: Simulator) -> None:
    failing.faults.replace([Rule("not-found", probability=0.5)])
    assert {ask(failing).status_code for _ in range(30)} == {200, 404}


def test_a_random_plan_has_about_as_many_faults_as_it_says(failing: Simulator) -> None:
    plan = Plan.random(1, 0.4, ["not-found", "gone", "forbidden", "server-error"])
    failing.faults.replace(plan.rules, seed=plan.seed)
    statuses = [ask(failing, f"{REPOSITORY}/issues?page={page}").status_code for page in range(1, 301)]
    assert 90 <= sum(status != 200 for status in statuses) <= 150
    for status in (404, 410, 403, 500):
        assert 15 <= statuses.count(status) <= 50


def test_a_plan_is_changed_over_http(failing: Simulator) -> None:
    address = f"{failing.url}/_simulator/faults"
    plan = {"seed": 9, "rules": [{"kind": "gone", "path": REPOSITORY, "count": 1}]}
    assert requests.put(address, json=plan, timeout=10).json()["rules"][0]["met"] == 0
    assert [ask(failing).status_code for _ in range(2)] == [410, 200]
    more = requests.post(address, json=[{"kind": "blocked", "path": REPOSITORY}], timeout=10).json()
    assert [rule["kind"] for rule in more["rules"]] == ["gone", "blocked"]
    assert ask(failing).status_code == 451
    told = requests.get(address, timeout=10).json()
    assert [rule["happened"] for rule in told["rules"]] == [1, 1]
    assert [each["kind"] for each in told["happened"]] == ["gone", "blocked"]
    assert requests.delete(address, timeout=10).json()["rules"] == []
    assert ask(failing).status_code == 200


def test_control_is_neither_counted_nor_met_by_faults(failing: Simulator) -> None:
    before = used(failing)
    failing.faults.replace([Rule("bad-gateway")])
    assert requests.get(f"{failing.url}/_simulator/faults", timeout=10).status_code == 200
    failing.faults.clear()
    assert used(failing) == before


def test_every_kind_is_told_with_what_it_does(failing: Simulator) -> None:
    told = requests.get(f"{failing.url}/_simulator/faults/kinds", timeout=10).json()
    assert set(told) == set(KINDS) >= set(TRANSIENT)


def test_a_plan_is_read_from_toml_and_json(tmp_path: Path) -> None:
    toml, data = tmp_path / "plan.toml", tmp_path / "plan.json"
    toml.write_text('seed = 4\n[[rule]]\nkind = "truncated"\nshare = 0.1\n[[rule]]\nkind = "gone"\nnth = 2\n')
    data.write_text(
        json.dumps({"seed": 4, "rules": [{"kind": "truncated", "share": 0.1}, {"kind": "gone", "nth": 2}]})
    )
    for path in (toml, data):
        plan = Plan.from_file(path)
        assert plan.rules == (Rule("truncated", share=0.1), Rule("gone", nth=2))
        assert plan.seed == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[rule]]\nkind = "flood"', "Rule 1: There is no fault 'flood'"),
        ('[[rule]]\npath = "/"', "Rule 1 lacks kind"),
        ('[[rule]]\nkind = "gone"\nnht = 2', "Rule 1 has 'nht'; rules have kind"),
        ('[[rule]]\nkind = "gone"\nnth = "two"', "Rule 1 has nth = 'two'; give a whole number"),
        ('[[rule]]\nkind = "gone"\nnth = 0', "nth of the fault 'gone' is 0; give 1 or more"),
        ('[[rule]]\nkind = "gone"\nprobability = 2', "probability of the fault 'gone' is 2; give 0 to 1"),
        ('[rule]\nkind = "gone"', "write [[rule]], not [rule]"),
        ("seed = true", "The seed of a fault plan is True"),
        ("when = 3", "not when"),
        ("= ", "cannot be read"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(FaultError) as held:
        Plan.from_file(path)
    assert words in str(held.value)


def test_a_wrong_plan_over_http_changes_nothing(failing: Simulator) -> None:
    failing.faults.replace([Rule("gone", path="/nowhere")])
    address = f"{failing.url}/_simulator/faults"
    answer = requests.put(address, json={"rules": [{"kind": "flood"}]}, timeout=10)
    assert answer.status_code == 422
    assert "There is no fault 'flood'" in answer.json()["message"]
    assert requests.put(address, data="nothing", timeout=10).status_code == 400
    assert failing.faults.rules == (Rule("gone", path="/nowhere"),)
