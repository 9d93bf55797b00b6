"""Other people's words made fit for plain text: one line, no control characters, 72 columns."""

from __future__ import annotations

import re
import textwrap
import unicodedata

COLUMNS = 72


def one_line(words: str, longest: int = 160) -> str:
    """Words as one line without control, direction-changing or unassigned characters, cut when too long.

    A title may hold newlines that would forge a section of a text, or marks that
    turn the rest of the line around.
    """
    kept = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in words)
    line = " ".join(kept.split())
    if len(line) <= longest:
        return line
    cut = line[:longest]
    # Between words, where there are words: a name of one piece is cut anywhere.
    end = cut.rfind(" ", longest * 2 // 3)
    return cut[: end if end > 0 else longest - 1].rstrip(" ,;:(") + "…"


def marked_down(words: str) -> str:
    """Words as they are in Markdown: whatever would be a mark there is escaped, on one line."""
    kept = re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", one_line(words, 4000)).replace("&", "&amp;")
    # At the begin of a line these would make a list, a heading or a rule of it.
    return re.sub(r"^(?=[-+=#])", r"\\", re.sub(r"^(\d+)(?=[.)](?:\s|$))", r"\1\\", kept))


def wrapped(words: str, first: str = "", rest: str = "") -> str:
    """Words broken into lines of at most 72 columns; `first` and `rest` stand before the lines.

    An address is never broken, so that it can still be followed: a line that
    holds one may be longer.
    """
    if any(map(_is_wide, words)):
        return _filled(words, first, rest)
    return textwrap.fill(
        words,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _filled(words: str, first: str, rest: str) -> str:
    """The same of words with letters that are two columns wide."""
    lines, line = [], first
    for word in words.split():
        begun = line.strip() and line not in (first, rest)
        if begun and width_of(line) + 1 + width_of(word) > COLUMNS:
            lines.append(line)
            line, begun = rest, False
        line += f" {word}" if begun else word
    return "\n".join([*lines, line])


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def width_of(words: str) -> int:
    """How many columns words take: letters of East Asian scripts are two columns wide."""
    return sum(2 if _is_wide(letter) else 1 for letter in words)


def ruled(words: str, mark: str = "-") -> str:
    """A heading with a line of marks below it."""
    return f"{words}\n{mark * min(width_of(words), COLUMNS)}"


def columned(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], numbers: tuple[bool, ...] = ()) -> str:
    """A table as text, no wider than 72 columns where it can be: numbers right, others left.

    Without `numbers` all but the first column are. Headings that are too wide for
    their columns are broken over lines.
    """
    right = numbers or tuple(place > 0 for place in range(len(head)))
    widths = [max(width_of(row[place]) for row in rows) for place in range(len(head))] if rows else []
    room = COLUMNS - sum(widths) - 2 * (len(widths) - 1)
    lines = []
    for place, title in enumerate(head):
        wanted = max(max(map(width_of, title.split()), default=0), widths[place])
        grown = min(wanted - widths[place], max(room, 0))
        widths[place] += grown
        room -= grown
        lines.append(_broken(title, widths[place]))
    depth = max(map(len, lines))
    headings = [[""] * (depth - len(title)) + title for title in lines]
    table = [*zip(*headings, strict=True), *rows]
    return "\n".join(
        "  ".join(
            _blank(cell, width) + cell if at_right else cell + _blank(cell, width)
            for cell, width, at_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in table
    )


def _blank(cell: str, width: int) -> str:
    return " " * max(width - width_of(cell), 0)


def _broken(title: str, width: int) -> list[str]:
    """A heading in lines of so many columns, where its words allow."""
    if not any(map(_is_wide, title)):
        return textwrap.wrap(title, width) or [""]
    lines = [""]
    for word in title.split():
        together = f"{lines[-1]} {word}".strip()
        if not lines[-1] or width_of(together) <= width:
            lines[-1] = together
        else:
            lines.append(word)
    return lines
