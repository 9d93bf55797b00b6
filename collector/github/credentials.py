"""Who asks GitHub: personal tokens, and installations of a GitHub App, from the environment alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Protocol

from github import Auth
from jwt.exceptions import PyJWTError

from collector.github import errors
from collector.github.limits import date_of, limit_in
from collector.github.transport import Answer, Broken, Connection
from collector.secret import secret

#: An installation's token lasts an hour; it is made anew so long before its end.
BEFORE_THE_END = timedelta(minutes=5)
#: A token that is refused sooner than this after it was made is not made anew once more.
NEWLY_MADE = timedelta(minutes=1)
#: GitHub takes no longer than 10 minutes, from a clock that may differ by a minute.
JWT_LASTS = timedelta(minutes=9)
CLOCKS_DIFFER = timedelta(minutes=1)


class Credential(Protocol):
    """One who may ask, with a budget of its own at GitHub; `name` is how people are told of it."""

    @property
    def name(self) -> str: ...

    def token(self) -> str | None:
        """The token to ask with now; raises `Refused` or `Broken` when none can be had. None is nobody."""
        ...

    def known(self) -> str | None:
        """The token as far as there is one already; asks nobody."""
        ...

    def renew(self, refused: str | None, /) -> bool:
        """GitHub refused this token: whether another can be had."""
        ...


@dataclass(frozen=True)
class Anonymous:
    """Nobody in particular: 60 requests an hour, and no GraphQL."""

    name: str = "no token"

    def token(self) -> None:
        """There is none."""

    def known(self) -> None:
        """There is none."""

    def renew(self, _refused: str | None, /) -> bool:
        """There is none."""
        return False


@dataclass(frozen=True)
class Token:
    """A personal access token."""

    value: str = field(repr=False)
    name: str = "GITHUB_TOKEN"

    def token(self) -> str:
        """The token itself."""
        return self.value

    def known(self) -> str:
        """The token itself."""
        return self.value

    def renew(self, _refused: str | None, /) -> bool:
        """A person makes a new one."""
        return False


class App:
    """A GitHub App: signs for itself with its private key. `now` is the wall clock."""

    def __init__(self, url: str, number: str, private_key: str, *, now: Callable[[], datetime]) -> None:
        self.number = number
        self._url = url
        self._now = now
        self._ahead = timedelta(0)
        self._sign = Auth.AppAuth.create_jwt_sign(private_key, "RS256")
        try:
            self._signed()
        except (PyJWTError, ValueError):
            raise errors.malformed_key() from None

    def __repr__(self) -> str:
        return f"App({self.number!r})"

    def now(self) -> datetime:
        """The time by GitHub's clock, as far as it is known to differ from ours."""
        return self._now() + self._ahead

    def installations(self) -> list[int]:
        """The numbers of the app's installations, a hundred at most."""
        answer = self.ask("GET", "/app/installations?per_page=100")
        if answer.status != 200 or not isinstance(answer.data, list):
            raise errors.refused_app(self.number, answer.status, answer.message)
        return [int(each["id"]) for each in answer.data if not each.get("suspended_at")]

    def ask(self, verb: str, path: str) -> Answer:
        """An answer to the app itself; once more by GitHub's clock when that is not ours."""
        answer = self._ask(verb, path)
        date = date_of(answer)
        if answer.status == 401 and "claim" in answer.message and date is not None:
            self._ahead = date - self._now()
            answer = self._ask(verb, path)
        return answer

    def _ask(self, verb: str, path: str) -> Answer:
        connection = Connection(self._url, Auth.AppAuthToken(self._signed()))
        try:
            return connection.send(verb, path)
        finally:
            connection.close()

    def _signed(self) -> str:
        now = self.now()
        claims = {
            "iat": int((now - CLOCKS_DIFFER).timestamp()),
            "exp": int((now + JWT_LASTS).timestamp()),
            "iss": self.number,
        }
        signed = self._sign(claims)
        return signed.decode() if isinstance(signed, bytes) else signed


class Installation:
    """An installation of a GitHub App: its token lasts an hour, is shared by all threads and renews itself.

    (PyGithub's own renews itself too, but one for each connection, and by a clock that cannot be given.)
    """

    def __init__(self, app: App, number: int) -> None:
        self._app = app
        self._number = number
        self._token: str | None = None
        self._made = self._ends = datetime.min.replace(tzinfo=UTC)
        self._lock = Lock()

    @property
    def name(self) -> str:
        """Which app and installation."""
        return f"GitHub App {self._app.number}, installation {self._number}"

    def __repr__(self) -> str:
        return f"Installation({self.name!r})"

    def known(self) -> str | None:
        """The token in use."""
        return self._token

    def token(self) -> str:
        """The token in use, or a new one shortly before its end."""
        with self._lock:
            if self._token is None or self._ends - self._app.now() < BEFORE_THE_END:
                self._token = self._new()
            return self._token

    def renew(self, refused: str | None, /) -> bool:
        """Forget a refused token; False when it is a new one, so that it is not for its age."""
        with self._lock:
            if self._token == refused:
                if self._app.now() - self._made < NEWLY_MADE:
                    return False
                self._token = None
            return True

    def _new(self) -> str:
        answer = self._app.ask("POST", f"/app/installations/{self._number}/access_tokens")
        if answer.status >= 500 or limit_in(answer, self._app.now()):
            raise Broken(f"it answered {answer.status} {answer.message}".rstrip())
        if answer.status != 201 or not isinstance(answer.data, dict):
            raise errors.refused_app(self._app.number, answer.status, answer.message, self._number)
        self._made = self._app.now()
        self._ends = datetime.fromisoformat(answer.data["expires_at"])
        return str(answer.data["token"])


def fingerprint(token: str | None) -> str:
    """What tells one token from others without giving it away."""
    return sha256(token.encode()).hexdigest()[:12] if token else "anonymous"


def named(tokens: tuple[str, ...]) -> tuple[Token, ...]:
    """Tokens with their names; raises `CollectorError` for what cannot be one."""
    for place, token in enumerate(tokens, 1):
        if not re.fullmatch(r"[!-~]+", token):
            raise errors.malformed_token(place, len(tokens))
    if len(tokens) == 1:
        return (Token(tokens[0]),)
    return tuple(
        Token(token, f"GITHUB_TOKEN, number {place} of {len(tokens)}")
        for place, token in enumerate(tokens, 1)
    )


def from_environment(
    environment: Mapping[str, str], url: str, *, now: Callable[[], datetime]
) -> tuple[Credential, ...]:
    """Everybody who may ask: `GITHUB_TOKEN` (several separated by commas) and a GitHub App's installations.

    `GITHUB_APP_ID` with `GITHUB_APP_PRIVATE_KEY`, each secret also from a file (see `db.secret`);
    `GITHUB_APP_INSTALLATION_ID` (several separated by commas) chooses among its
    installations, which GitHub is asked for otherwise. Raises `CollectorError` for
    what is incomplete or refused.
    """
    tokens = named(_tokens(environment))
    number = environment.get("GITHUB_APP_ID", "").strip()
    if not number:
        return tokens
    app = App(url, number, _private_key(environment), now=now)
    chosen = [part.strip() for part in environment.get("GITHUB_APP_INSTALLATION_ID", "").split(",")]
    if wrong := [part for part in chosen if part and not part.isdigit()]:
        raise errors.malformed_installation(wrong[0])
    try:
        installations = [int(part) for part in chosen if part] or app.installations()
    except Broken as broken:
        raise errors.unreachable(url, str(broken)) from None
    if not installations:
        raise errors.not_installed(number)
    return (*tokens, *(Installation(app, each) for each in installations))


def _tokens(environment: Mapping[str, str]) -> tuple[str, ...]:
    written = secret("GITHUB_TOKEN", environment)
    return tuple(part.strip() for part in written.split(",") if part.strip())


def _private_key(environment: Mapping[str, str]) -> str:
    """The app's key: as it is, with line ends written as \\n, or from a file."""
    key = secret("GITHUB_APP_PRIVATE_KEY", environment)
    if not key:
        raise errors.key_needed()
    return key.replace("\\n", "\n")
