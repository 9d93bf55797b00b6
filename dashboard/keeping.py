"""What is made once and kept, pages and scripts, and how open pages hear that it changed."""

from __future__ import annotations

from flask import Flask

from dashboard import kept_pages, kept_scripts, live
from dashboard.kept_scripts import PLOTLY_ADDRESS

__all__ = ["PLOTLY_ADDRESS", "keep_and_tell"]


def keep_and_tell(server: Flask) -> None:
    """Keep pages and scripts of a server whose pages are registered and whose compression is not yet."""
    server.register_blueprint(live.blueprint)
    server.register_blueprint(kept_scripts.blueprint)
    kept_pages.keep(server)
    kept_scripts.keep(server)
