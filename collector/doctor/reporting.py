"""Reports: whether the mail server answers, and whom letters do not reach."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator, Set
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from collector.configuration import Configuration
from collector.doctor.finding import Finding
from db.errors import DatabaseError
from db.schema import table
from db.secret import secret

#: Seconds that the mail server may take for each of its answers.
PATIENCE = 5.0
#: Failures that are older are history.
RECENTLY = timedelta(days=30)
#: The channel of files, whose recipients are folders.
FILE = "file"
#: Audience, channel and key of everybody whom reports and alerts go to.
Addressed = Set[tuple[str, str, str]]
#: So many tries that failed are more than a server that was started anew.
OFTEN = 3


def mail(configuration: Configuration) -> Iterator[Finding]:
    """Whether the configured server answers; nothing is sent."""
    settings = configuration.mail
    if not settings.host:
        return
    place = f"{settings.host}:{settings.port}"
    advice = "Check [mail] in flowmeter.toml; letters wait meanwhile, and none is lost"
    try:
        if settings.user and not secret("FLOWMETER_SMTP_PASSWORD"):
            yield Finding(
                "mail",
                "wrong",
                f"{settings.user} has no password at {place}",
                "Set FLOWMETER_SMTP_PASSWORD, or FLOWMETER_SMTP_PASSWORD_FILE",
            )
        kind = smtplib.SMTP_SSL if settings.security == "tls" else smtplib.SMTP
        with kind(settings.host, settings.port, timeout=PATIENCE) as server:
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            server.noop()
    except DatabaseError as error:
        yield Finding("mail", "wrong", f"{error.to}: {error.happened}", error.next_step)
    except ssl.SSLError as error:
        yield Finding("mail", "wrong", f"{place}: its certificate is refused ({error.reason})", advice)
    except (OSError, smtplib.SMTPException) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        yield Finding("mail", "wrong", f"{place} does not answer ({why})", advice)
    else:
        yield Finding("mail", "good", f"{place} answers")


def deliveries(
    connection: Connection, now: datetime, addressed: Callable[[], Addressed] | None
) -> Iterator[Finding]:
    """Who was not reached lately, and whose letters are tried in vain.

    Whoever is no longer among those who are `addressed` is missed by nobody, and one whom a later
    letter has reached is reached.
    """
    held = table("deliveries").c
    columns = (held.name, held.label, held.state, held.error, held.audience, held.channel, held.recipient)
    rows = connection.execute(
        select(*columns, held.updated_at)
        .where(
            ((held.state == "failed") & (held.updated_at > now - RECENTLY))
            | ((held.state == "pending") & (held.attempts >= OFTEN))
        )
        .order_by(held.name, held.label, held.updated_at)
    ).all()
    if not rows:
        return
    wanted = addressed() if addressed else None
    found = {}
    for row in rows:
        to = (row.audience, row.channel, row.recipient)
        unwanted = wanted is not None and row.channel != FILE and to not in wanted
        if not unwanted and not _reached_since(connection, to, row.updated_at):
            found[row.name, row.label, row.state] = row
    for row in found.values():
        if row.state != "failed":
            step = "It is tried again by itself; flowmeter report list --deliveries tells more"
            yield Finding(f"report {row.name}", "attention", f"{row.label} is not reached: {row.error}", step)
        elif row.channel == FILE:
            step = "Let Flowmeter write there, then flowmeter report send"
            yield Finding(f"report {row.name}", "wrong", f"{row.label} was not written: {row.error}", step)
        else:
            step = (
                "Put the address right in flowmeter.toml, or take it out; "
                "where it is right, the next letter that arrives ends this"
            )
            yield Finding(f"report {row.name}", "wrong", f"{row.label} was not reached: {row.error}", step)


def _reached_since(connection: Connection, to: tuple[str, str, str], since: datetime) -> bool:
    held = table("deliveries").c
    named = (held.audience, held.channel, held.recipient)
    chosen = [column == value for column, value in zip(named, to, strict=True)]
    sent = select(held.delivery_id).where(*chosen, held.state == "sent", held.sent_at > since).limit(1)
    return connection.execute(sent).first() is not None
