"""Scripts are compressed once and kept by browsers; the one that draws knows all marks of our figures."""

from __future__ import annotations

import re
from pathlib import Path

import brotli
from flask.testing import FlaskClient
from plotly.offline import get_plotlyjs_version

from dashboard import kept_scripts


def test_the_bundle_that_draws_is_of_the_version_that_dash_brings_in_full() -> None:
    head = kept_scripts.PLOTLY.read_text(encoding="utf-8")[:200]
    assert f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}" in head
    assert get_plotlyjs_version() in kept_scripts.PLOTLY.name
    # The whole of it is three times as large.
    assert kept_scripts.PLOTLY.stat().st_size < 1_600_000


def test_every_kind_of_mark_that_figures_use_is_in_the_bundle() -> None:
    script = kept_scripts.PLOTLY.read_text(encoding="utf-8")
    in_bundle = set(re.findall(r'moduleType:"trace",name:"(\w+)"', script))
    used: set[str] = set()
    for module in Path(kept_scripts.__file__).parent.glob("*.py"):
        used |= set(re.findall(r'\btype="(\w+)"', module.read_text(encoding="utf-8")))
        used |= set(
            re.findall(r'"type": "(scatter\w*|bar\w*|heatmap\w*|box|funnel\w*)"', module.read_text("utf-8"))
        )
    assert {"scatter", "bar"} <= used
    assert used <= in_bundle, f"not in the bundle: {used - in_bundle}"


def test_a_script_is_compressed_once_and_kept_for_a_year(client: FlaskClient) -> None:
    asked = {"Accept-Encoding": "br"}
    first, second = (client.get(kept_scripts.PLOTLY_ADDRESS, headers=asked) for _ in range(2))
    for answer in (first, second):
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] == "br"
        assert answer.cache_control.max_age == 365 * 24 * 3600
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Accept-Encoding" in answer.headers["Vary"]
    assert first.data == second.data
    assert brotli.decompress(second.data) == kept_scripts.PLOTLY.read_bytes()
    plain = client.get(kept_scripts.PLOTLY_ADDRESS)
    assert "Content-Encoding" not in plain.headers
    assert plain.data == kept_scripts.PLOTLY.read_bytes()


def test_a_browser_that_holds_a_script_is_told_so(client: FlaskClient) -> None:
    asked = {"Accept-Encoding": "br"}
    tag = client.get(kept_scripts.PLOTLY_ADDRESS, headers=asked).headers["ETag"]
    again = client.get(kept_scripts.PLOTLY_ADDRESS, headers={**asked, "If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
