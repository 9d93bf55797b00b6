"""The post: takes what is due out of the queue, one at a time, and sends it to those who are configured."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine, RowMapping

from dashboard.delivery import hook, mail, queue
from dashboard.delivery.letter import Letter, letter
from dashboard.delivery.queue import Claimed, Outcome
from dashboard.delivery.recipients import EMAIL, Recipient, recipients, sealed
from dashboard.delivery.unsubscribe import is_unsubscribed
from dashboard.language import _, speaking
from dashboard.reports.settings import AlertSettings, MailSettings, ReportSettings
from db.errors import DatabaseError
from db.secret import secret

log = logging.getLogger(__name__)
PASSWORD = "FLOWMETER_SMTP_PASSWORD"  # noqa: S105 (the variable's name)


@dataclass(frozen=True)
class Post:
    """Through what and to whom: the mail server, the dashboard's address, reports and alerts.

    `title` is the project's name; `site` is empty where readers cannot reach the dashboard.
    """

    title: str
    site: str
    mail: MailSettings
    reports: Sequence[ReportSettings]
    alerts: Sequence[AlertSettings] = ()

    def addressed(self) -> set[tuple[str, str, str]]:
        """Audience, channel and key of everybody to whom anything goes."""
        settings: Sequence[ReportSettings | AlertSettings] = (*self.reports, *self.alerts)
        return {
            (to.audience, to.channel, to.key)
            for each in settings
            for scope in each.scopes
            for to in recipients(each.recipients, scope)
        }


def deliver_due(
    engine: Engine,
    post: Post,
    clock: Callable[[], datetime],
    *,
    stop: Callable[[], bool] = lambda: False,
    chance: random.Random | None = None,
) -> list[str]:
    """Send everything that is due; a line for each try.

    Each is claimed before it is sent and settled after it: of several processes
    one sends it. A process that dies between the other side's “taken” and its own
    commit leaves a claim that the next one sends again, with the same Message-ID.
    Raises SQLAlchemy's errors when the database is away.
    """
    chance = chance or random.SystemRandom()
    lines = []
    while not stop() and (claimed := queue.claim(engine, clock())) is not None:
        outcome = _sent(engine, post, claimed, clock)
        row = claimed.row
        what = f"{row['name']} of {row['scope']} to {row['label']}"
        if outcome.state == "lost" or not queue.settle(engine, claimed, outcome, clock(), chance):
            lines.append(f"{what}: left to another process")
            continue
        told = {"later": "tried again later", "dropped": "dropped"}.get(outcome.state, outcome.state)
        line = f"{what}: {told}" + (f" ({outcome.error})" if outcome.error else "")
        log.log(logging.WARNING if outcome.state in ("failed", "later") else logging.INFO, "%s", line)
        lines.append(line)
    return lines


def message_id(row: RowMapping, sender: str) -> str:
    """The same for the same thing and recipient, whoever sends it and how often."""
    about = row["period"].isoformat() if row["period"] else f"alert-{row['crossing']}"
    host = sender.rpartition("@")[2] or "flowmeter.invalid"
    return f"<{row['name']}.{about}.{sealed('message', str(row['delivery_id']))}@{host}>"


def send_test(post: Post, found: Letter, address: str, now: datetime) -> Outcome:
    """Send a letter to one address, marked as a test; nothing is kept of it."""
    with speaking(found.language):
        mark = _("Test")
        note = _("This is a test: it was sent by hand, to this address alone.")
    marked = replace(
        found,
        subject=f"[{mark}] {found.subject}",
        notes=[note, *found.notes],
        leave="",
    )
    number = (
        f"<test.{now:%Y%m%d%H%M%S}.{sealed('test', address, str(now))}@{post.mail.sender.rpartition('@')[2]}>"
    )
    return _mailed(post, marked, address, number, now, lambda: True)


def _sent(engine: Engine, post: Post, claimed: Claimed, clock: Callable[[], datetime]) -> Outcome:
    row = claimed.row
    number = message_id(row, post.mail.sender)
    recipient = _recipient(post, row)
    if recipient is None:
        return Outcome("dropped", "it is no longer configured")
    with engine.connect() as connection:
        if is_unsubscribed(connection, row["name"], row["recipient"]):
            return Outcome("unsubscribed")
        about, now, to = dict(row), clock(), recipient
        found = letter(connection, about, post.site, post.title, now, to.reader, to.language)
    if found is None:
        return Outcome("dropped", "what it is about is not held any more")
    if recipient.problem:
        return Outcome("later", recipient.problem, number)

    def confirm() -> bool:
        return queue.still_held(engine, claimed, clock())

    if recipient.channel == EMAIL:
        outcome = _mailed(post, found, recipient.address, number, clock(), confirm)
    else:
        outcome = hook.call(recipient.address, replace(found, leave=""), number.strip("<>"), confirm)
    return replace(outcome, message_id=number)


def _mailed(
    post: Post, found: Letter, address: str, number: str, now: datetime, confirm: Callable[[], bool]
) -> Outcome:
    if not post.mail.host:
        return Outcome("later", "no mail server is configured: [mail] in flowmeter.toml names one")
    password = ""
    if post.mail.user:
        try:
            password = secret(PASSWORD)
        except DatabaseError as error:
            return Outcome("later", f"no password for the mail server: {error}")
        if not password:
            return Outcome("later", f"no password for the mail server: {PASSWORD} is not set")
    message = mail.mail_of(found, post.mail, address, number, now)
    return mail.send(message, post.mail, password, address, confirm)


def _recipient(post: Post, row: RowMapping) -> Recipient | None:
    settings: Sequence[ReportSettings | AlertSettings] = (
        post.alerts if row["kind"] == "alert" else post.reports
    )
    for each in settings:
        if each.name == row["name"] and row["scope"] in each.scopes:
            for recipient in recipients(each.recipients, row["scope"]):
                if (recipient.audience, recipient.channel, recipient.key) == (
                    row["audience"],
                    row["channel"],
                    row["recipient"],
                ):
                    return replace(recipient, language=each.language)
    return None
