"""`[sign_in]` of flowmeter.toml: who has to sign in for what, and the secrets that stand outside the file."""

from __future__ import annotations

import os
import secrets
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from collector.errors import CollectorError
from collector.secret import secret

#: Where the key that sessions are signed with is kept when the environment names none.
KEY_FILE = Path("var/session.key")
#: A signing key or client secret that is shorter is a slip, or can be guessed.
SHORTEST_KEY, SHORTEST_SECRET = 32, 8


def _secure(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "https" and parts.hostname:
        return value.rstrip("/")
    if parts.scheme == "http" and parts.hostname and _is_loopback(parts.hostname):
        return value.rstrip("/")
    raise ValueError("write an address that begins with https:// (http:// only on this machine)")


def _origin(value: str) -> str:
    held = _secure(value)
    parts = urlsplit(held)
    if parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError("write the address without a path, as in https://flowmeter.example.org")
    return held


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _network(value: str) -> str:
    try:
        network = ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError("write an address or a network, as in 10.0.0.7 or 10.0.0.0/24") from error
    if network.prefixlen == 0:
        raise ValueError("that is every address: anybody could say who they are; name the proxy's own")
    return str(network)


def _openid(value: tuple[str, ...]) -> tuple[str, ...]:
    if "openid" not in value:
        raise ValueError("openid has to be among them: without it the provider does not say who signed in")
    return value


Address = Annotated[str, AfterValidator(_secure)]
Origin = Annotated[str, AfterValidator(_origin)]
Network = Annotated[str, AfterValidator(_network)]
Header = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")]
Text = Annotated[str, Field(min_length=1, max_length=300)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenID(_Section):
    """`[sign_in.openid]`: the provider at which people sign in."""

    issuer: Address
    client_id: Text
    scopes: Annotated[tuple[str, ...], AfterValidator(_openid)] = ("openid", "email", "profile")
    groups_claim: Text = "groups"


class Proxy(_Section):
    """`[sign_in.proxy]`: the proxy that signs people in and says in headers who asks."""

    addresses: Annotated[tuple[Network, ...], Field(min_length=1)]
    user: Header = "X-Forwarded-User"
    email: Header = "X-Forwarded-Email"
    groups: Header = "X-Forwarded-Groups"


class SignIn(_Section):
    """`[sign_in]`: what needs it, how it is done, and who is admitted."""

    covers: Literal["everything", "sql-and-settings"]
    address: Origin | None = None
    hours: Annotated[int, Field(ge=1, le=24 * 30)] = 12
    emails: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()
    email_domains: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")], ...] = ()
    groups: tuple[Text, ...] = ()
    anyone: bool = False
    openid: OpenID | None = None
    proxy: Proxy | None = None

    @model_validator(mode="after")
    def _one_way_and_somebody_admitted(self) -> SignIn:
        if (self.openid is None) == (self.proxy is None):
            raise ValueError(
                "say how people sign in, one way: by [sign_in.openid] (a provider) or by [sign_in.proxy]"
            )
        if self.openid is not None and self.address is None:
            raise ValueError(
                "address is missing: the provider sends people back to it, as in https://flowmeter.example.org"
            )
        if not (self.anyone or self.emails or self.email_domains or self.groups):
            raise ValueError(
                "nobody is admitted: name emails, email_domains or groups; "
                "anyone = true admits everybody who can sign in"
            )
        return self


def secrets_of(section: SignIn) -> dict[str, str]:
    """What signing in by a provider needs beside the section; both are empty where a proxy does it.

    Raises `CollectorError` for a secret that is missing, too short or cannot be read.
    """
    if section.openid is None:
        return {"session_key": "", "client_secret": ""}
    return {"session_key": session_key(), "client_secret": client_secret()}


def client_secret() -> str:
    """The secret that the provider gave to this client; raises `CollectorError` when it is missing."""
    name = "FLOWMETER_CLIENT_SECRET"
    found = secret(name)
    if not found:
        raise CollectorError(
            "is not set, and sign_in.openid needs it",
            to=name,
            next_step=f"Set {name}, or {name}_FILE to a file that holds it; it has no place in the TOML",
            retry=False,
        )
    return _long_enough(found, name, SHORTEST_SECRET, "Copy the whole secret that the provider shows")


def session_key() -> str:
    """The key that sessions are signed with; one that nobody gave is made once and kept in `KEY_FILE`.

    Raises `CollectorError` for a key that is too short, or that cannot be read or kept.
    """
    name = "FLOWMETER_SESSION_KEY"
    found = secret(name)
    if not found:
        _make_key()
        found = secret(name, {f"{name}_FILE": str(KEY_FILE)})
    return _long_enough(
        found, name, SHORTEST_KEY, "python3 -c 'import secrets; print(secrets.token_hex(32))' makes one"
    )


def _make_key() -> None:
    try:
        KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
        fresh = os.open(KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise CollectorError(
            f"the key that sessions are signed with cannot be kept ({error.strerror})",
            to=str(KEY_FILE),
            next_step="Make the folder writable or set FLOWMETER_SESSION_KEY",
            retry=False,
        ) from error
    with os.fdopen(fresh, "w") as written:
        written.write(secrets.token_hex(32))


def _long_enough(found: str, name: str, shortest: int, next_step: str) -> str:
    if len(found) < shortest:
        raise CollectorError(
            f"has {len(found)} characters; {shortest} or more are needed",
            to=name,
            next_step=next_step,
            retry=False,
        )
    return found
