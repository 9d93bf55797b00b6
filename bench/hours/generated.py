"""A made-up archive in the shapes of 2015, 2025 and since October 2025; every event is labelled simulated."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

#: First hours of the three shapes, and the share of the archive's hours that each has.
SHAPES = (
    ("2015", datetime(2015, 6, 1, tzinfo=UTC), 0.4),
    ("2025", datetime(2025, 6, 1, tzinfo=UTC), 0.4),
    ("bare", datetime(2025, 11, 1, tzinfo=UTC), 0.2),
)
#: Kinds of events and how many of a thousand are of it, about as GH Archive has them.
KINDS = {
    "PushEvent": 520,
    "CreateEvent": 140,
    "WatchEvent": 110,
    "IssueCommentEvent": 60,
    "PullRequestEvent": 50,
    "IssuesEvent": 45,
    "DeleteEvent": 33,
    "ForkEvent": 23,
    "PullRequestReviewEvent": 8,
    "ReleaseEvent": 5,
    "CommitCommentEvent": 3,
    "PullRequestReviewCommentEvent": 3,
}
#: Repositories in all; the first of them are of the community that is followed, with a tenth of the events.
REPOSITORIES, FOLLOWED, SHARE = 20_000, 60, 0.1
OWNER = "simulated-community"
#: Marks in a template: numbers and texts that differ from event to event.
NUMBERS = ("id", "actor", "repo", "number", "other", "entry", "many", "few")
TEXTS = ("at", "then", "name", "state", "action", "sha", "flag", "merged_at", "closed_at")


@dataclass(frozen=True)
class HourOrder:
    """One hour's file that is to be made."""

    hour: datetime
    shape: str
    events: int


def plan(events: int, hours: int) -> list[HourOrder]:
    """How many events each hour gets: all events, over that many hours of the three shapes."""
    found = []
    for shape, first, share in SHAPES:
        of_shape = max(1, round(hours * share))
        found += [(first + timedelta(hours=n), shape) for n in range(of_shape)]
    each, rest = divmod(events, len(found))
    return [HourOrder(hour, shape, each + (n < rest)) for n, (hour, shape) in enumerate(found)]


def generate(
    folder: Path, events: int, hours: int, *, seed: int = 20150601, processes: int = 2, spoiled: bool = False
) -> list[datetime]:
    """Write an archive into a folder; the same arguments give the same bytes. Returns its hours.

    A folder that is there already is left as it is. In a `spoiled` one an hour has lines
    that are no events and threads whose events tell them in parts, and another is cut off.
    """
    orders = plan(events, hours)
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.part")
        making.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(processes) as pool:
            for _ in pool.map(partial(write_hour, making, seed), orders):
                pass
        if spoiled:
            _spoil(making, orders)
        making.rename(folder)
    return [order.hour for order in orders]


#: Lines that are no events, each in a way of its own.
NO_EVENTS = (
    b"no JSON",
    b'{"id":"1","type":"PushEvent","created_at":"2015-06-01T00:00:00Z"',
    b'{"id":"2","type":"PushEvent","repo":{"id":1,"name":"a/b"},"created_at":"yesterday"}',
    b'{"id":"3"}{"id":"4"}',
    b"[1, 2]",
    b'{"id":"5","type":"PushEvent\xff","repo":{"id":1,"name":"a/b"},"created_at":"2015-06-01T00:00:00Z"}',
    b'{"id":"6","type":"\\ud83d","repo":{"id":1,"name":"a/b"},"created_at":"2015-06-01T00:00:00Z"}',
    b'{"id":"1.5","type":"PushEvent","repo":{"id":1,"name":"a/b"},"created_at":"2015-06-01T00:00:00Z"}',
)


def _told_in_parts() -> Iterator[str]:
    """Two threads whose last event lacks what an earlier one says: an author's type, a reason."""
    ada = {"id": 9, "login": "ada", "type": "User"}
    opened = {"id": 9_001, "number": 9_001, "created_at": "2015-06-01T00:00:00Z", "title": "In parts"}
    shut = {"user": ada, "state": "closed", "state_reason": "completed", "closed_at": "2015-06-01T00:02:00Z"}
    bare = {"action": "opened", "number": 9_000, "pull_request": {"id": 9_000, "number": 9_000}}
    on_it = {"number": 9_000, "user": ada, "state": "open", "pull_request": {"url": "there"}}
    said = {"id": 1, "user": ada, "created_at": "2015-06-01T00:01:00Z"}
    events = [
        ("PullRequestEvent", bare),
        ("IssueCommentEvent", {"action": "created", "issue": on_it, "comment": said}),
        ("PullRequestEvent", {**bare, "action": "reopened"}),
        ("PullRequestEvent", {**bare, "action": "opened"}),
        ("IssuesEvent", {"action": "closed", "issue": opened | shut}),
        (
            "IssuesEvent",
            {"action": "reopened", "issue": opened | {"user": {"id": 9, "login": "ada"}, "state": "open"}},
        ),
    ]
    for place, (kind, payload) in enumerate(events):
        event = {
            "id": str(10**15 + place),
            "type": kind,
            "actor": {"id": 9, "login": "ada"},
            "repo": {"id": 5_000_000, "name": f"{OWNER}/project0"},
            "payload": payload,
            "simulated": True,
            "created_at": f"2015-06-01T00:{place:02d}:00Z",
        }
        yield json.dumps(event, separators=(",", ":"))


def _spoil(folder: Path, orders: Sequence[HourOrder]) -> None:
    first, second = (folder / f"{each.hour:%Y-%m-%d}-{each.hour.hour}.json.gz" for each in orders[:2])
    lines = gzip.decompress(first.read_bytes())
    # An event whose parts are of other kinds than they should be is an event all the same.
    odd = b'{"id":"7","type":"PushEvent","actor":"who","repo":{"id":1,"name":"a/b"},"payload":[],'
    odd += b'"simulated":true,"created_at":"2015-06-01T00:00:00Z"}'
    parts = [line.encode() for line in _told_in_parts()]
    first.write_bytes(gzip.compress(lines + b"\n".join([*NO_EVENTS, b"", odd, *parts]) + b"\n", 1, mtime=0))
    whole = second.read_bytes()
    second.write_bytes(whole[: len(whole) * 2 // 3])


def write_hour(folder: Path, seed: int, order: HourOrder) -> None:
    """Write an hour's file, as GH Archive names it."""
    chance = random.Random(f"{seed} {order.hour:%Y-%m-%d-%H}")
    path = folder / f"{order.hour:%Y-%m-%d}-{order.hour.hour}.json.gz"
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as file:
        for line in _lines(order, chance):
            file.write(line.encode())


def _lines(order: HourOrder, chance: random.Random) -> Iterator[str]:
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=order.events)
    first = int(order.hour.timestamp()) * 20_000
    for place, kind in enumerate(kinds):
        if kind == "PullRequestReviewEvent" and order.shape == "2015":
            kind = "PullRequestReviewCommentEvent"
        seconds = place * 3600 // order.events
        at = order.hour + timedelta(seconds=seconds)
        yield _template(order.shape, kind) % _values(chance, first + place, at)


def _values(chance: random.Random, number: int, at: datetime) -> Mapping[str, Any]:
    followed = chance.random() < SHARE
    repo = chance.randrange(FOLLOWED) if followed else FOLLOWED + int(REPOSITORIES * chance.random() ** 3)
    thread = 1 + int(400 * chance.random() ** 2)
    step = chance.randrange(4)
    written = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    merged = step == 2
    return {
        "id": number,
        "actor": 1_000 + int(500_000 * chance.random() ** 2),
        "repo": 5_000_000 + repo,
        "name": f"{OWNER if repo < FOLLOWED else f'owner{repo % 997}'}/project{repo}",
        "number": thread,
        "other": 1_000 + (repo * 7919 + thread * 104_729) % 500_000,
        "entry": number,
        "many": chance.randrange(100_000),
        "few": chance.randrange(20),
        "at": written,
        "then": f"{at - timedelta(days=thread % 50, hours=repo % 23):%Y-%m-%dT%H:%M:%SZ}",
        "state": "closed" if step in (1, 2) else "open",
        "action": ("opened", "closed", "closed", "reopened")[step],
        "sha": f"{chance.getrandbits(160):040x}",
        "flag": "true" if merged else "false",
        "merged_at": f'"{written}"' if merged else "null",
        "closed_at": f'"{written}"' if step in (1, 2) else "null",
    }


@cache
def _template(shape: str, kind: str) -> str:
    """A line of this kind as a text for `%`, made from the event with marks for what differs."""
    text = json.dumps(_event(shape, kind), separators=(",", ":")).replace("%", "%%")
    for name in NUMBERS:
        text = text.replace(f'"@{name}@"', f"%({name})d").replace(f"@{name}@", f"%({name})d")
    for name in ("flag", "merged_at", "closed_at"):
        text = text.replace(f'"@{name}@"', f"%({name})s")
    for name in TEXTS:
        text = text.replace(f"@{name}@", f"%({name})s")
    return text + "\n"


def _event(shape: str, kind: str) -> dict[str, Any]:
    return {
        "id": "@id@",
        "type": kind,
        "actor": {"id": "@actor@", "login": "user@actor@", "url": "https://api.github.com/users/user@actor@"},
        "repo": {"id": "@repo@", "name": "@name@", "url": "https://api.github.com/repos/@name@"},
        "payload": _payload(shape, kind),
        "public": True,
        "simulated": True,
        "created_at": "@at@",
    }


def _payload(shape: str, kind: str) -> dict[str, Any]:
    remark = {"action": "created", "comment": _remark(shape)}
    match kind:
        case "PushEvent":
            pushed = {"push_id": "@entry@", "ref": "refs/heads/main", "head": "@sha@", "before": "@sha@"}
            return pushed if shape == "bare" else pushed | _commits()
        case "CreateEvent":
            return {"ref": "main", "ref_type": "branch", "master_branch": "main", "description": WORDS[:60]}
        case "WatchEvent":
            return {"action": "started"}
        case "IssueCommentEvent":
            return remark | {"issue": _issue(shape)}
        case "PullRequestEvent":
            return {"action": "@action@", "number": "@number@", "pull_request": _pull(shape, whole=True)}
        case "IssuesEvent":
            return {"action": "@action@", "issue": _issue(shape)}
        case "DeleteEvent":
            return {"ref": "topic", "ref_type": "branch", "pusher_type": "user"}
        case "ForkEvent":
            return {"forkee": {"id": "@entry@", "full_name": "user@actor@/fork", **_urls("repos", 46)}}
        case "PullRequestReviewEvent":
            review = {"id": "@entry@", "user": _user("@actor@"), "state": "commented"}
            review |= {"author_association": "MEMBER", "submitted_at": "@at@", "commit_id": "@sha@"}
            return {"action": "created", "review": review, "pull_request": _pull(shape, whole=False)}
        case "ReleaseEvent":
            release = {"id": "@entry@", "tag_name": "v@few@.@number@", "name": WORDS[:20], "draft": False}
            release |= {
                "prerelease": False,
                "published_at": "@at@",
                "body": WORDS,
                "author": _user("@actor@"),
            }
            return {"action": "published", "release": release}
        case "CommitCommentEvent":
            return {"comment": remark["comment"] | {"commit_id": "@sha@"}}
        case _:
            return remark | {"pull_request": _pull(shape, whole=False)}


WORDS = "Made-up words about tensors, graphs and kernels that stand for what people write. " * 4


def _urls(kind: str, count: int) -> dict[str, str]:
    """As many addresses as GitHub's objects carry: most of an event's bytes."""
    return {f"address{n}_url": f"https://api.github.com/{kind}/@repo@/part{n}{{/more}}" for n in range(count)}


def _user(number: str) -> dict[str, Any]:
    user = {"login": f"user{number}", "id": number, "type": "User", "site_admin": False}
    return user | {f"part{n}_url": f"https://api.github.com/users/user{number}/part{n}" for n in range(12)}


def _remark(shape: str) -> dict[str, Any]:
    said = {"id": "@entry@", "user": _user("@actor@"), "created_at": "@at@", "body": WORDS}
    return said if shape == "2015" else said | {"author_association": "CONTRIBUTOR", "reactions": REACTIONS}


REACTIONS = {"total_count": "@few@", "+1": 1, "-1": 0, "laugh": 0, "heart": 0}


def _thread(shape: str) -> dict[str, Any]:
    thread = {
        "id": "@number@",
        "number": "@number@",
        "title": "Thread @number@ of @name@",
        "user": _user("@other@"),
        "state": "@state@",
        "comments": "@few@",
        "created_at": "@then@",
        "updated_at": "@at@",
        "closed_at": "@closed_at@",
        "body": WORDS,
    }
    return thread if shape == "2015" else thread | {"author_association": "NONE"}


def _issue(shape: str) -> dict[str, Any]:
    more = {} if shape == "2015" else {"reactions": REACTIONS, "state_reason": None}
    return _thread(shape) | more | {"labels": []} | _urls("issues", 6)


def _pull(shape: str, *, whole: bool) -> dict[str, Any]:
    base = {"ref": "main", "sha": "@sha@", "repo": {"id": "@repo@", "name": "@name@"}}
    head = {"ref": "topic", "sha": "@sha@", "repo": {"id": "@entry@", "name": "fork"}}
    if shape == "bare":
        return {"id": "@number@", "number": "@number@", "head": head, "base": base}
    held = {"stargazers_count": "@many@", "forks_count": "@few@", **_urls("repos", 46)}
    base["repo"] |= held
    head["repo"] |= {"fork": True, "created_at": "@then@", **_urls("repos", 46)}
    merge = {"merged_at": "@merged_at@", "merge_commit_sha": "@sha@"}
    if whole:
        merge |= {"merged": "@flag@", "additions": "@many@", "deletions": "@few@", "changed_files": "@few@"}
    return _thread(shape) | merge | {"head": head, "base": base} | _urls("pulls", 8)


def _commits() -> dict[str, Any]:
    commit = {"sha": "@sha@", "message": WORDS[:80], "distinct": True, "url": "https://api.github.com/@sha@"}
    commits: Sequence[dict[str, Any]] = [commit | {"author": {"name": "user@actor@", "email": "hidden"}}]
    return {"size": "@few@", "distinct_size": "@few@", "commits": commits}
