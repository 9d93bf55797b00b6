"""What the script of the SQL page says to readers, in their language."""

from __future__ import annotations

from dashboard.language import _


def words() -> dict[str, str]:
    """Texts by the names under which the script asks for them; `{…}` is filled in by it."""
    return {
        "editor": _("SQL, one SELECT"),
        "running": _("Running …"),
        "waiting": _("Others are asking; it waits for its turn …"),
        "cancelled": _("Cancelled."),
        "rows": _("{rows} rows in {seconds} s"),
        "one": _("1 row in {seconds} s"),
        "none": _("No rows: the query is right, and nothing matches it."),
        "more": _("Only the first {rows} rows are shown; a download has up to {most}."),
        "large": _("The answer was cut at its limit of bytes."),
        "at": _("Line {line}, column {column}: {error}"),
        "broken": _("The answer broke off: {error}"),
        "away": _("The server does not answer: {error}"),
        "missing": _("Give a value for {name}."),
        "parameter": _("Value of :{name}"),
        "download": _("All rows: download as {form}"),
        "grid": _("Rows of the query"),
        "draw": _("Draw it"),
        "columns": _("What the columns hold"),
        "chart": _("Kind"),
        "line": _("Line"),
        "bar": _("Bar"),
        "across": _("Across"),
        "up": _("Up"),
        "by": _("One colour for each"),
        "nothing": _("nothing"),
        "charted": _("{up} by {across}, drawn from the rows above"),
        "again": _("Ask again"),
        "empty": _("Nothing yet."),
        "copied": _("Copied."),
        "uncopied": _("Mark the text and copy it."),
        "untitled": _("A query"),
        "yes": _("yes"),
        "no": _("no"),
    }
