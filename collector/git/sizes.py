"""A history in pages, with each commit's size as far as the clone has the contents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice

from collector.git import history
from collector.git.history import UNKNOWN, Size, WrittenCommit
from collector.git.program import GitDirectory, ask

#: The questions after a commit's size, from the best: each needs less of the clone than the one before.
#: `numstat` needs all contents; `raw` the listings of folders, and measures what contents there are;
#: `unsized` needs neither, and no size is known.
QUESTIONS = ("numstat", "raw", "unsized")


def pages(
    repository: GitDirectory, walk: Sequence[str], question: str, *, mailmap: str, skip: int, length: int
) -> Iterator[Iterable[WrittenCommit]]:
    """Pages of at most `length` commits of a walk, newest first, without its first `skip`.

    Each page is to be read to its end before the next one; the last may be empty. Sizes
    are what `git log --numstat` says: 0 for merges, no lines for binary files, None where the clone
    lacks contents. Raises `ContentsAbsent` when the clone lacks what the question needs.
    """
    commits = history.read(repository, walk, question, mailmap=mailmap, count=(f"--skip={skip}",))
    with closing(commits):
        while True:
            page: Iterable[WrittenCommit] = islice(commits, length)
            if question == "raw":
                page = _measured(repository, list(page))
            yield page


def _measured(repository: GitDirectory, page: list[WrittenCommit]) -> list[WrittenCommit]:
    """The page with the sizes of all commits whose contents are there."""
    wanted = sorted(set().union(*(commit.contents for commit in page)))
    present = _present(repository, wanted)
    whole = [c.sha for c in page if c.contents and c.contents <= present]
    measured = _numstat(repository, whole) if whole else {}
    return [
        commit if not commit.size.files else commit._replace(size=measured.get(commit.sha, UNKNOWN))
        for commit in page
    ]


def _present(repository: GitDirectory, contents: list[bytes]) -> set[bytes]:
    if not contents:
        return set()
    answer = ask(
        ["cat-file", "--batch-check=%(objecttype)", "--buffer"],
        repository,
        given=b"\n".join(contents) + b"\n",
    )
    lines = (answer or b"").splitlines()
    # An absent one is answered by its name and the word "missing".
    return {name for name, line in zip(contents, lines, strict=True) if line == b"blob"}


def _numstat(repository: GitDirectory, commits: list[str]) -> dict[str, Size]:
    """The sizes of the given commits, whose contents are all there; a commit without any is left out."""
    answer = ask(
        ["diff-tree", "--stdin", "-z", "-r", "--root", "--numstat", "-M", "-l1000"],
        repository,
        given="\n".join(commits).encode() + b"\n",
    )
    tokens = [*(answer or b"").split(b"\0")]
    sizes = {}
    place = 0
    while tokens[place]:
        sha = tokens[place].decode()
        place, sizes[sha], _ = history.numstat(tokens, place + 1)
    return sizes
