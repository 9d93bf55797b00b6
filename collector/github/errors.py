"""What GitHub can refuse, each as one plain sentence; a token never stands in any of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collector.errors import CollectorError


class QuotaExhausted(CollectorError):
    """Nothing more may be asked until `reset` (UTC; None when GitHub did not say)."""

    def __init__(self, resource: str, reset: datetime | None, *, secondary: bool = False) -> None:
        until = f" until {reset:%Y-%m-%d %H:%M} UTC" if reset else ""
        happened = (
            f"asks to slow down (secondary rate limit){until}"
            if secondary
            else f"the hourly quota ({resource}) is used up{until}"
        )
        super().__init__(
            happened,
            to="GitHub",
            next_step="Nothing is lost: a run after that goes on from the last page; "
            "more tokens in GITHUB_TOKEN, separated by commas, make it quicker",
        )
        self.resource = resource
        self.reset = reset


class TooSlow(CollectorError):
    """GitHub gave up on an answer that took too long to make: asking for less at once may help.

    `data` is what arrived in spite of it, when something did.
    """

    def __init__(self, what: str, why: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(
            f"GitHub gave up on the answer ({why})",
            to=what,
            next_step="The next run tries again from the last page",
        )
        self.why = why
        self.data = data


def bad_token(place: int, count: int) -> CollectorError:
    """The `place`-th of `count` tokens is refused."""
    which = "GITHUB_TOKEN" if count == 1 else f"GITHUB_TOKEN, number {place} of {count}"
    return CollectorError(
        "GitHub does not accept the token (401 Bad credentials)",
        to=which,
        next_step="Make a new one at GitHub under Settings, Developer settings, Personal access tokens "
        "(read access to public repositories is enough), and set it anew",
        retry=False,
    )


def malformed_token(place: int, count: int) -> CollectorError:
    """The `place`-th of `count` tokens cannot be one: it holds blanks or signs that no token has."""
    which = "GITHUB_TOKEN" if count == 1 else f"GITHUB_TOKEN, number {place} of {count}"
    return CollectorError(
        "holds blanks or signs that no token has",
        to=which,
        next_step="Copy the token alone, without quotation marks or line ends",
        retry=False,
    )


def token_needed() -> CollectorError:
    """GraphQL is open to tokens only."""
    return CollectorError(
        "GitHub answers this only to a token",
        to="GITHUB_TOKEN",
        next_step="Set it: read access to public repositories is enough",
        retry=False,
    )


def unreachable(url: str, why: str) -> CollectorError:
    """No connection, or one that broke."""
    return CollectorError(
        f"cannot be reached ({why})",
        to=url,
        next_step="Check the network, the proxy and FLOWMETER_GITHUB_URL; the next run tries again",
    )


def down(url: str, status: int) -> CollectorError:
    """Server errors, time after time."""
    return CollectorError(
        f"is out of order: it answered {status} time after time",
        to=url,
        next_step="Nothing to do: githubstatus.com tells more, and the next run goes on from the last page",
    )


def garbled(what: str) -> CollectorError:
    """An answer that is not what GitHub's documentation promises."""
    return CollectorError(
        "GitHub's answer could not be read",
        to=what,
        next_step="Check that FLOWMETER_GITHUB_URL names the API's base, as in https://api.github.com",
    )


def refused(what: str, status: int, message: str) -> CollectorError:
    """A request that GitHub turned down for good."""
    return CollectorError(
        f"GitHub refused it ({status} {message})".replace(" )", ")"),
        to=what,
        next_step="Check that the token may read it; if it may, this is a defect: please report it",
    )
