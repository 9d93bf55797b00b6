"""What is sent, before it takes the form of a channel: subject, HTML, text, links and notes."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from dashboard import theme, wording
from dashboard.delivery.unsubscribe import token
from dashboard.reports import forms, kept, plain
from dashboard.reports.audiences import EVERYBODY
from dashboard.reports.schedule import LATE_AFTER
from db.schema import table

SUBJECT = 150
MOST_POINTS = 4


@dataclass(frozen=True)
class Letter:
    """An issue or alert for one recipient.

    `html` may hold pictures as data URIs; `about` says in a line what it is of;
    `notes` stand before it (late, test, simulated); `page` is its permalink and
    `leave` the link that ends them, both empty where the dashboard's address is
    not configured.
    """

    subject: str
    headline: str
    about: str
    html: str
    text: str
    points: Sequence[str]
    notes: Sequence[str]
    page: str
    leave: str
    list_name: str
    simulated: bool


def letter(
    connection: Connection,
    delivery: Mapping[str, Any],
    site: str,
    title: str,
    now: datetime,
    reader: str = EVERYBODY,
) -> Letter | None:
    """The letter of a delivery, as `reader` reads it; None when what it is about is not held any more."""
    leave = f"{site}/unsubscribe/{token(delivery['name'], delivery['recipient'])}" if site else ""
    if delivery["kind"] == "alert":
        return _alert(connection, delivery, site, title, leave)
    held = table("reports")
    row = connection.execute(select(held).where(held.c.report_id == delivery["report_id"])).one_or_none()
    if row is None:
        return None
    notes = late_note(delivery["due_at"], row.made_at, now)
    return issue_letter(row, site, title, leave, notes, reader)


def issue_letter(
    row: Any, site: str, title: str, leave: str, notes: Sequence[str], reader: str = EVERYBODY
) -> Letter:
    """The letter of an issue, from its row of `reports`, as one of `audiences.READERS` reads it."""
    scope = title if row.scope == "project" else row.scope
    about = f"{title} · {row.report} · {row.scope} · {row.period.isoformat()} to {row.period_end.isoformat()}"
    return Letter(
        subject=plain.one_line(f"{scope} {row.report}: {row.headline}", SUBJECT),
        headline=row.headline,
        about=plain.one_line(about),
        html=forms.written(row, "html", reader).decode(),
        text=forms.written(row, "txt", reader).decode(),
        points=_points(row, reader),
        notes=notes,
        page=f"{site}/reports/{row.report_id}{forms.address_for(reader)}" if site else "",
        leave=leave,
        list_name=f"{title} {row.report}",
        simulated=bool(row.simulated),
    )


def late_note(due_at: datetime, made_at: datetime, now: datetime) -> list[str]:
    """That it is late, where it is: its making being late stands in the issue itself."""
    if now - max(due_at, made_at) <= LATE_AFTER:
        return []
    return [
        f"Sent late: it was due {due_at:%d %b %Y, %H:%M} UTC, {wording.age(due_at, now)}; "
        "it could not be delivered before."
    ]


def with_frame(whole: str, before: Sequence[str], after: Sequence[tuple[str, str]]) -> str:
    """HTML of an issue with notes above and links (words, address) below it, in its own look."""
    soft, line = theme.SURFACES["soft"][0], theme.SURFACES["line"][0]
    box = (
        "max-width:640px;margin:0 auto;box-sizing:border-box;padding:10px 24px;font-size:13px;line-height:1.5"
    )
    top = "".join(
        f'<div role="note" style="{box};color:{theme.SURFACES["warn"][0]};'
        f'background:{theme.SURFACES["warn-wash"][0]}">{html.escape(note)}</div>'
        for note in before
    )
    links = " · ".join(
        f'<a href="{html.escape(where)}" style="color:{soft}">{html.escape(words)}</a>'
        for words, where in after
    )
    foot = f'<div style="{box};border-top:1px solid {line};color:{soft}">{links}</div>' if after else ""
    framed = re.sub(r"(<body[^>]*>)", lambda found: found[1] + top, whole, count=1)
    head, end, tail = framed.rpartition("</body>")
    return f"{head}{foot}{end}{tail}"


def _alert(
    connection: Connection, delivery: Mapping[str, Any], site: str, title: str, leave: str
) -> Letter | None:
    held = table("alerts")
    row = connection.execute(select(held).where(held.c.alert_id == delivery["alert_id"])).one_or_none()
    if row is None:
        return None
    repositories = table("repositories")
    simulated = (
        connection.execute(
            select(repositories.c.repository_id).where(repositories.c.simulated).limit(1)
        ).first()
        is not None
    )
    message = f"Simulated data: {row.message}" if simulated else row.message
    over = ["It is over since: the value is back."] if row.state == "over" else []
    about = f"{title} · alert {row.rule} · {row.scope} · {row.opened_at:%d %b %Y, %H:%M} UTC"
    ink, page = theme.SURFACES["ink"][0], theme.SURFACES["card"][0]
    whole = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(row.rule)}</title></head>"
        f'<body style="margin:0;background:{page};color:{ink};font-family:sans-serif">'
        '<div style="max-width:640px;margin:0 auto;padding:24px;box-sizing:border-box">'
        f'<p style="margin:0;font-size:13px;color:{theme.SURFACES["soft"][0]}">{html.escape(about)}</p>'
        f'<h1 style="margin:12px 0 0;font-size:20px;line-height:1.35">{html.escape(message)}</h1>'
        "</div></body></html>"
    )
    return Letter(
        subject=plain.one_line(f"{title} alert: {message}", SUBJECT),
        headline=message,
        about=plain.one_line(about),
        html=whole,
        text=f"{plain.wrapped(about)}\n\n{plain.wrapped(message)}\n",
        points=(),
        notes=over,
        page=f"{site}/reports#alerts" if site else "",
        leave=leave,
        list_name=f"{title} {row.rule}",
        simulated=simulated,
    )


def _points(row: Any, reader: str) -> list[str]:
    """A few sentences for channels that show no whole issue: of the part that the reader reads first."""
    if row.content is None:
        return _changes(row.text)
    content = kept.content_of(row.content, row.html)
    goals = [
        plain.one_line(f"{score.title} {score.value} {score.unit}", 160)
        for goal in content.goals
        for score in goal.scores[:1]
        if score.value != "—"
    ]
    waiting = [f"{item.words} ({item.beside})" for item in content.waiting]
    of_part = {
        "goals": goals,
        "changes": list(content.changes) or [content.no_changes],
        "thanks": [f"First time here: {each.words} ({each.beside})" for each in content.thanks],
        "waiting": [content.waiting_note, *waiting[:2]],
        "benchmarks": list(content.triage)[:2],
    }
    first = {"maintainers": ("waiting", "benchmarks"), "programme-office": ("goals", "thanks")}
    parts = first.get(reader, ("goals",) if reader == "executives" else ("changes",))
    share = -(-MOST_POINTS // len(parts))
    return [point for part in parts for point in of_part[part][:share]][:MOST_POINTS]


def _changes(text: str) -> list[str]:
    """The first sentences of “What changed most”, of an issue that an older version made."""
    _, _, rest = text.partition("WHAT CHANGED MOST\n")
    part, _, _ = rest.partition("\n\n\n")
    lines = part.splitlines()[1:]
    points: list[str] = []
    for line in lines:
        if line.startswith("* ") or not points:
            points.append(line.removeprefix("* ").strip())
        else:
            points[-1] += " " + line.strip()
    return [point for point in points if point][:MOST_POINTS]
