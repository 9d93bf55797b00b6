"""Issues that are offered to newcomers: when they were labelled so, taken up and solved, and by whom."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from collector.github.accounts import Accounts, instant
from collector.github.connected import asking, held_github_id, holding
from collector.github.newest_first import Listing, read
from collector.github.threads import Node, whole
from collector.jobs import Cursor, Page, Source
from db.metrics.labels import read_labels
from db.schema import table

KIND = "good_first_issue"


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `first_issues` and `identities`, label by label; a hundred issues cost one point.

    The labels are those that db/metrics/labels.toml lists and issues held of the
    repository carry. An issue that carries two of them is read twice, with the same end.
    """
    github, repository, repository_id = asking(source)
    known = held_github_id(source)
    meant = {name for name, kind in read_labels().items() if kind == KIND}
    cursors: dict[str, Any] = dict(cursor.get("labels", {}))
    for name in _in_use(source, meant):
        listing = Listing("first_issues", "issues", most=100, variables=(("label", name),))
        parts = read(github, listing, repository, cursors.get(name, {}), since=source.since, github_id=known)
        for part in parts:
            accounts = Accounts()
            rows = [
                _row(repository_id, node, whole(github, node, "timelineItems"), meant, accounts)
                for node in part.nodes
            ]
            cursors[name] = part.cursor
            yield Page(
                {"identities": accounts.rows(), "first_issues": rows},
                {"labels": dict(cursors)},
                rejections=part.rejections,
            )


def _in_use(source: Source, meant: Collection[str]) -> list[str]:
    """Labels for newcomers as this repository writes them, in order."""
    labels = table("labels")
    query = select(labels.c.name).where(labels.c.repository_id == source.target.repository_id).distinct()
    with holding(source) as connection:
        return sorted(name for name in connection.execute(query).scalars() if name.lower() in meant)


def _row(
    repository_id: int,
    node: Node,
    happened: list[Node],
    meant: Collection[str],
    accounts: Accounts,
) -> dict[str, Any]:
    labelled = min(
        (
            instant(event["createdAt"])
            for event in happened
            if event["__typename"] == "LabeledEvent" and event["label"]["name"].lower() in meant
        ),
        default=instant(node["createdAt"]),
    )
    taken = _taken(happened, labelled)
    solved = _solved(happened) if node["state"] == "CLOSED" else None
    return {
        "repository_id": repository_id,
        "number": node["number"],
        "labelled_at": labelled,
        "day": labelled.date(),
        "taken_at": taken[0] if taken else None,
        "taken_by": accounts.seen(taken[1], taken[0]) if taken else None,
        "solved_day": solved[0].date() if solved else None,
        "solved_by": accounts.seen(solved[1], solved[0]) if solved else None,
    }


Act = tuple[datetime, Mapping[str, Any] | None]


def _taken(happened: list[Node], labelled: datetime) -> Act | None:
    """When somebody was first assigned, or referred to it from a pull request, once it was offered.

    Nobody takes an issue by an assignment before that: maintainers share out what
    comes in. Nor does an app take one.
    """
    acts: list[Act] = []
    for event in happened:
        if event["__typename"] == "AssignedEvent":
            acts.append((instant(event["createdAt"]), event["assignee"]))
        elif event["__typename"] == "CrossReferencedEvent" and "author" in event["source"]:
            acts.append((instant(event["createdAt"]), event["source"]["author"]))
    acts = [(when, who) for when, who in acts if when >= labelled and (who or {}).get("__typename") != "Bot"]
    return min(acts, key=lambda act: act[0], default=None)


def _solved(happened: list[Node]) -> Act | None:
    """When a pull request or commit closed it last, and its author; None when it was closed by hand last."""
    closings = [event for event in happened if event["__typename"] == "ClosedEvent"]
    closer = closings[-1].get("closer") if closings else None
    if not closer:
        return None
    author = closer.get("author")
    if closer["__typename"] == "Commit":
        author = (author or {}).get("user")
    return instant(closings[-1]["createdAt"]), author
