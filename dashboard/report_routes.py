"""Reports over HTTP: each issue at an address that stays, the next one, the feed, and the way out."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dashboard import periods
from dashboard.delivery.letter import with_frame
from dashboard.delivery.unsubscribe import Asked, read_token, subscribe_again, unsubscribe
from dashboard.filters import quoted
from dashboard.language import ENGLISH, _, current, speaking
from dashboard.reports import forms, kept
from dashboard.reports.audiences import EVERYBODY, READERS
from dashboard.reports.feed import Entry, feed
from dashboard.reports.schedule import following
from dashboard.site import Site, current_site
from dashboard.templates import rendered
from db.engine import writing
from db.errors import DatabaseError
from db.faults import log_fault
from db.metrics import read
from db.schema import table

blueprint = Blueprint("reports", __name__)
log = logging.getLogger(__name__)
#: A report is a whole page of its own, without scripts, and may load nothing.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
LONGEST_FEED = 50


@blueprint.errorhandler(SQLAlchemyError)
def away(error: SQLAlchemyError) -> Response:
    """The database does not answer."""
    log_fault(log, request.path, error)
    return _told(503, _("The database does not answer."))


@blueprint.get("/reports/<int:report_id>")
def issue(report_id: int) -> Response:
    """One issue as it was made, with links to its other forms above it."""
    row = _row(report_id)
    if row is None:
        return _missing(_("There is no report of that number."))
    names = {"pdf": "PDF", "md": "Markdown", "txt": _("Text")}
    endings = [ending for ending in names if row.content is not None or ending not in forms.FROM_CONTENT]
    reader = _reader()
    if reader is None:
        return _no_reader()
    links = [(_("All reports"), "/reports")]
    if reader != EVERYBODY:
        links.append((_("The whole issue"), f"/reports/{report_id}"))
    behind = forms.address_for(reader)
    links += [(names[ending], f"/reports/{report_id}.{ending}{behind}") for ending in endings]
    return _kept(with_frame(forms.written(row, "html", reader).decode(), [], links).encode(), "html")


@blueprint.get("/reports/<int:report_id>.<ending>")
def issue_as(report_id: int, ending: str) -> Response:
    """One issue in one of its forms, exactly as it was made: html, txt, md or pdf."""
    if ending not in forms.TYPES:
        return _told(404, _("A report has the forms {forms}.").format(forms=", ".join(forms.TYPES)))
    row = _row(report_id)
    if row is None:
        return _told(404, _("There is no report of that number."))
    if row.content is None and ending in forms.FROM_CONTENT:
        return _told(404, _("This report was made by an older version: it has HTML and text alone."))
    reader = _reader()
    if reader is None:
        return _no_reader()
    if ending == "pdf":
        return _kept(_paper(row.content, row.html, reader), ending)
    return _kept(forms.written(row, ending, reader), ending)


@blueprint.get("/reports/next/<name>")
def next_issue(name: str) -> Response:
    """The next issue as it would be now: `?scope=`."""
    site = current_site()
    report = next((each for each in site.reports if each.name == name), None)
    if report is None:
        return _told(404, _("There is no report {name}.").format(name=quoted(name)))
    scope = request.args.get("scope") or report.scopes[0]
    if scope not in report.scopes:
        names = ", ".join(report.scopes)
        return _told(404, _("{name} is made for {scopes}.").format(name=quoted(name), scopes=names))
    coming = following(report, site.now())
    with site.engine.connect() as connection:
        computed = read.as_of(connection).refreshed_at
    try:
        whole = _previewed(id(site.engine), report.name, scope, coming.window.first, computed)
    except DatabaseError as error:
        return _told(404, f"{error.to}: {error.happened}. {error.next_step}")
    note = _("A preview: the last period that is over, with the numbers as they are now. Nothing is sent.")
    return _kept(with_frame(whole, [note], [(_("All reports"), "/reports")]).encode(), "html")


@blueprint.get("/reports/feed.atom")
def atom() -> Response:
    """The newest issues as an Atom feed: `?report=&scope=`."""
    site = current_site()
    name, scope = request.args.get("report", ""), request.args.get("scope", "")
    held = table("reports")
    columns = [held.c[each] for each in Entry.__dataclass_fields__]
    asked = select(*columns).order_by(held.c.made_at.desc(), held.c.report_id.desc()).limit(LONGEST_FEED)
    if name:
        asked = asked.where(held.c.report == name)
    if scope:
        asked = asked.where(held.c.scope == scope)
    with site.engine.connect() as connection:
        entries = [Entry(**row._mapping) for row in connection.execute(asked)]
        known = {each.name for each in read.scopes(connection)}
    made_for = {each for report in site.reports for each in report.scopes}
    names = {report.name for report in site.reports}
    for given, allowed in ((name, names), (scope, known | made_for)):
        if given and not entries and given not in allowed:
            return _told(404, _("There is no report of {given}.").format(given=quoted(given)))
    base = site.address or request.host_url.rstrip("/")
    # Caches know nothing of a feed but its address: that of one report is in the report's language.
    spoken = {report.language for report in site.reports if name in ("", report.name)}
    with speaking(spoken.pop() if len(spoken) == 1 else ENGLISH):
        whole = feed(entries, base, site.title, name, scope, site.now())
    answer = _kept(whole, "html")
    answer.mimetype = "application/atom+xml"
    return answer


@blueprint.route("/unsubscribe/<token>", methods=["GET", "POST"])
def leave(token: str) -> Response:
    """GET asks whether one is sure, and changes nothing; POST does it, by a mail program's one click too."""
    site = current_site()
    asked = read_token(token)
    if asked is None:
        return _page(asked, 404)
    if request.method == "GET":
        return _page(asked)
    everything, again = "all" in request.form, "again" in request.form
    with writing(site.engine).begin() as connection:
        if again:
            subscribe_again(connection, asked)
        else:
            unsubscribe(connection, asked, site.now(), all_of_them=everything)
    return _page(asked, done="again" if again else "all" if everything else "one")


def _page(asked: Asked | None, status: int = 200, done: str = "") -> Response:
    whole = rendered("unsubscribe.html.j2", asked=asked, done=done, lang=current(), _=_)
    answer = Response(whole, status, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is the recipient's own
    return answer


def _row(report_id: int) -> Any:
    if report_id >= 2**31:
        return None
    held = table("reports")
    with current_site().engine.connect() as connection:
        return connection.execute(select(held).where(held.c.report_id == report_id)).one_or_none()


@lru_cache(maxsize=16)
def _paper(content: str, html: str, reader: str) -> bytes:
    return forms.from_content(kept.content_of(content, html), "pdf", READERS[reader])


def _reader() -> str | None:
    """As whom an issue is asked for (`?for=`); None when there is no such reader."""
    asked = request.args.get("for", EVERYBODY)
    return asked if asked in READERS else None


def _no_reader() -> Response:
    return _told(404, _("An issue is written for {readers}.").format(readers=", ".join(READERS)))


@lru_cache(maxsize=16)
def _previewed(_engine: int, name: str, scope: str, *_as_of: object) -> str:
    """As long as neither period nor numbers change, it is written once."""
    from dashboard.reports.digest import preview

    site = current_site()
    report = next(each for each in site.reports if each.name == name)
    return preview(site.engine, report, scope, site, site.now()).html


def _kept(whole: bytes, ending: str) -> Response:
    """An answer that browsers keep and ask about by its tag: it changes only if somebody is forgotten."""
    answer = Response(whole, content_type=forms.TYPES[ending])
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(hashlib.sha256(whole).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


def _missing(words: str) -> Response:
    """That there is no such issue, to somebody who followed a link in a browser: and where they all are."""
    whole = rendered("no_report.html.j2", words=words, project=current_site().title, lang=current(), _=_)
    answer = Response(whole, 404, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _told(status: int, words: str) -> Response:
    return Response(words, status, mimetype="text/plain")


def scheduled(site: Site) -> Sequence[tuple[str, str, str, str]]:
    """(report, scope, what the next issue is about, when it goes) of everything that is configured."""
    now = site.now()
    found = []
    for report in site.reports:
        coming = following(report, now)
        days = _("{first} to {last}").format(
            first=periods.day_named(coming.window.first), last=periods.day_named(coming.window.last)
        )
        when = _local(coming.at, report.time_zone)
        found += [(report.name, scope, days, when) for scope in report.scopes]
    return found


def _local(at: datetime, zone: str) -> str:
    """An instant as readers of the page write it in that zone: `Mon 22 Jun 2026, 07:00 (Europe/Berlin)`."""
    here = at.astimezone(ZoneInfo(zone))
    return _("{weekday} {day}, {time} ({zone})").format(
        weekday=periods.weekday_named(here.date()),
        day=periods.day_named(here.date()),
        time=f"{here:%H:%M}",
        zone=zone,
    )
