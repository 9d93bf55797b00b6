"""What GitHub can refuse, each as one plain sentence; a token never stands in any of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from collector.errors import CollectorError


class Waiting(CollectorError):
    """Nothing may be asked before `resume_at` (UTC): the job yields its place until then."""

    def __init__(self, happened: str, *, to: str, next_step: str, resume_at: datetime) -> None:
        super().__init__(happened, to=to, next_step=next_step)
        self.resume_at = resume_at


class QuotaExhausted(Waiting):
    """What may be asked of a resource is used up, or GitHub asks for a pause."""

    def __init__(self, resource: str, resume_at: datetime, *, secondary: bool = False) -> None:
        happened = (
            "asks to slow down (secondary rate limit)"
            if secondary
            else f"the hourly quota ({resource}) is used up"
            if resource in ("core", "graphql")
            else f"the quota a minute ({resource}) is used up"
        )
        # The first whole minute at which coming back is not in vain.
        until = resume_at + timedelta(seconds=59, microseconds=999_999)
        super().__init__(
            f"{happened} until {until:%Y-%m-%d %H:%M} UTC",
            to="GitHub",
            next_step="Nothing is lost: a run after that goes on from the last page; "
            "more tokens in GITHUB_TOKEN, separated by commas, make it quicker",
            resume_at=resume_at,
        )
        self.resource = resource


class GitHubDown(Waiting):
    """One request after the other failed: nobody asks again before one has tried whether it is back."""

    def __init__(self, url: str, resume_at: datetime) -> None:
        super().__init__(
            f"is out of order: one request after the other failed. It is tried again at "
            f"{resume_at:%Y-%m-%d %H:%M:%S} UTC",
            to=url,
            next_step="Nothing is lost: a run after that goes on from the last page; "
            "githubstatus.com tells more",
            resume_at=resume_at,
        )


class Refused(CollectorError):
    """GitHub does not accept a token or an app; others may go on."""

    def __init__(self, happened: str, *, to: str, next_step: str) -> None:
        super().__init__(happened, to=to, next_step=next_step, retry=False)


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


class NotThere(CollectorError):
    """A repository that GitHub does not show any more: deleted, made private or blocked."""

    def __init__(self, repository: str) -> None:
        super().__init__(
            "GitHub does not show it any more",
            to=repository,
            next_step="The job repositories says what became of it; what is held of it is kept",
        )


def bad_token(name: str) -> Refused:
    """A token, by the name that people are told, is refused."""
    next_step = (
        "Check that the app is still installed there and not suspended"
        if name.startswith("GitHub App")
        else "Make a new one at GitHub under Settings, Developer settings, Personal access tokens "
        "(read access to public repositories is enough), and set it anew"
    )
    return Refused("GitHub does not accept the token (401 Bad credentials)", to=name, next_step=next_step)


def refused_app(app: str, status: int, message: str, installation: int | None = None) -> Refused:
    """A GitHub App gets no token."""
    name = f"GitHub App {app}" + (f", installation {installation}" if installation is not None else "")
    return Refused(
        f"GitHub gives it no token ({status} {message})".replace(" )", ")"),
        to=name,
        next_step="Check that GITHUB_APP_ID and the private key belong together, that "
        "GITHUB_APP_INSTALLATION_ID is one of its installations, and that this machine's clock is right",
    )


def malformed_key() -> CollectorError:
    """What is given as an app's private key is none."""
    return CollectorError(
        "is no private key in PEM form",
        to="GITHUB_APP_PRIVATE_KEY",
        next_step="Give the whole .pem file that GitHub made for the app, "
        "or its path in GITHUB_APP_PRIVATE_KEY_FILE",
        retry=False,
    )


def key_needed() -> CollectorError:
    """An app is named, but not its key."""
    return CollectorError(
        "is set, but neither GITHUB_APP_PRIVATE_KEY nor GITHUB_APP_PRIVATE_KEY_FILE",
        to="GITHUB_APP_ID",
        next_step="Set one of them to the private key that GitHub made for the app",
        retry=False,
    )


def malformed_installation(value: str) -> CollectorError:
    """An installation's number that is no number."""
    return CollectorError(
        f"{value!r} is no number",
        to="GITHUB_APP_INSTALLATION_ID",
        next_step="Give the number at the end of the installation's address at GitHub, "
        "or leave it out for all installations",
        retry=False,
    )


def not_installed(app: str) -> CollectorError:
    """An app that nobody has installed."""
    return CollectorError(
        "is installed nowhere",
        to=f"GitHub App {app}",
        next_step="Install it on an account: its page at GitHub has the button",
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


def token_needed() -> Refused:
    """GraphQL is open to tokens only."""
    return Refused(
        "GitHub answers this only to a token",
        to="GITHUB_TOKEN",
        next_step="Set it: read access to public repositories is enough",
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


def computing(what: str) -> CollectorError:
    """202, time after time: GitHub works on the answer and does not have it yet."""
    return CollectorError(
        "GitHub is still computing the answer (202)",
        to=what,
        next_step="Nothing to do: the next run asks again, when it will be ready",
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
