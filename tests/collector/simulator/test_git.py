import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from collector.simulator.server import Simulator

Ask = Callable[..., Any]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def clone(github: Simulator, name: str, folder: Path) -> Path:
    place = folder / name.replace("/", "+")
    git(folder, "clone", "--quiet", "--bare", f"{github.url}/{name}.git", str(place))
    return place


def test_a_clone_holds_the_history_the_api_tells(github: Simulator, graphql: Ask, tmp_path: Path) -> None:
    place = clone(github, "tensorflow/tensorflow", tmp_path)
    told = graphql(
        """{repository(owner:"tensorflow",name:"tensorflow"){
          defaultBranchRef{name target{oid ... on Commit{history(first:100){totalCount nodes{oid message
            authoredDate author{name email}}}}}}
          pullRequests(first:100,states:[MERGED]){nodes{number mergeCommit{oid messageHeadline}}}}}"""
    )["data"]["repository"]
    target = told["defaultBranchRef"]["target"]
    assert git(place, "rev-parse", "HEAD") == target["oid"]
    assert git(place, "symbolic-ref", "HEAD") == f"refs/heads/{told['defaultBranchRef']['name']}"
    assert int(git(place, "rev-list", "--count", "HEAD")) == target["history"]["totalCount"]
    for node in target["history"]["nodes"][:20]:
        written = git(place, "show", "-s", "--format=%an|%ae|%at|%B", node["oid"])
        when = int(datetime.fromisoformat(node["authoredDate"]).timestamp())
        assert written == f"{node['author']['name']}|{node['author']['email']}|{when}|{node['message']}"
    for pull in told["pullRequests"]["nodes"]:
        subject = git(place, "show", "-s", "--format=%s", pull["mergeCommit"]["oid"])
        assert subject == pull["mergeCommit"]["messageHeadline"]


def test_the_objects_are_sound_and_merges_have_two_parents(github: Simulator, tmp_path: Path) -> None:
    place = clone(github, "tensorflow/tensorflow", tmp_path)
    git(place, "fsck", "--strict")
    merges = git(place, "log", "--merges", "--format=%s").splitlines()
    assert merges
    assert all(subject.startswith("Merge pull request #") for subject in merges)
    numbers = git(place, "log", "--format=%s", "--grep=^PR #[0-9]*:").splitlines()
    assert numbers


def test_addresses_tell_of_companies_universities_and_proxies(github: Simulator, tmp_path: Path) -> None:
    place = clone(github, "tensorflow/tensorflow", tmp_path)
    addresses = git(place, "log", "--no-merges", "--format=%ae").splitlines()
    proxies = sum(address == "gardener@tensorflow.org" for address in addresses)
    assert 0.2 < proxies / len(addresses) < 0.42
    domains = {address.partition("@")[2] for address in addresses}
    assert {"google.com", "gmail.com", "users.noreply.github.com"} <= domains
    serving = clone(github, "tensorflow/serving", tmp_path)
    direct = git(serving, "log", "--no-merges", "--format=%ae").splitlines()
    assert sum(address == "gardener@tensorflow.org" for address in direct) / len(direct) > 0.5


def test_noreply_addresses_name_an_account(
    github: Simulator, session: requests.Session, tmp_path: Path
) -> None:
    place = clone(github, "keras-team/keras", tmp_path)
    address = next(
        line
        for line in git(place, "log", "--format=%ae").splitlines()
        if line.endswith("@users.noreply.github.com")
    )
    number, _, login = address.partition("@")[0].partition("+")
    found = session.get(f"{github.url}/user/{number}", timeout=10)
    assert found.status_code == 404 or found.json()["login"] == login


def test_fetching_later_brings_what_has_been_committed_since(tmp_path: Path) -> None:
    second = [int(datetime(2019, 1, 1, tzinfo=UTC).timestamp())]
    with Simulator(scale=0.003, seed=3, clock=lambda: second[0]) as living:
        place = clone(living, "tensorflow/tensorflow", tmp_path)
        before = int(git(place, "rev-list", "--count", "HEAD"))
        second[0] = int(datetime(2019, 7, 1, tzinfo=UTC).timestamp())
        git(place, "fetch", "--quiet", "origin", "+refs/heads/*:refs/heads/*", "--tags")
        assert int(git(place, "rev-list", "--count", "HEAD")) > before
        newest = int(git(place, "log", "-1", "--format=%ct"))
        assert newest <= second[0]
        assert "v1.14.0" in git(place, "tag").splitlines()


def test_a_repository_that_is_not_there_cannot_be_cloned(github: Simulator, tmp_path: Path) -> None:
    failed = subprocess.run(
        ["git", "clone", "--quiet", f"{github.url}/nobody/nothing.git", str(tmp_path / "x")],
        capture_output=True,
        env={"GIT_TERMINAL_PROMPT": "0", "PATH": "/usr/bin:/bin:/usr/local/bin"},
        check=False,
    )
    assert failed.returncode != 0
