"""GitHub Apps: the one app there is, its installations, its JSON web tokens and the tokens it is given."""

import base64
import binascii
import json
from dataclasses import dataclass
from threading import Lock
from typing import Any

from collector.simulator.clock import HOUR, MINUTE
from collector.simulator.http import ApiError, not_found
from collector.simulator.limits import INSTALLATION, Budgets
from collector.simulator.wording import mix

APP_ID = 1
SLUG = "flowmeter"
LONGEST = 10 * MINUTE
"""How far ahead a JSON web token may expire."""


@dataclass(frozen=True)
class Issued:
    """A token of an installation; it expires at a second."""

    installation: int
    expires: int


class Apps:
    """Who may act as the app, and for which installation; `owners` are the accounts it is installed on."""

    def __init__(self, owners: tuple[str, ...], budgets: Budgets) -> None:
        self._budgets = budgets
        self._issued: dict[str, Issued] = {}
        self._lock = Lock()
        self.installations = dict(enumerate(owners, 1))
        """The login an installation is on, by the installation's number."""

    def check_jwt(self, token: str | None) -> None:
        """Raises ApiError 401 unless a token has the shape of the app's JSON web tokens.

        Its signature is not verified: whoever can reach a server on loopback may act as its app.
        """
        claims = _claims(token or "")
        now = self._budgets.now()
        expires, issued = _number(claims, "exp"), _number(claims, "iat")
        if expires is None or expires <= now:
            raise ApiError(
                401,
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at "
                "which the assertion expires",
            )
        if expires > now + LONGEST + 5:
            raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
        if issued is None or issued > now + 5:
            raise ApiError(
                401,
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was "
                "issued",
            )
        if not claims.get("iss"):
            raise ApiError(401, "'Issuer' claim ('iss') must be an Integer")

    def issue(self, installation: int) -> tuple[str, Issued]:
        """A new token for an installation, good for an hour. Raises ApiError 404 for an unknown one."""
        if installation not in self.installations:
            raise not_found()
        with self._lock:
            issued = Issued(installation, int(self._budgets.now()) + HOUR)
            token = f"ghs_{mix(installation, len(self._issued), issued.expires):016x}{len(self._issued):020d}"
            self._issued[token] = issued
        self._budgets.assign(token, f"{INSTALLATION}{installation}")
        return token, issued

    def installation_of(self, token: str | None) -> int | None:
        """The installation a token belongs to; None for other tokens. Raises ApiError 401 once it expired."""
        issued = self._issued.get(token or "")
        if issued is None:
            return None
        if issued.expires <= self._budgets.now():
            raise ApiError(401, "Bad credentials")
        return issued.installation


def _claims(token: str) -> dict[str, Any]:
    """What a JSON web token claims. Raises ApiError 401 for what has not the shape of one."""
    undecoded = ApiError(401, "A JSON web token could not be decoded")
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise undecoded
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
        _decoded(parts[2])
    except (ValueError, binascii.Error):
        raise undecoded from None
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") != "RS256":
        raise undecoded
    return claims


def _decoded(part: str) -> bytes:
    return base64.b64decode(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4), validate=True)


def _number(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
