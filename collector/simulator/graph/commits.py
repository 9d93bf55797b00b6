"""GraphQL: releases, commits and people."""

from typing import Any

import numpy as np

from collector.simulator.clock import from_iso, iso
from collector.simulator.community import node_id
from collector.simulator.graph.connections import Connection, by_key, by_position
from collector.simulator.graph.fields import (
    Committed,
    Context,
    field,
    page_of,
)
from collector.simulator.history import author_of, committer_of, message_of, signer_of, subject_of
from collector.simulator.releases import Release, releases
from collector.simulator.rest import render
from collector.simulator.snapshot import Snapshot


@field("Repository", "releases")
def _releases(snapshot: Snapshot, _info: Any, orderBy: Any = None, **arguments: Any) -> Connection:
    found = releases(snapshot)
    if orderBy and orderBy["direction"] == "ASC":
        found.reverse()
    return by_position([(snapshot, each) for each in found], page_of(arguments))


@field("Repository", "latestRelease")
def _latest(snapshot: Snapshot, _info: Any) -> tuple[Snapshot, Release] | None:
    found = releases(snapshot)
    return (snapshot, found[0]) if found else None


@field(
    "Release",
    "id",
    "databaseId",
    "tagName",
    "name",
    "description",
    "createdAt",
    "publishedAt",
    "isDraft",
    "isPrerelease",
    "url",
    "author",
)
def _release(found: tuple[Snapshot, Release], info: Any) -> Any:
    snapshot, release = found
    match info.field_name:
        case "id":
            return node_id("RE", release.identity)
        case "databaseId":
            return release.identity
        case "tagName":
            return release.tag
        case "name":
            return release.name
        case "description":
            return release.body
        case "createdAt" | "publishedAt":
            return iso(release.when)
        case "isDraft":
            return False
        case "isPrerelease":
            return release.prerelease
        case "author":
            person = snapshot.repository.population.people[release.author]
            return None if person.gone else person
        case _:
            return f"{info.context.root}/{snapshot.repository.full_name}/releases/tag/{release.tag}"


@field("Repository", "defaultBranchRef")
def _branch(snapshot: Snapshot, _info: Any) -> dict[str, Any] | None:
    shown = snapshot.commits_shown
    if not shown:
        return None
    return {
        "id": node_id("REF", snapshot.repository.identity),
        "name": snapshot.repository.specification.branch,
        "prefix": "refs/heads/",
        "target": Committed(snapshot, shown - 1),
    }


def commit_of(snapshot: Snapshot, context: Context, oid: str) -> Committed | None:
    """The commit of the default branch that has this name."""
    names = context.community.names.of(snapshot.repository)[: snapshot.commits_shown]
    return Committed(snapshot, names.index(oid)) if oid in names else None


@field("Commit", "history")
def _history(
    commit: Committed,
    _info: Any,
    since: str | None = None,
    until: str | None = None,
    author: Any = None,
    **arguments: Any,
) -> Connection:
    snapshot = commit.snapshot
    committed = snapshot.repository.commits.committed[: commit.place + 1]
    keep = np.ones(committed.size, dtype=np.bool_)
    if since is not None:
        keep &= committed >= from_iso(since)
    if until is not None:
        keep &= committed <= from_iso(until)
    if author is not None and author.get("emails"):
        wanted = {email.lower() for email in author["emails"]}
        for place in np.where(keep)[0]:
            text = author_of(snapshot.repository, int(place))
            keep[place] = text.rpartition("<")[2].rstrip(">").lower() in wanted
    places = np.where(keep)[0][::-1]
    return by_key(places, places, page_of(arguments), True, lambda place: Committed(snapshot, place))


def _oid(commit: Committed, context: Context) -> str:
    return context.community.names.of(commit.snapshot.repository)[commit.place]


@field("Commit", "oid", "abbreviatedOid", "id", "url")
def _commit_name(commit: Committed, info: Any) -> str:
    repository = commit.snapshot.repository
    if info.field_name == "id":
        return node_id("C", repository.ids.start + commit.place)
    oid = _oid(commit, info.context)
    if info.field_name == "url":
        return f"{info.context.root}/{repository.full_name}/commit/{oid}"
    return oid if info.field_name == "oid" else oid[:7]


@field("Commit", "message", "messageHeadline")
def _commit_message(commit: Committed, info: Any) -> str:
    repository = commit.snapshot.repository
    if info.field_name == "messageHeadline":
        return subject_of(repository, commit.place)
    return message_of(repository, commit.place).rstrip("\n")


@field("Commit", "authoredDate", "committedDate")
def _commit_date(commit: Committed, info: Any) -> str:
    commits = commit.snapshot.repository.commits
    return iso(
        int((commits.authored if info.field_name == "authoredDate" else commits.committed)[commit.place])
    )


@field("Commit", "additions")
def _commit_additions(commit: Committed, _info: Any) -> int:
    item = int(commit.snapshot.repository.commits.item[commit.place])
    return int(commit.snapshot.repository.items.additions[item]) if item >= 0 else 10


@field("Commit", "author", "committer")
def _commit_actor(commit: Committed, info: Any) -> dict[str, Any]:
    repository, place = commit.snapshot.repository, commit.place
    commits = repository.commits
    if info.field_name == "committer":
        text, when, person = committer_of(repository, place), int(commits.committed[place]), None
    else:
        text, when = author_of(repository, place), int(commits.authored[place])
        person = signer_of(repository, place)
        if person is None:
            people = repository.population
            person = people.people[people.bot("tensorflower-gardener")]
    name, _, email = text.rstrip(">").rpartition(" <")
    named = person is not None and not person.gone and person.account == "User" and person.confirmed
    user = person if named else None
    return {"name": name, "email": email, "date": iso(when), "user": user}


@field("User Bot", "id", "databaseId", "login", "url", "resourcePath", "avatarUrl", "createdAt", "updatedAt")
@field("User", "name", "company", "bio", "location", "email", "websiteUrl", "isEmployee", "followers")
@field("User", "isCampusExpert", "isHireable", "isDeveloperProgramMember", "isGitHubStar")
def _person(person: Any, info: Any, **_: Any) -> Any:
    if isinstance(person, dict):
        return person.get(info.field_name)
    match info.field_name:
        case "id":
            return render.user_node(person)
        case "databaseId":
            return person.identity
        case "login":
            return person.login
        case "url":
            return f"{info.context.root}/{person.login}"
        case "resourcePath":
            return f"/{person.login}"
        case "avatarUrl":
            return f"https://avatars.githubusercontent.com/u/{person.identity}?v=4"
        case "createdAt":
            return iso(person.created)
        case "updatedAt":
            return iso(max(person.created, person.employers[-1][0]))
        case "email":
            return ""
        case "websiteUrl":
            return None
        case "isEmployee" | "isDeveloperProgramMember" | "isGitHubStar":
            return False
        case "isCampusExpert":
            return person.campus_expert
        case "isHireable":
            return person.hireable
        case "followers":
            return {"totalCount": person.followers}
        case name:
            return getattr(person, name)
