"""Issues that are offered to newcomers: when they were labelled so, taken up and solved, and by whom."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from collector.github.accounts import Accounts
from collector.github.connected import asking, held_github_id, holding
from collector.github.newest_first import Listing, read
from collector.github.reading import Thing, moment, part, taken, text, text_or_none, whole_number
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
        pages = read(github, listing, repository, cursors.get(name, {}), since=source.since, github_id=known)
        for page in pages:
            accounts = Accounts()
            refused = list(page.rejections)

            def row(node: Node, accounts: Accounts = accounts) -> dict[str, Any]:
                happened = whole(github, node, "timelineItems")
                return _row(repository_id, node, happened, meant, accounts)

            rows = taken("issue", page.nodes, row, refused)
            cursors[name] = page.cursor
            yield Page(
                {"identities": accounts.rows(), "first_issues": rows},
                {"labels": dict(cursors)},
                rejections=refused,
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
            moment(event, "createdAt")
            for event in happened
            if event.get("__typename") == "LabeledEvent"
            and text(part(event, "label"), "name").lower() in meant
        ),
        default=moment(node, "createdAt"),
    )
    taken_up = _taken_up(happened, labelled)
    solved = _solved(happened) if text(node, "state") == "CLOSED" else None
    return {
        "repository_id": repository_id,
        "number": whole_number(node, "number"),
        "labelled_at": labelled,
        "day": labelled.date(),
        "taken_at": taken_up[0] if taken_up else None,
        "taken_by": accounts.seen(taken_up[1], taken_up[0]) if taken_up else None,
        "solved_day": solved[0].date() if solved else None,
        "solved_by": accounts.seen(solved[1], solved[0]) if solved else None,
    }


Act = tuple[datetime, Thing]


def _taken_up(happened: list[Node], labelled: datetime) -> Act | None:
    """When somebody was first assigned, or referred to it from a pull request, once it was offered.

    Nobody takes an issue by an assignment before that: maintainers share out what
    comes in. Nor does an app take one.
    """
    acts: list[Act] = []
    for event in happened:
        kind, source = event.get("__typename"), part(event, "source")
        if kind == "AssignedEvent":
            acts.append((moment(event, "createdAt"), part(event, "assignee")))
        elif kind == "CrossReferencedEvent" and "author" in source:
            acts.append((moment(event, "createdAt"), part(source, "author")))
    acts = [(when, who) for when, who in acts if when >= labelled and who.get("__typename") != "Bot"]
    return min(acts, key=lambda act: act[0], default=None)


def _solved(happened: list[Node]) -> Act | None:
    """When a pull request or commit closed it last, and its author; None when it was closed by hand last."""
    closings = [event for event in happened if event.get("__typename") == "ClosedEvent"]
    closer = part(closings[-1], "closer") if closings else {}
    if not closer:
        return None
    author = part(closer, "author")
    if text_or_none(closer, "__typename") == "Commit":
        author = part(author, "user")
    return moment(closings[-1], "createdAt"), author
