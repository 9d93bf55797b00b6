"""A provider of OpenID Connect on loopback, which can be told to say what is not so."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "flowmeter", "a secret for tests only"
#: Making one takes a while, and all may have the same.
_KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})


class Provider:
    """Signs the one person in who `claims` describe, without asking.

    `said` changes an identity token's claims before they are signed, `key` is what signs it,
    `algorithm` how; `metadata` is laid over what the provider says of itself.
    """

    def __init__(self) -> None:
        self.key: Any = _KEY
        self.published = self.key
        self.algorithm = "RS256"
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {
            "sub": "1",
            "name": "Ada Example",
            "email": "ada@example.org",
            "email_verified": True,
        }
        self.said: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda claims: claims
        self.userinfo: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def about(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            **self.metadata,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        self.asked.append(asked)
        code = secrets.token_hex(8)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """An identity token for a code: once, to this client, with the verifier of its challenge."""
        asked = self.codes.pop(given.get("code", ""), None)
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or authorization != wanted or given.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked.get("code_challenge_method") != "S256" or challenge != asked.get("code_challenge"):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = self.said(
            {
                "iss": self.issuer,
                "aud": CLIENT,
                "iat": now,
                "exp": now + 300,
                "nonce": asked["nonce"],
                **self.claims,
            }
        )
        answer: dict[str, Any] = {"access_token": "of no use", "token_type": "Bearer", "expires_in": 300}
        if claims is not None:
            answer["id_token"] = self.signed(claims)
        return 200, answer

    def signed(self, claims: dict[str, Any]) -> str:
        """The claims as a token."""
        if self.algorithm == "none":
            parts = ({"alg": "none"}, claims)
            coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts]
            return ".".join([*coded, ""])
        header = {"alg": self.algorithm, "kid": "one"}
        return str(jwt.encode(header, claims, self.key, algorithms=[self.algorithm]))

    def sign_with_the_clients_secret(self) -> None:
        """Sign by HMAC, as whoever knows the client's secret can."""
        self.algorithm, self.key = "HS256", OctKey.import_key(SECRET)


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            found = {
                "/.well-known/openid-configuration": provider.about,
                "/keys": lambda: {"keys": [provider.published.as_dict(private=False)]},
                "/userinfo": lambda: provider.userinfo or provider.claims,
            }.get(parts.path)
            self._answer(*((200, found()) if found else (404, {})))

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[0] for name, values in parse_qs(text).items()}
            self._answer(*provider.token(given, self.headers.get("Authorization", "")))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            written = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: object) -> None:
            """Tests need no log."""

    return Handler
