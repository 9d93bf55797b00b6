"""Issues as an Atom feed (RFC 4287): for those who rather fetch than be sent to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from urllib.parse import urlencode
from xml.etree import ElementTree

from dashboard import periods
from dashboard.delivery.recipients import sealed
from dashboard.language import _, current, speaking
from dashboard.reports import plain
from dashboard.reports.kept import language_of

ATOM = "http://www.w3.org/2005/Atom"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Entry:
    """An issue as the feed tells of it."""

    report_id: int
    report: str
    scope: str
    period: date
    period_end: date
    headline: str
    text: str
    simulated: bool
    made_at: datetime
    content: str | None = None

    @property
    def language(self) -> str:
        """What the issue is written in."""
        return language_of(self.content)


def feed(entries: Sequence[Entry], base: str, title: str, report: str, scope: str, now: datetime) -> bytes:
    """The feed as XML; links begin with `base`; `report` and `scope` are what was asked for, or empty.

    Each issue is told in its own language, what stands around them in the language that is spoken.
    """
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed", {LANGUAGE: current()})
    query = urlencode({name: value for name, value in (("report", report), ("scope", scope)) if value})
    name = report or _("reports")
    about = _("{title} {report} of {scope}") if scope else "{title} {report}"
    about = about.format(title=title, report=name, scope=scope)
    _text(root, "id", _name("feed", report, scope))
    _text(root, "title", plain.one_line(about))
    _text(root, "updated", _instant(max((entry.made_at for entry in entries), default=now)))
    _link(root, "self", f"{base}/reports/feed.atom{f'?{query}' if query else ''}", "application/atom+xml")
    _link(root, "alternate", f"{base}/reports", "text/html")
    _text(ElementTree.SubElement(root, f"{{{ATOM}}}author"), "name", "Flowmeter")
    _text(root, "generator", "Flowmeter")
    for entry in entries:
        with speaking(entry.language):
            _entry(root, entry, base, title)
    whole: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole


def _entry(root: ElementTree.Element, entry: Entry, base: str, title: str) -> None:
    held = ElementTree.SubElement(root, f"{{{ATOM}}}entry", {LANGUAGE: current()})
    name = title if entry.scope == "project" else entry.scope.removeprefix("role:")
    # Most headlines name what they are about.
    subject = "" if name.casefold() in entry.headline.casefold() else f"{name} "
    _text(held, "id", _name("issue", entry.report, entry.scope, entry.period.isoformat()))
    _text(held, "title", plain.one_line(f"{subject}{entry.report}: {entry.headline}", 300))
    _text(held, "updated", _instant(entry.made_at))
    _text(held, "published", _instant(entry.made_at))
    where = f"{base}/reports/{entry.report_id}"
    _link(held, "alternate", where, "text/html")
    _link(held, "alternate", f"{where}.pdf", "application/pdf")
    for term in (entry.report, entry.scope, *(("simulated",) if entry.simulated else ())):
        ElementTree.SubElement(held, f"{{{ATOM}}}category", {"term": plain.one_line(term)})
    first, last = periods.day_named(entry.period), periods.day_named(entry.period_end)
    days = _("{first} to {last}").format(first=first, last=last)
    _text(held, "summary", plain.one_line(f"{days}. {entry.headline}", 600))
    # A tab and line ends are all that XML allows of what stands below the space.
    body = "".join(letter for letter in entry.text if letter >= " " or letter in "\t\n")
    # Plain text would be run together: readers keep lines only where the markup says so.
    _text(held, "content", f"<pre>{escape(body)}</pre>").set("type", "html")


def _text(parent: ElementTree.Element, name: str, words: str) -> ElementTree.Element:
    found = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}")
    found.text = words
    return found


def _link(parent: ElementTree.Element, relation: str, where: str, kind: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}link", {"rel": relation, "href": where, "type": kind})


def _name(*parts: str) -> str:
    """An id that stays, whatever the dashboard's address is: of this installation alone."""
    return f"urn:uuid:{uuid.UUID(hex=sealed('feed', *parts), version=5)}"


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
