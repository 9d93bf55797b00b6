"""Releases, and how many people the notes of each one thank by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from collector.github import errors
from collector.github.client import Answer
from collector.github.connected import asking, is_listed
from collector.github.reading import Thing, moment, taken, text, text_or_none, truth, whole_number_or_none
from collector.github.threads import Row
from collector.jobs import Cursor, Page, Rejection, Source

#: `@login` where it starts a word: not within an address, a package path or code.
LOGIN = re.compile(r"(?<![\w@/.`])@([A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?)(?![\w/@-]|\.\w)")
THANKS = re.compile(r"thanks to|thank(?:s| you)\b|contributors\s*$|acknowledge?ments?\s*$", re.IGNORECASE)
HEADING = re.compile(r"^\s*#+\s")
#: Bots are thanked by the notes that GitHub makes itself.
BOTS = re.compile(r"(?:\[bot\]|-bot|^dependabot|^github-actions)$", re.IGNORECASE)
MARKUP = re.compile(r"[*_`\\]|<[^>]*>")
#: What GitHub answers when nothing changed.
NOT_MODIFIED = 304
#: More words than this are a sentence.
LONGEST_NAME = 5
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `releases`, newest first; none when GitHub says that nothing changed since the last run.

    Notes are edited years later, too: when the first page is as it was, each of the
    others is asked for by its own tag, which costs nothing where nothing changed.
    """
    github, repository, repository_id = asking(source)
    tag: str | None = cursor.get("tag")
    interrupted: str | None = cursor.get("next")
    others: dict[str, str | None] = dict(cursor.get("others", {})) if interrupted else {}
    path = interrupted or f"/repos/{repository}/releases"
    address = interrupted
    for answer, following in github.pages(path, tag=None if interrupted else tag):
        if answer.status == NOT_MODIFIED:
            yield from _older(source, cursor)
        if not is_listed(answer, f"{repository}/releases"):
            return
        if address:
            others[address] = answer.tag
        else:
            tag = answer.tag
        address = following
        refused: list[Rejection] = []
        rows = rows_of(repository, repository_id, answer, refused)
        # The tag of the first page stands for all only when every page was read.
        after = {"tag": tag, "others": dict(others)} | ({"next": following} if following else {})
        yield Page({"releases": rows}, after, rejections=refused)


def _older(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Those pages behind the first one that changed though the first did not."""
    github, repository, repository_id = asking(source)
    others: dict[str, str | None] = dict(cursor.get("others", {}))
    for address, tag in cursor.get("others", {}).items():
        answer = github.get(address, tag=tag)
        if is_listed(answer, f"{repository}/releases"):
            others[address] = answer.tag
            refused: list[Rejection] = []
            rows = rows_of(repository, repository_id, answer, refused)
            yield Page({"releases": rows}, {**cursor, "others": dict(others)}, rejections=refused)


def rows_of(repository: str, repository_id: int, answer: Answer, rejections: list[Rejection]) -> list[Row]:
    """Rows of `releases` from a page of them; what cannot be read is added to the rejections."""
    if not isinstance(answer.data, list):
        raise errors.garbled(f"{repository}/releases")
    # Drafts are not published yet.
    published = [each for each in answer.data if not isinstance(each, Mapping) or each.get("published_at")]
    return taken("release", published, lambda each: _row(repository_id, each), rejections)


def _row(repository_id: int, release: Thing) -> dict[str, Any]:
    published = moment(release, "published_at")
    return {
        "repository_id": repository_id,
        "tag": text(release, "tag_name"),
        "github_id": whole_number_or_none(release, "id"),
        "name": text_or_none(release, "name") or None,
        "prerelease": truth(release, "prerelease"),
        "published_at": published,
        "day": published.date(),
        "credited_contributors": credited_contributors(text_or_none(release, "body") or ""),
    }


def credited_contributors(notes: str) -> int | None:
    """How many people the notes thank: distinct @logins and, under a thanks section, names.

    A thanks section begins at a heading or line that thanks, and ends at the next
    heading. In it names stand separated by commas or as list items. None when
    nobody is thanked by name.
    """
    people = {login.lower() for login in LOGIN.findall(notes) if not BOTS.search(login)}
    in_thanks = False
    for line in notes.splitlines():
        heading = bool(HEADING.match(line))
        if heading or THANKS.search(line):
            in_thanks = bool(THANKS.search(line))
            line = line.rpartition(":")[2] if in_thanks and ":" in line else ""
        if in_thanks:
            people |= _names(line)
    return len(people) or None


def _names(line: str) -> set[str]:
    """Names in one line of a thanks section, folded; a line that reads as a sentence has none."""
    line = MARKUP.sub("", LINK.sub(r"\1", line)).strip().lstrip("-• ")
    parts = [part.strip(" .").split() for part in re.split(r",|;|\band\b", line)]
    if line.endswith(":") or any(len(words) > LONGEST_NAME for words in parts):
        return set()
    names = {" ".join(words).casefold() for words in parts}
    return {name for name in names if "@" not in name and any(sign.isalpha() for sign in name)}
