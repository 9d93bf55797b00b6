"""A letter as a mail: HTML with its pictures inside, a text twin, and headers that let people leave."""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from dashboard.delivery.letter import Letter, with_frame
from dashboard.delivery.queue import Outcome
from dashboard.language import _, speaking
from dashboard.reports import plain
from dashboard.reports.settings import MailSettings

#: Seconds that each wait for the server may last.
PATIENCE = 30.0
_PICTURE = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"')


def mail_of(
    letter: Letter, settings: MailSettings, recipient: str, message_id: str, now: datetime
) -> EmailMessage:
    """The mail: multipart/alternative of the text and of the HTML with its pictures beside it."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=998))
    user, _at, host = settings.sender.rpartition("@")
    message["From"] = Address(settings.sender_name, user, host)
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    list_id = re.sub(r"[^a-z0-9]+", "-", letter.list_name.casefold()).strip("-")
    message["List-Id"] = f"<{list_id}.{host}>"
    if letter.leave:
        message["List-Unsubscribe"] = f"<{letter.leave}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_text(letter), cte="quoted-printable")
    with speaking(letter.language):
        links = [(_("This issue on the web"), letter.page)] if letter.page else []
        links += [(_("Unsubscribe"), letter.leave)] if letter.leave else []
    pictures: list[bytes] = []
    marks = message_id.strip("<>")

    def beside(found: re.Match[str]) -> str:
        pictures.append(base64.b64decode(found[1]))
        return f'src="cid:{len(pictures)}.{marks}"'

    page = _PICTURE.sub(beside, with_frame(letter.html, letter.notes, links))
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    parts: Any = message.get_payload()
    for number, picture in enumerate(pictures, 1):
        parts[1].add_related(
            picture, "image", "png", cid=f"<{number}.{marks}>", filename=f"{number}.png", disposition="inline"
        )
    message["Content-Language"] = letter.language
    return message


def send(
    message: EmailMessage, settings: MailSettings, password: str, recipient: str, confirm: Callable[[], bool]
) -> Outcome:
    """Hand the mail to the server; `confirm` is asked when all is said but the mail itself.

    A refusal for good (5xx) of sender, recipient or mail ends the delivery; what
    is temporary (4xx, no connection, no login, no certificate) is tried again.
    Errors name the server's code and never the address.
    """
    try:
        with _connected(settings) as server:
            server.ehlo_or_helo_if_needed()
            if settings.user:
                server.login(settings.user, password)
            for code, said in (server.mail(settings.sender), server.rcpt(recipient)):
                if code >= 400:
                    return _refused(code, said, recipient)
            if not confirm():
                return Outcome("lost")
            code, said = server.data(message.as_bytes())
            if code >= 400:
                return _refused(code, said, recipient)
    except smtplib.SMTPAuthenticationError as error:
        return Outcome("later", f"the mail server refuses the login (code {error.smtp_code})")
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error, recipient)
    except smtplib.SMTPNotSupportedError:
        return Outcome("later", "the mail server offers no such login or encryption as [mail] asks for")
    except smtplib.SMTPException as error:
        return Outcome("later", f"the mail server broke off ({type(error).__name__})")
    except ssl.SSLError as error:
        return Outcome("later", f"the mail server's certificate or encryption is refused ({error.reason})")
    except OSError as error:
        return Outcome(
            "later", f"the mail server cannot be reached ({error.strerror or type(error).__name__})"
        )
    return Outcome("sent")


def _connected(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=PATIENCE, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=PATIENCE)
    if settings.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _refused(code: int, said: bytes | str, recipient: str) -> Outcome:
    words = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    # Servers like to repeat the address.
    words = re.sub(re.escape(recipient), "the address", words, flags=re.IGNORECASE)
    words = re.sub(r"[^\s<>]+@[^\s<>]+", "an address", words)
    told = plain.one_line(f"the mail server says {code}: {words}", 200)
    if 500 <= code < 600:
        return Outcome("failed", told)
    return Outcome("later", told, wait=timedelta(minutes=5) if code == 450 else None)  # 450: greylisting


def _text(letter: Letter) -> str:
    notes = "".join(f"{plain.wrapped(note)}\n\n" for note in letter.notes)
    with speaking(letter.language):
        links = (_("On the web"), letter.page), (_("Unsubscribe"), letter.leave)
    end = "".join(f"\n{words}:\n{where}\n" for words, where in links if where)
    return f"{notes}{letter.text.rstrip()}\n{end}"
