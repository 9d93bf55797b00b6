"""What the headers of metrics say, in the language of the request."""

from __future__ import annotations

from dataclasses import replace

from dashboard.answers import Catalogue
from dashboard.language.catalogues import _, current
from dashboard.language.of_request import ENGLISH
from db.metrics.read import MetricText


def in_words(known: Catalogue) -> Catalogue:
    """The catalogue as readers see it; units stay as they are, for `wording` to read and to write."""
    if current() == ENGLISH:
        return known
    return replace(known, metrics={name: _told(metric) for name, metric in known.metrics.items()})


def _told(metric: MetricText) -> MetricText:
    return replace(metric, title=_(metric.title), meaning=_(metric.meaning), leaves_out=_(metric.leaves_out))
