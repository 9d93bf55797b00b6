"""A letter as a call of a webhook that understands Slack's blocks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from dashboard.delivery.letter import Letter, Point
from dashboard.delivery.queue import Outcome
from dashboard.language import _, speaking

#: Seconds to connect, and to wait for the answer.
PATIENCE = (10.0, 20.0)
#: The longest text that a block may hold, with room for what escaping adds.
LONGEST = 2_900
LONGEST_WAIT = timedelta(hours=6)


_calling: ContextVar[bool] = ContextVar("calling a hook", default=False)


class _Unlogged(logging.Filter):
    """While a hook is called nothing is logged of the connection: its path is the secret."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        return not _calling.get()


logging.getLogger("urllib3.connectionpool").addFilter(_Unlogged())


def payload(letter: Letter) -> dict[str, Any]:
    """Blocks, and beside them the same as text for whatever shows no blocks."""
    notes = [_escaped(note) for note in letter.notes]
    said = [f"*{_escaped(letter.headline)}*", *(f"• {_linked(point)}" for point in letter.points)]
    blocks: list[dict[str, Any]] = []
    if notes:
        blocks.append({"type": "context", "elements": [_words("\n".join(notes))]})
    blocks.append({"type": "section", "text": _words("\n".join(said))})
    with speaking(letter.language):
        read, made_up = _("Read it"), _("Simulated data")
    link = f" · <{letter.page}|{read}>" if letter.page else ""
    simulated = f"*{made_up}* · " if letter.simulated else ""
    blocks.append({"type": "context", "elements": [_words(f"{simulated}{_escaped(letter.about)}{link}")]})
    points = [point.words for point in letter.points]
    fallback = "\n".join([*letter.notes, letter.headline, *points, letter.page]).strip()
    return {"text": _escaped(fallback)[:LONGEST], "blocks": blocks}


def call(address: str, letter: Letter, key: str, confirm: Callable[[], bool]) -> Outcome:
    """Call the hook; errors never hold its address, which is a secret.

    2xx is success. 408, 425, 429, 5xx and a network that fails are tried again,
    not before the time that the other side asks for; any other answer means that
    the hook is dead.
    """
    import requests

    if not address.startswith(("https://", "http://")):
        return Outcome("later", "the hook's address is no HTTP address")
    if not confirm():
        return Outcome("lost")
    quiet = _calling.set(True)
    try:
        answer = requests.post(
            address,
            json=payload(letter),
            headers={"Idempotency-Key": key, "User-Agent": "Flowmeter"},
            timeout=PATIENCE,
            allow_redirects=False,
            stream=True,  # what it says beside the status is of no use
        )
        answer.close()
    except requests.Timeout:
        return Outcome("later", "the hook does not answer in time")
    except (requests.RequestException, ValueError) as error:  # its words hold the address
        return Outcome("later", f"the hook cannot be reached ({type(error).__name__})")
    finally:
        _calling.reset(quiet)
    code = answer.status_code
    if 200 <= code < 300:
        return Outcome("sent")
    if code in (408, 425, 429) or code >= 500:
        asked = answer.headers.get("Retry-After", "")
        seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 0
        return Outcome(
            "later", f"the hook answers {code}", wait=min(timedelta(seconds=seconds), LONGEST_WAIT)
        )
    return Outcome("failed", f"the hook answers {code}: it is gone or refuses what is sent")


def _words(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"}


def _linked(point: Point) -> str:
    words = _escaped(point.words)
    # A bar would end the words of a link.
    return f"<{point.link}|{words.replace('|', '¦')}>" if point.link else words


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
