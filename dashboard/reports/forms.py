"""The forms of an issue that was made: HTML and text as they were kept, Markdown and PDF from its content."""

from __future__ import annotations

from typing import Any

from dashboard.reports import kept
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


def written(row: Any, ending: str) -> bytes:
    """An issue's row of `reports` in the form of that ending.

    Raises `ValueError` for a form that needs content which an issue of an older version does not hold.
    """
    if ending == "html":
        return str(row.html).encode()
    if ending == "txt":
        return str(row.text).encode()
    if row.content is None:
        raise ValueError(f"issue {row.report_id} was made by an older version: it is held as HTML and text")
    return from_content(kept.content_of(row.content, row.html), ending)


def from_content(content: Content, ending: str) -> bytes:
    """What an issue says as Markdown or PDF."""
    if ending == "pdf":
        from dashboard.reports.paper import pdf

        return pdf(content)
    return rendered("weekly.md.j2", content).encode()
