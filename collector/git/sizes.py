"""A history in pages with each commit's size, also where the clone lacks contents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from collector.git import history
from collector.git.history import NOTHING, UNKNOWN, Size, WrittenCommit
from collector.git.program import ContentsAbsent, GitDirectory, ask


def pages(
    repository: GitDirectory, walk: Sequence[str], mailmap: str, skip: int, length: int
) -> Iterator[list[WrittenCommit]]:
    """Pages of at most `length` commits of a walk, newest first, without its first `skip`.

    Sizes are what `git log --numstat` says: 0 for merges, lines 0 for binary files. A clone may lack
    contents (a partial clone, a damaged one): from the page where git stops for that, the listing of
    changes decides which commits can be measured, and the size of the others is unknown. When
    listings are absent too, all sizes from there are.
    """
    try:
        for page in _in_pages(repository, walk, mailmap, "numstat", skip, length):
            yield page
            skip += len(page)
        return
    except ContentsAbsent:
        pass  # read on by another question, from the page that could not be read
    try:
        for page in _in_pages(repository, walk, mailmap, "raw", skip, length):
            yield _measured(repository, page)
            skip += len(page)
        return
    except ContentsAbsent:
        pass  # as above
    for page in _in_pages(repository, walk, mailmap, "unsized", skip, length):
        yield [c._replace(size=NOTHING) if len(c.parents) > 1 else c for c in page]


def _in_pages(
    repository: GitDirectory, walk: Sequence[str], mailmap: str, question: str, skip: int, length: int
) -> Iterator[list[WrittenCommit]]:
    commits = history.read(repository, walk, question, mailmap=mailmap, count=(f"--skip={skip}",))
    while page := list(islice(commits, length)):
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
