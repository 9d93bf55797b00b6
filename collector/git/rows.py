"""Commits as rows: who, when, how much, under whose pull request, and which papers they link."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from collector.git import messages
from collector.git.dates import CommitDates, written_instant, written_zone
from collector.git.history import NOTHING, UNKNOWN, WrittenCommit
from db.people.identities import email_identity
from db.schema import stable_id

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

#: What git leaves standing in its answer when an author or committer line cannot be read.
_UNREADABLE = {b"%aN": b"", b"%aE": b"", b"%cN": b"", b"%cE": b""}


def _people(commit: WrittenCommit) -> Iterable[tuple[bytes, bytes]]:
    """Name and address of author, committer and co-authors, empty where git could not read them."""
    message = commit.message
    for name, address in (
        (commit.author_name, commit.author_address),
        (commit.committer_name, commit.committer_address),
    ):
        yield _UNREADABLE.get(name, name), _UNREADABLE.get(address, address)
    yield from messages.coauthors(message)


class Sightings:
    """Who was seen in one page, and between which instants; names go out once a run, the newest first."""

    def __init__(self, named: set[bytes]) -> None:
        self._named = named
        self._by_address: dict[bytes, list[Any]] = {}
        self._by_identity: dict[int, list[Any]] = {}

    def see(self, name: bytes, address: bytes, seconds: int) -> int:
        """The id of the identity behind an address, seen at an instant."""
        seen = self._by_address.get(address or name)
        if seen is None:
            seen = self._first(name, address, seconds)
        if seconds < seen[1]:
            seen[1] = seconds
        elif seconds > seen[2]:
            seen[2] = seconds
        identity: int = seen[0]
        return identity

    def _first(self, name: bytes, address: bytes, seconds: int) -> list[Any]:
        # Without an address the name is all there is to tell people apart by.
        key = address or name
        shown = None if key in self._named else messages.text(name).strip()
        self._named.add(key)
        row = email_identity(messages.text(key), shown, _EPOCH, _EPOCH)
        fresh = [row["identity_id"], seconds, seconds, row]
        # Two spellings of one address are one identity, and one row of the page.
        seen = self._by_identity.setdefault(row["identity_id"], fresh)
        seen[3]["name"] = seen[3]["name"] or shown
        self._by_address[key] = seen
        return seen

    def rows(self) -> list[dict[str, Any]]:
        """A row of `identities` for everybody seen."""
        return [
            row | {"first_seen": _instant(first), "last_seen": _instant(last)}
            for _, first, last, row in self._by_identity.values()
        ]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class RowMaker:
    """Turns the pages of one walk into rows; what it carries from page to page is dates and names."""

    def __init__(self, repository_id: int, dates: CommitDates, boundary: Collection[str]) -> None:
        self._repository_id = repository_id
        self._dates = dates
        self._boundary = boundary
        self._named: set[bytes] = set()

    def pass_over(self, commit: WrittenCommit) -> None:
        """Takes note of a commit that is held already: its date and the names that it brought."""
        self._dates.place(commit.sha, commit.parents, written_instant(commit.committed))
        self._named.update(address or name for name, address in _people(commit))

    def rows(self, commits: Iterable[WrittenCommit]) -> Rows:
        """The rows of a page, by table, in the order in which they are to be written."""
        repository_id, dates, boundary = self._repository_id, self._dates, self._boundary
        people = Sightings(self._named)
        see = people.see
        rows: list[dict[str, Any]] = []
        coauthors: list[dict[str, Any]] = []
        papers: dict[int, dict[str, Any]] = {}
        mentions: list[dict[str, Any]] = []
        for commit in commits:
            (
                sha,
                parents,
                name,
                address,
                authored,
                committer,
                committer_address,
                committed,
                message,
                size,
                _,
            ) = commit
            seconds, repaired = dates.place(sha, parents, written_instant(committed))
            committed_at = datetime.fromtimestamp(seconds, UTC)
            day = committed_at.date()
            written = seconds if authored == committed and not repaired else written_instant(authored)
            if name in _UNREADABLE or address in _UNREADABLE:
                name, address = _UNREADABLE.get(name, name), _UNREADABLE.get(address, address)
            if committer in _UNREADABLE or committer_address in _UNREADABLE:
                committer = _UNREADABLE.get(committer, committer)
                committer_address = _UNREADABLE.get(committer_address, committer_address)
            # An author date that cannot be says nothing about when somebody was there.
            acted = written if written is not None and dates.sound(written) else seconds
            author_id = see(name, address, acted)
            if sha in boundary:
                size = UNKNOWN
            elif len(parents) > 1:
                size = NOTHING
            folded = message.lower()
            first_line = messages.subject(message)
            rows.append(
                {
                    "repository_id": repository_id,
                    "sha": sha,
                    "author_id": author_id,
                    "committer_id": see(committer, committer_address, seconds),
                    "authored_at": committed_at
                    if written == seconds or written is None
                    else datetime.fromtimestamp(written, UTC),
                    "author_offset": written_zone(authored),
                    "committed_at": committed_at,
                    "date_repaired": repaired,
                    "day": day,
                    "parents": len(parents),
                    "files": size[0],
                    "additions": size[1],
                    "deletions": size[2],
                    "subject": messages.text(first_line)[: messages.LONGEST_SUBJECT],
                    "pull_request": messages.pull_request(first_line),
                }
            )
            if b"co-authored-by" in folded:
                for coauthor_name, coauthor_address in messages.coauthors(message):
                    coauthor_id = see(coauthor_name, coauthor_address, acted)
                    if coauthor_id != author_id:
                        coauthors.append(
                            {"repository_id": repository_id, "sha": sha, "coauthor_id": coauthor_id}
                        )
            if b"arxiv" not in folded and b"doi" not in folded:
                continue
            for scheme, identifier in messages.papers(folded):
                paper_id = stable_id(scheme, identifier)
                papers[paper_id] = {"paper_id": paper_id, "scheme": scheme, "identifier": identifier}
                mentions.append(
                    {
                        "paper_id": paper_id,
                        "repository_id": repository_id,
                        "place": "commit",
                        "reference": sha,
                        "day": day,
                    }
                )
        made: Rows = {
            "identities": people.rows(),
            "commits": rows,
            "commit_coauthors": coauthors,
            "papers": list(papers.values()),
            "paper_mentions": mentions,
        }
        return {table: held for table, held in made.items() if held}
