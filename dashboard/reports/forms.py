"""The forms of an issue that was made: HTML and text as they were kept, Markdown and PDF from its content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.language import speaking
from dashboard.reports import kept
from dashboard.reports.audiences import EVERYBODY, PARTS, READERS
from dashboard.reports.content import Content, rendered

#: Forms that need what an issue says; issues of older versions hold their HTML and text alone.
FROM_CONTENT = ("md", "pdf")
#: Ending of a form → its media type.
TYPES = {
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "pdf": "application/pdf",
}


def written(row: Any, ending: str, reader: str = EVERYBODY) -> bytes:
    """An issue's row of `reports` in the form of that ending, as one of `audiences.READERS` reads it.

    An issue of an older version holds its HTML and text alone, which everybody reads alike.
    Raises `ValueError` for another form of it.
    """
    if ending in ("html", "txt") and (reader == EVERYBODY or row.content is None):
        return str(row.html if ending == "html" else row.text).encode()
    if row.content is None:
        raise ValueError(f"issue {row.report_id} was made by an older version: it is held as HTML and text")
    return from_content(kept.content_of(row.content, row.html), ending, READERS[reader])


def address_for(reader: str) -> str:
    """What stands behind an issue's address so that it is shown as a reader reads it."""
    return "" if reader == EVERYBODY else f"?for={reader}"


def from_content(content: Content, ending: str, parts: Sequence[str] = PARTS) -> bytes:
    """What an issue says, or parts of it, in the form of that ending, in its own language."""
    with speaking(content.language):
        if ending == "pdf":
            from dashboard.reports.paper import pdf

            return pdf(content, parts)
        return rendered(f"weekly.{ending}.j2", content, parts).encode()
