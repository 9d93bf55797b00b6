from collections.abc import Callable
from typing import Any

import requests

from collector.simulator.server import Simulator
from tests.collector.simulator.conftest import NOW

TENSORFLOW = "/repos/tensorflow/tensorflow"


def test_the_list_of_events_is_that_of_every_issue_and_pull_request(
    github: Simulator, pages: Callable[..., list[Any]]
) -> None:
    listed = pages(f"{TENSORFLOW}/issues/events?per_page=100")
    assert [row["created_at"] for row in listed] == sorted(
        (row["created_at"] for row in listed), reverse=True
    )
    assert len({row["id"] for row in listed}) == len(listed)
    github.budgets.restrict(github.budgets.limits)  # one token's hour would not do for what follows
    single: dict[int, Any] = {}
    for item in pages(f"{TENSORFLOW}/issues?state=all&per_page=100"):
        for row in pages(f"{TENSORFLOW}/issues/{item['number']}/events?per_page=100"):
            single[row["id"]] = row
    assert {row["id"] for row in listed} == set(single)
    for row in listed:
        issue = row.pop("issue")
        assert row == single[row["id"]]
        assert issue["created_at"] <= row["created_at"]
    kinds = {row["event"] for row in listed}
    assert kinds == {"labeled", "assigned", "closed", "reopened", "merged"}


def test_events_say_why_an_issue_was_closed_and_by_which_commit(pages: Callable[..., list[Any]]) -> None:
    listed = pages(f"{TENSORFLOW}/issues/events?per_page=100")
    closed = [row for row in listed if row["event"] == "closed"]
    reasons = {row.get("state_reason") for row in closed if "pull_request" not in row["issue"]}
    assert {"completed", "not_planned", "duplicate"} <= reasons
    shas = {row["sha"] for row in pages(f"{TENSORFLOW}/commits?per_page=100")}
    landed = [row["commit_id"] for row in listed if row["commit_id"]]
    assert landed
    assert set(landed) <= shas


def test_events_follow_what_becomes_of_issues() -> None:
    with Simulator(scale=0.002, seed=3, now=NOW) as server:

        def ids() -> dict[int, tuple[str, int]]:
            found: dict[int, tuple[str, int]] = {}
            address: str | None = f"{server.url}{TENSORFLOW}/issues/events?per_page=100"
            while address:
                answer = requests.get(address, headers={"Authorization": "token mine"}, timeout=10)
                found |= {row["id"]: (row["event"], row["issue"]["number"]) for row in answer.json()}
                address = answer.links.get("next", {}).get("url")
            return found

        before = ids()
        numbers = sorted({number for _, number in before.values()})
        issues = server.community.repository("tensorflow/tensorflow")
        assert issues is not None
        plain = [each for each in numbers if not issues.items.is_pull[issues.place_of_number(each)]]
        gone, turned = plain[0], plain[-1]
        server.interventions.delete_issue("tensorflow/tensorflow", gone)
        server.interventions.convert_issue("tensorflow/tensorflow", turned)
        after = ids()
        assert not [row for row in after.values() if row[1] == gone]
        assert next(iter(after.values())) == ("converted_to_discussion", turned)
        same = {key: row for key, row in before.items() if row[1] not in (gone, turned)}
        assert same == {key: row for key, row in after.items() if row[1] not in (gone, turned)}
