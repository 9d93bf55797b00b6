"""What is sent, before it takes the form of a channel: subject, HTML, text, links and notes."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from dashboard import periods, theme, wording
from dashboard.delivery.unsubscribe import token
from dashboard.language import ENGLISH, _, current, speaking
from dashboard.reports import forms, kept, plain
from dashboard.reports.audiences import EVERYBODY
from dashboard.reports.content import Content
from dashboard.reports.schedule import LATE_AFTER
from dashboard.reports.scoring import Score
from db.schema import table

SUBJECT = 130
MOST_POINTS = 4


@dataclass(frozen=True)
class Point:
    """A sentence that stands under the headline, and where it leads (empty: nowhere)."""

    words: str
    link: str = ""


@dataclass(frozen=True)
class Letter:
    """An issue or alert for one recipient.

    `html` may hold pictures as data URIs; `about` says in a line what it is of;
    `notes` stand before it (late, test, simulated); `page` is its permalink and
    `leave` the link that ends them, both empty where the dashboard's address is
    not configured; `language` is what it is written in.
    """

    subject: str
    headline: str
    about: str
    html: str
    text: str
    points: Sequence[Point]
    notes: Sequence[str]
    page: str
    leave: str
    list_name: str
    simulated: bool
    language: str = ENGLISH


def letter(
    connection: Connection,
    delivery: Mapping[str, Any],
    site: str,
    title: str,
    now: datetime,
    reader: str = EVERYBODY,
    language: str = ENGLISH,
) -> Letter | None:
    """The letter of a delivery, as `reader` reads it; None when what it is about is not held any more.

    An issue is told in its own language, an alert in `language`.
    """
    leave = f"{site}/unsubscribe/{token(delivery['name'], delivery['recipient'])}" if site else ""
    if delivery["kind"] == "alert":
        with speaking(language):
            return _alert(connection, delivery, site, title, leave)
    held = table("reports")
    row = connection.execute(select(held).where(held.c.report_id == delivery["report_id"])).one_or_none()
    if row is None:
        return None
    with speaking(kept.language_of(row.content)):
        notes = late_note(delivery["due_at"], row.made_at, now)
    return issue_letter(row, site, title, leave, notes, reader)


def issue_letter(
    row: Any, site: str, title: str, leave: str, notes: Sequence[str], reader: str = EVERYBODY
) -> Letter:
    """The letter of an issue, from its row of `reports`, as one of `audiences.READERS` reads it."""
    with speaking(kept.language_of(row.content)):
        return _issue(row, site, title, leave, notes, reader)


def _issue(row: Any, site: str, title: str, leave: str, notes: Sequence[str], reader: str) -> Letter:
    content = None if row.content is None else kept.content_of(row.content, row.html)
    scope = row.scope if content is None else content.scope_title
    name = title if row.scope == "project" else scope
    # A mail program shows the first fifty letters or so: nothing is said twice in them.
    subject = row.headline if name in row.headline else f"{name}: {row.headline}"
    first, last = periods.day_named(row.period), periods.day_named(row.period_end)
    days = _("{first} to {last}").format(first=first, last=last)
    about = " · ".join(dict.fromkeys((title, row.report, scope, days)))
    return Letter(
        subject=plain.one_line(f"[{row.report}] {subject}", SUBJECT),
        headline=row.headline,
        about=plain.one_line(about),
        html=forms.written(row, "html", reader).decode(),
        text=forms.written(row, "txt", reader).decode(),
        points=_points(content, reader) if content else _changes(row.text),
        notes=notes,
        page=f"{site}/reports/{row.report_id}{forms.address_for(reader)}" if site else "",
        leave=leave,
        list_name=f"{title} {row.report}",
        simulated=bool(row.simulated),
        language=current(),
    )


def late_note(due_at: datetime, made_at: datetime, now: datetime) -> list[str]:
    """That it is late, where it is: its making being late stands in the issue itself."""
    if now - max(due_at, made_at) <= LATE_AFTER:
        return []
    told = _("Sent late: it was due {when}, {age}; it could not be delivered before.")
    return [told.format(when=_instant(due_at), age=wording.age(due_at, now))]


def _instant(moment: datetime) -> str:
    here = moment.astimezone(UTC)
    return _("{day}, {time} UTC").format(day=periods.day_named(here.date()), time=f"{here:%H:%M}")


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
    message = _("Simulated data: {headline}").format(headline=row.message) if simulated else row.message
    over = [_("It is over since: the value is back.")] if row.state == "over" else []
    kind, alert = _("alert"), _("alert {name}").format(name=row.rule)
    about = " · ".join(dict.fromkeys((title, alert, row.scope, _instant(row.opened_at))))
    ink, page = theme.SURFACES["ink"][0], theme.SURFACES["card"][0]
    whole = (
        f'<!DOCTYPE html><html lang="{current()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(row.rule)}</title></head>"
        f'<body style="margin:0;background:{page};color:{ink};font-family:sans-serif">'
        '<div style="max-width:640px;margin:0 auto;padding:24px;box-sizing:border-box">'
        f'<p style="margin:0;font-size:13px;color:{theme.SURFACES["soft"][0]}">{html.escape(about)}</p>'
        f'<h1 style="margin:12px 0 0;font-size:20px;line-height:1.35">{html.escape(message)}</h1>'
        "</div></body></html>"
    )
    return Letter(
        subject=plain.one_line(f"[{kind}] {message if title in message else f'{title}: {message}'}", SUBJECT),
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
        language=current(),
    )


def _points(content: Content, reader: str) -> list[Point]:
    """A few sentences for channels that show no whole issue: of the part that the reader reads first."""
    goals = [_scored(score) for goal in content.goals for score in goal.scores[:1] if score.value != "—"]
    first = _("First time here: {name} ({work})")
    thanks = [Point(first.format(name=each.words, work=each.beside), each.link) for each in content.thanks]
    waiting = [Point(f"{item.words} ({item.beside})", item.link) for item in content.waiting]
    benchmarks = [Point(line) for line in content.triage]
    # What the headline says already is not said again below it.
    changes = [Point(line) for line in content.changes if not _told(line, content.headline)]
    match reader:
        case "maintainers":
            # Issues of older versions say in the same note which are named.
            note = Point(content.waiting_note.partition(". The newest")[0].rstrip(".:") + ".")
            found = [*benchmarks[:1], note, *waiting[: MOST_POINTS - 1]]
        case "programme-office":
            found = [*goals[: MOST_POINTS - min(len(thanks), 2)], *thanks]
        case "executives":
            found = goals
        case _:
            found = [*changes, *benchmarks, *goals] if not changes else [*changes, *benchmarks]
    return found[:MOST_POINTS]


def _scored(score: Score) -> Point:
    """A metric in a line: its value, how it moved, and how it stands against its target."""
    moved = [f"{each.change} {each.against}" for each in score.moved if each.change != "—"]
    beside = "; ".join([*moved[:1], *filter(None, (score.target,))])
    value = f"{score.title}: {score.value} {score.unit}".rstrip()
    return Point(plain.one_line(f"{value}; {beside}" if beside else value, 220))


def _told(change: str, headline: str) -> bool:
    noun = change.partition(":")[0]
    return f"{noun[:1].lower()}{noun[1:]}" in headline


def _changes(text: str) -> list[Point]:
    """The first sentences of “What changed most”, of an issue that an older version made."""
    rest = text.partition("WHAT CHANGED MOST\n")[2]
    part = rest.partition("\n\n\n")[0]
    lines = part.splitlines()[1:]
    points: list[str] = []
    for line in lines:
        if line.startswith("* ") or not points:
            points.append(line.removeprefix("* ").strip())
        else:
            points[-1] += " " + line.strip()
    return [Point(point) for point in points if point][:MOST_POINTS]
