"""What other programs ask of GitHub over REST: reactions, remarks and commits of a pull request, accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import requests

from collector.simulator.rest import render
from collector.simulator.server import Simulator

TENSORFLOW = "/repos/tensorflow/tensorflow"


def test_reactions_are_listed_as_many_as_are_counted(pages: Callable[..., list[Any]]) -> None:
    items = pages(f"{TENSORFLOW}/issues?state=all&per_page=100")
    liked = [item for item in items if item["reactions"]["total_count"]][:20]
    assert liked
    seen: list[int] = []
    for item in liked:
        listed = pages(f"{TENSORFLOW}/issues/{item['number']}/reactions?per_page=2")
        counted = {name: item["reactions"][name] for name in ("+1", "-1", "heart", "eyes")}
        kinds = Counter(each["content"] for each in listed)
        assert len(listed) == item["reactions"]["total_count"]
        assert {name: kinds[name] for name in counted} == counted
        seen += [each["id"] for each in listed]
    assert len(set(seen)) == len(seen)


def test_a_comment_lists_its_reactions_and_what_is_no_comment_is_not_found(
    github: Simulator, session: requests.Session, pages: Callable[..., list[Any]]
) -> None:
    comments = pages(f"{TENSORFLOW}/issues/comments?per_page=100")
    liked = [each for each in comments if each["reactions"]["total_count"]]
    assert liked
    for each in (liked[0], liked[-1], comments[0]):
        listed = pages(f"{TENSORFLOW}/issues/comments/{each['id']}/reactions")
        assert len(listed) == each["reactions"]["total_count"]
    answer = session.get(f"{github.url}{TENSORFLOW}/issues/comments/1/reactions", timeout=10)
    assert answer.status_code == 404


def test_a_pull_request_lists_its_remarks_and_its_commit(
    github: Simulator, session: requests.Session, pages: Callable[..., list[Any]]
) -> None:
    everything = Counter(
        each["pull_request_url"].rpartition("/")[2]
        for each in pages(f"{TENSORFLOW}/pulls/comments?per_page=100")
    )
    number, count = everything.most_common(1)[0]
    remarks = pages(f"{TENSORFLOW}/pulls/{number}/comments?per_page=3")
    assert len(remarks) == count == len({each["id"] for each in remarks})
    pull = session.get(f"{github.url}{TENSORFLOW}/pulls/{number}", timeout=10).json()
    assert pull["review_comments"] == count
    commits = pages(f"{TENSORFLOW}/pulls/{number}/commits")
    assert len(commits) == pull["commits"] == 1
    assert len(commits[0]["sha"]) == 40
    asked = session.get(f"{github.url}{TENSORFLOW}/pulls/{number}/requested_reviewers", timeout=10).json()
    assert asked == {"users": [], "teams": []}


def test_whoever_is_gone_is_the_ghost_in_issues_and_nobody_in_reviews(
    github: Simulator, session: requests.Session, pages: Callable[..., list[Any]]
) -> None:
    rows = pages(f"{TENSORFLOW}/issues?state=all&per_page=100") + pages(
        f"{TENSORFLOW}/issues/comments?per_page=100"
    )
    assert all(row["user"] for row in rows)
    ghosts = [row["user"] for row in rows if row["user"]["login"] == "ghost"]
    assert {each["id"] for each in ghosts} == {10137}
    remarks = pages(f"{TENSORFLOW}/pulls/comments?per_page=100")
    assert not any(row["user"] and row["user"]["login"] == "ghost" for row in remarks)
    assert session.get(f"{github.url}/users/ghost", timeout=10).json()["name"] == "Deleted user"
    assert session.get(f"{github.url}/users/ghost/orgs", timeout=10).json() == []


def test_a_steward_may_show_the_organisation(github: Simulator, session: requests.Session) -> None:
    population = github.community.population
    shown = [
        bool(session.get(f"{github.url}/users/{person.login}/orgs", timeout=10).json())
        for person in population.people[:12]
        if not person.gone
    ]
    assert any(shown)
    assert not all(shown)
    outsider = next(each for each in population.people[population.stewards :] if not each.gone)
    assert session.get(f"{github.url}/users/{outsider.login}/orgs", timeout=10).json() == []


def test_ids_of_forks_are_their_own_and_fit_into_graphqls_int(github: Simulator) -> None:
    ids: list[int] = []
    for repository in github.community.present_repositories():
        forks = github.community.snapshot(repository).forks
        ids += [render.fork_id(repository, place) for place in {0, forks - 1} if forks]
    assert len(ids) == len(set(ids)) > 100
    assert max(ids) < 2**31
