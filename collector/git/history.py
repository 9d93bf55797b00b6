"""A history read as one stream: what is asked of `git log`, and its answer cut into commits."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple

from collector.git.program import GitDirectory, streaming

#: Fields of a commit, in this order, each ended by a NUL: git never writes one inside a field,
#: since it takes text up to the first NUL. People's names and addresses are the mailmap's.
FORMAT = "%H%x00%P%x00%aN%x00%aE%x00%ad%x00%cN%x00%cE%x00%cd%x00%B"
FIELDS = 9
#: What a person's own git configuration could change about the answer, held to git's defaults.
SETTLED = (
    *("-c", "color.ui=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.showRoot=true"),
    *("-c", "log.follow=false"),
    *("-c", "diff.renames=true"),
    *("-c", "diff.renameLimit=1000"),
    *("-c", "diff.algorithm=default"),
    *("-c", "diff.relative=false"),
)


class Size(NamedTuple):
    """Files changed, lines added, lines deleted; all None when the clone does not know."""

    files: int | None
    additions: int | None
    deletions: int | None


NOTHING = Size(0, 0, 0)
UNKNOWN = Size(None, None, None)


class WrittenCommit(NamedTuple):
    """One commit as written: text as bytes, dates as git's `SECONDS ZONE`, contents that it names."""

    sha: str
    parents: list[str]
    author_name: bytes
    author_address: bytes
    authored: bytes
    committer_name: bytes
    committer_address: bytes
    committed: bytes
    message: bytes
    size: Size
    contents: frozenset[bytes]


#: Reads a commit's changes from the tokens at a place; returns the place after them, the size, the contents.
ReadChanges = Callable[[Sequence[bytes], int], tuple[int, Size, frozenset[bytes]]]
NO_CONTENTS: frozenset[bytes] = frozenset()


def numstat(tokens: Sequence[bytes], place: int) -> tuple[int, Size, frozenset[bytes]]:
    """`ADDED TAB DELETED TAB PATH`, or an empty path and then two of them for a rename; `-` for binary."""
    files = additions = deletions = 0
    while True:
        token = tokens[place]
        if b"\t" not in token:
            return place, Size(files, additions, deletions) if files else NOTHING, NO_CONTENTS
        added, deleted, path = token.split(b"\t", 2)
        files += 1
        if added.strip() != b"-":
            additions += int(added)
            deletions += int(deleted)
        place += 1 if path else 3


def raw(tokens: Sequence[bytes], place: int) -> tuple[int, Size, frozenset[bytes]]:
    """`:MODE MODE OLD NEW STATUS` and a path: only what contents the change is between, not its size."""
    contents: set[bytes] = set()
    files = 0
    while True:
        token = tokens[place].lstrip(b"\n")
        if not token.startswith(b":"):
            return place, Size(files, None, None) if files else NOTHING, frozenset(contents)
        old_mode, new_mode, old, new, _ = token[1:].split(b" ", 4)
        # A submodule (160000) names a commit of another repository, an all-zero name is no file.
        if old_mode != b"160000" and old.strip(b"0"):
            contents.add(old)
        if new_mode != b"160000" and new.strip(b"0"):
            contents.add(new)
        files += 1
        place += 2


def unsized(tokens: Sequence[bytes], place: int) -> tuple[int, Size, frozenset[bytes]]:
    """No change is listed: a next commit follows at once."""
    tokens[place]
    return place, UNKNOWN, NO_CONTENTS


#: How sizes are asked for, and how the answer is read.
QUESTIONS: dict[str, tuple[tuple[str, ...], ReadChanges]] = {
    "numstat": (("--numstat",), numstat),
    "raw": (("--raw", "--no-abbrev", "--no-renames"), raw),
    "unsized": (("--no-patch",), unsized),
}


def read(
    repository: GitDirectory,
    walk: Sequence[str],
    question: str = "numstat",
    *,
    mailmap: str,
    count: Sequence[str] = (),
) -> Generator[WrittenCommit, None, None]:
    """The commits of a walk, newest first, from one `git log`.

    `walk` is what `git log` is given (`HASH`, or `HASH --not HASH`), `mailmap` the name of the
    mailmap's contents, `count` more of `git log`'s options (`--skip=`, `--max-count=`).
    Raises `ContentsAbsent` when the question needs contents that the clone lacks.
    """
    options, read_changes = QUESTIONS[question]
    command = [
        *SETTLED,
        *("-c", f"mailmap.blob={mailmap}"),
        "log",
        "-z",
        "--encoding=UTF-8",
        "--date=raw",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        f"--format={FORMAT}",
        *options,
        *count,
        *walk,
        "--",
    ]
    with streaming(command, repository) as chunks:
        yield from cut(chunks, read_changes)


def cut(chunks: Iterator[bytes], read_changes: ReadChanges) -> Iterator[WrittenCommit]:
    """Cuts the stream into commits; one is given out once the next has begun or the stream ended well."""
    tokens: list[bytes] = []
    rest = b""
    for chunk in chunks:
        fresh = (rest + chunk).split(b"\0")
        rest = fresh.pop()
        tokens += fresh
        place = 0
        try:
            while True:
                after, commit = _one(tokens, place, read_changes)
                yield commit
                place = after
        except IndexError:
            # The stream has come no further yet than into this commit.
            tokens = tokens[place:]
    # The end of the stream stands for the beginning of a next commit.
    tokens.append(b"")
    place = 0
    while place < len(tokens) - 1:
        place, commit = _one(tokens, place, read_changes)
        yield commit


def _one(tokens: list[bytes], place: int, read_changes: ReadChanges) -> tuple[int, WrittenCommit]:
    """The commit that begins at a place, and the place after it; `IndexError` when it is not all there."""
    after, size, contents = read_changes(tokens, place + FIELDS)
    sha, parents, name, address, authored, committer, mailbox, committed, message = tokens[
        place : place + FIELDS
    ]
    return after, WrittenCommit(
        sha.decode(),
        parents.decode().split(),
        name,
        address,
        authored,
        committer,
        mailbox,
        committed,
        message,
        size,
        contents,
    )
