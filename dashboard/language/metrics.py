"""What the headers of metrics say, and what scopes are called, in the language of the request."""

from __future__ import annotations

from dataclasses import replace

from dashboard.answers import Catalogue
from dashboard.language.catalogues import _, current
from dashboard.language.of_request import ENGLISH
from dashboard.language.values import scope_words
from db.metrics.read import MetricText


def in_words(known: Catalogue) -> Catalogue:
    """The catalogue as readers see it; units stay as they are, for `wording` to read and to write."""
    if current() == ENGLISH:
        return known
    metrics = {name: _told(metric) for name, metric in known.metrics.items()}
    scopes = tuple(replace(scope, title=scope_words(scope.title)) for scope in known.scopes)
    return replace(known, metrics=metrics, scopes=scopes)


def _told(metric: MetricText) -> MetricText:
    return replace(metric, title=_(metric.title), meaning=_(metric.meaning), leaves_out=_(metric.leaves_out))
