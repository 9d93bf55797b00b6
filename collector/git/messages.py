"""What a commit's message tells: subject, the pull request it lands, co-authors, linked papers."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A first line longer than this many characters is a pasted file, and is cut.
LONGEST_SUBJECT = 4096

#: Copybara's `PR #123:`, GitHub's merge and squash subjects; more than 9 digits are no pull request.
_PULL_REQUEST = re.compile(
    rb"PR #([0-9]{1,9}):|Merge pull request #([0-9]{1,9})(?![0-9])|.*\(#([0-9]{1,9})\)\Z", re.DOTALL
)
#: Copybara's own words for the pull request that a commit carries; a mere `Fixes #123` is none of them.
_IMPORTED = re.compile(
    rb"Imported from GitHub PR \S*/pull/([0-9]{1,9})(?![0-9])"
    rb"|COPYBARA_INTEGRATE_REVIEW=\S*/pull/([0-9]{1,9})(?![0-9])"
    rb"|Merging this change closes #([0-9]{1,9})(?![0-9])"
)
_COAUTHOR = re.compile(rb"^[ \t]*co-authored-by[ \t]*:([^<>\n]*)<([^<>\n]*)>", re.IGNORECASE | re.MULTILINE)
#: arXiv ids since 2007 (1706.03762) and before (cs/0112017), in links and as `arXiv:1706.03762`.
_ARXIV = re.compile(
    rb"arxiv(?:\.org/(?:abs|pdf|html)/|:\s?)([0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[a-z]{2})?/[0-9]{7})(?![0-9])"
)
_DOI = re.compile(rb"(?:doi\.org/|\bdoi:\s?)(10\.[0-9]{4,9}/[^\s\"'<>{}|\\^`]+)")
#: What follows an address in a sentence or in Markdown, and is no part of it.
_TRAILING = ".,;:!?)]}*_"


def text(written: bytes) -> str:
    """Bytes of any encoding as text that both databases take.

    git has already turned what names its encoding into UTF-8. What is none is read as Latin-1,
    the usual cause, so that a name stays readable; NUL is dropped, since PostgreSQL takes none.
    """
    try:
        read = written.decode("utf-8")
    except UnicodeDecodeError:
        read = written.decode("latin-1")
    return read.replace("\0", "") if "\0" in read else read


def subject(message: bytes) -> bytes:
    """The first line of a message that is not blank."""
    return message.lstrip().partition(b"\n")[0].rstrip()


def pull_request(first_line: bytes) -> int | None:
    """The number of the pull request that a subject says it lands; a mere mention does not count."""
    if b"#" not in first_line:
        return None
    found = _PULL_REQUEST.match(first_line)
    return int(found[1] or found[2] or found[3]) if found else None


def imported(message: bytes) -> set[int]:
    """Numbers of the pull requests that Copybara says a commit carries."""
    return {int(number) for found in _IMPORTED.findall(message) for number in found if number}


def coauthors(message: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and address of every `Co-authored-by:` line.

    git takes trailers from the last paragraph only. Copybara adds a paragraph of its own after
    them, and squashing keeps each commit's, so here such a line counts anywhere in the message.
    """
    for name, address in _COAUTHOR.findall(message):
        if name.strip() or address.strip():
            yield name.strip(), address.strip()


def papers(folded: bytes) -> set[tuple[str, str]]:
    """Scheme (arxiv or doi) and identifier of every paper linked in a message in lower case."""
    found = {("arxiv", identifier.decode()) for identifier in _ARXIV.findall(folded)}
    found.update(("doi", text(identifier).rstrip(_TRAILING)) for identifier in _DOI.findall(folded))
    return found
