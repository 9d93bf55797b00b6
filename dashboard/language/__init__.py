"""What readers see, in their language: `_` marks and translates a text, `mark` only marks it."""

from dashboard.language.catalogues import _, _n, current, locale, mark, speaking
from dashboard.language.of_request import ENGLISH, LANGUAGES

__all__ = ["ENGLISH", "LANGUAGES", "_", "_n", "current", "locale", "mark", "speaking"]
