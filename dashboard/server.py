"""The dashboard as a process: one gunicorn worker with threads, which ends gracefully on SIGTERM."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger


class _Lines(Logger):  # type: ignore[misc] # gunicorn brings no types
    """Gunicorn's own lines go where and as all others do."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Application(BaseApplication):  # type: ignore[misc] # gunicorn brings no types
    """Gunicorn, set up in code: there is no second place where its settings could stand."""

    def __init__(self, load: Callable[[], Any], settings: dict[str, object]) -> None:
        self._load = load
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        application = self._load()
        # What a server is made of stays: looking it through for garbage would hold readers up.
        gc.collect()
        gc.freeze()
        return application


def serve(load: Callable[[], Any], host: str, port: int, threads: int) -> None:
    """Serve the WSGI application that `load` makes, until SIGTERM or SIGINT.

    `load` is called in the worker, so that no database connection crosses a fork.
    """
    settings: dict[str, object] = {
        "bind": f"{host}:{port}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": threads,
        "timeout": 60,
        "graceful_timeout": 5,
        "loglevel": "warning",
        "logger_class": _Lines,
        "proc_name": "flowmeter-serve",
        # Heartbeat files belong in memory where there is one.
        "worker_tmp_dir": None,
    }
    _Application(load, settings).run()
