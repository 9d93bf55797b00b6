"""Letters that pictures and PDF lack: those of other scripts, from the machine's own fonts."""

from __future__ import annotations

import functools
from pathlib import Path

from dashboard.language import ENGLISH

#: Letters of other scripts are taken from the first of these files that the machine has.
FILES = (
    "NotoSansCJK-Regular",
    "NotoSansKR-Regular",
    "NanumGothic",
    "wqy-zenhei",
    "DroidSansFallbackFull",
    "unifont",
)
#: A letter without which a language cannot be written.
LETTERS = {"ko": "가"}


@functools.lru_cache(maxsize=1)
def more_letters() -> str | None:
    """The file of a font that has letters of other scripts; None where the machine has none.

    The folders are looked through: matplotlib's own list does not know what was installed after it.
    """
    from matplotlib.font_manager import findSystemFonts

    found = {Path(path).stem.casefold(): path for path in sorted(findSystemFonts())}
    return next((found[name.casefold()] for name in FILES if name.casefold() in found), None)


@functools.lru_cache(maxsize=16)
def has_letters(language: str) -> bool:
    """Whether texts in a language of `LANGUAGES` can be drawn."""
    from matplotlib.font_manager import get_font

    if language == ENGLISH or language not in LETTERS:
        return True
    path = more_letters()
    return path is not None and get_font(path).get_char_index(ord(LETTERS[language])) != 0


@functools.lru_cache(maxsize=1)
def families() -> list[str]:
    """Names of the fonts that pictures are written in, the first that has a letter gives it."""
    from matplotlib.font_manager import FontProperties, fontManager

    path = more_letters()
    if path is None:
        return ["DejaVu Sans"]
    fontManager.addfont(path)
    return ["DejaVu Sans", FontProperties(fname=path).get_name()]


def drawable(words: str) -> str:
    """Letters that no font of the pictures has as a question mark, rather than as an empty box."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = [get_font(findfont(FontProperties(family=name))) for name in families()]
    return "".join(
        letter if any(font.get_char_index(ord(letter)) for font in fonts) else "?" for letter in words
    )
