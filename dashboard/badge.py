"""A metric's last value as a small picture for READMEs, in the two-part shape that readers know."""

from __future__ import annotations

from dashboard.templates import rendered

#: Advance widths of DejaVu Sans, in hundredths of the font's size, from the blank to the tilde.
_WIDTHS = (
    *(32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64),
    *(64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79),
    *(60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63),
    *(63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84),
)
#: Of other characters: those of East Asian scripts are as wide as high, most others like a digit.
_WIDE, _OTHER = 100, 64
SIZE, PADDING, HEIGHT = 11, 6, 20
LONGEST = 60


def text_width(text: str) -> float:
    """How wide a text is at the badge's size, in pixels."""
    total = 0
    for character in text:
        place = ord(character) - 32
        if 0 <= place < len(_WIDTHS):
            total += _WIDTHS[place]
        else:
            total += _WIDE if place > 0x1100 else _OTHER
    return total * SIZE / 100


def badge(label: str, value: str) -> str:
    """The picture as SVG: the label on grey, the value on the accent; read aloud as “label: value”."""
    label, value = _fitting(label), _fitting(value)
    left, right = text_width(label) + 2 * PADDING, text_width(value) + 2 * PADDING
    return rendered(
        "badge.svg.j2",
        label=label,
        value=value,
        left=round(left, 1),
        right=round(right, 1),
        width=round(left + right, 1),
        value_at=round(left + PADDING, 1),
        label_width=round(text_width(label), 1),
        value_width=round(text_width(value), 1),
        height=HEIGHT,
        size=SIZE,
        padding=PADDING,
    )


def _fitting(text: str) -> str:
    """The text without characters that do not show, cut where it would be no badge any more."""
    shown = "".join(character for character in text if character.isprintable()).strip() or "—"
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
