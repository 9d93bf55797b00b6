"""What every answer carries: which scripts may run, who may frame it, how long it may be kept."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

from flask import Flask, Response, request

#: Inline scripts of a page; those with a source are held to 'self', and data is not run.
_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*\btype=\"application/json\")[^>]*>(.*?)</script>",
    re.DOTALL | re.IGNORECASE,
)
#: Where Dash serves its components' scripts, most of them with a version in their name.
_SUITES = "/_dash-component-suites/"
#: Where our own ones stand, all with a version in their name.
SCRIPTS = "/scripts/"
#: Under it stands what other sites may frame; its own policy says so as well.
FRAMED = "/embed/"
YEAR = 365 * 24 * 3600


def harden(server: Flask) -> None:
    """Add the headers to every answer of the server."""

    @server.after_request
    def headers(answer: Response) -> Response:
        if answer.direct_passthrough and hasattr(answer.response, "close"):
            # Compression reads a file to its end and lets go of it: whoever opened it has to close it.
            answer.call_on_close(answer.response.close)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        if not request.path.startswith(FRAMED):
            answer.headers.setdefault("X-Frame-Options", "DENY")
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        answer.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if "Content-Security-Policy" not in answer.headers:
            html = answer.mimetype == "text/html" and not answer.direct_passthrough
            answer.headers["Content-Security-Policy"] = policy(answer.get_data(as_text=True) if html else "")
        if answer.status_code == 200 and _named_by_version(request.path, request.args):
            answer.cache_control.public = True
            answer.cache_control.max_age = YEAR
            answer.cache_control.immutable = True
            answer.cache_control.no_cache = None
        return answer


def _named_by_version(path: str, query: Mapping[str, str]) -> bool:
    """Whether another content would have another address."""
    if path.startswith("/assets/"):
        return "m" in query
    if path.startswith(SCRIPTS):
        return True
    return path.startswith(_SUITES) and re.search(r"\.v\d|@\d|m\d{8,}", path) is not None


def policy(html: str) -> str:
    """The content security policy of a page: its own inline scripts by their hashes, no other site."""
    hashes = sorted(
        {
            "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
            for script in _INLINE.findall(html)
            if script.strip()
        }
    )
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *hashes)),
            # Mantine and Plotly write their styles as they go.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
