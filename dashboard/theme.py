"""The colours: one meaning a colour, in a light and a dark shade, and the style sheet made from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Colour:
    """A meaning's colour: for surfaces and for text, on white and on near-black.

    Figures are drawn in the light shades; the style sheet turns them dark, so
    that changing the theme redraws nothing and asks the server nothing.
    """

    fill: str
    text: str
    dark_fill: str
    dark_text: str


ACCENT = Colour("#ff6f00", "#b54a00", "#ff7f1f", "#ff9d52")
NEUTRAL = Colour("#5c6877", "#5a6573", "#94a0b0", "#a3aebc")
STEWARD = Colour("#c8cdd6", "#68727f", "#566172", "#a0abb9")
INDEPENDENT = Colour("#2f7ebc", "#1f6ba6", "#4797d6", "#74b5ea")
UNKNOWN = Colour("#e4e7ec", "#757f8c", "#323b48", "#8d98a7")
BOT = Colour("#a58fc0", "#72559a", "#b09cc8", "#cbbbe0")
COMPARED = Colour("#7b8696", "#5f6a78", "#8b97a7", "#a7b2c0")
#: What is one of too many for a colour of its own.
REST = Colour("#919bab", "#5f6a78", "#77839a", "#a5afbd")
#: So many colours of one chart can be told apart by everybody; greys beside them.
MOST = 8
GREYS = (STEWARD, UNKNOWN, NEUTRAL, COMPARED, REST)

#: Segments with a meaning of their own, by the name that metrics give them.
MEANINGS = {
    "all": ACCENT,
    "outside": ACCENT,
    "organization": ACCENT,
    "organisation": ACCENT,
    "outside organization": ACCENT,
    "outside organisation": ACCENT,
    "other organizations": ACCENT,
    "other organisations": ACCENT,
    "steward": STEWARD,
    "proxy": STEWARD,
    "independent": INDEPENDENT,
    "unknown": UNKNOWN,
    "none stated": UNKNOWN,
    "none_stated": UNKNOWN,
    "google_cloud": ACCENT,
    "star_history": ACCENT,
    "snapshot": INDEPENDENT,
    "not stated": UNKNOWN,
    "median": ACCENT,
    "p90": NEUTRAL,
    "bot": BOT,
    "bots": BOT,
}

#: For segments without a meaning of their own: told apart by colour-blind eyes too
#: (after Okabe and Ito, lightness varied; none near the accent, the bots' colour or a grey).
SEQUENCE = (
    Colour("#0072b2", "#00639c", "#3d9bd1", "#6fb9e4"),
    Colour("#e69f00", "#8f6200", "#e6a91f", "#f0c15f"),
    Colour("#009e73", "#007a59", "#1fae85", "#58cfae"),
    Colour("#cc79a7", "#a04479", "#cf86af", "#e2a9c9"),
    Colour("#56b4e9", "#1b74a8", "#9ad6f7", "#b5e0f8"),
    Colour("#772200", "#772200", "#b9683f", "#dd9a78"),
    Colour("#6a51a3", "#5b4494", "#8a73bf", "#b0a0d8"),
    Colour("#8c6d31", "#76591f", "#a78a4d", "#c9b07c"),
    Colour("#1b7837", "#1b7837", "#2f8a3c", "#6fbd7d"),
    Colour("#003366", "#003366", "#4a63d6", "#93a5f2"),
    Colour("#117a8b", "#0f6b7a", "#2fa3b5", "#6ccad8"),
    Colour("#882255", "#882255", "#b8557f", "#e39fbb"),
    Colour("#999933", "#67671f", "#a9a940", "#cdcd78"),
    Colour("#aa4499", "#933a85", "#b44bb0", "#dd97d8"),
)

#: Lines of hardware: each has one colour, whatever stands beside it.
PLATFORMS = {
    "NVIDIA GPU": SEQUENCE[2],
    "TPU": SEQUENCE[0],
    "x86": SEQUENCE[5],
    "ARM": SEQUENCE[1],
    "POWER": SEQUENCE[6],
    "Hexagon DSP": SEQUENCE[3],
    "Raspberry Pi": SEQUENCE[4],
    "Movidius Myriad": SEQUENCE[8],
    "Other GPU": SEQUENCE[7],
    "Phone GPU": SEQUENCE[9],
    "NPU": BOT,
    "Edge TPU": ACCENT,
    "Other DSP": COMPARED,
    "Other VPU": COMPARED,
    "Not stated": NEUTRAL,
}

#: Kinds of contributions, on every page.
CONTRIBUTIONS = {
    "commit": SEQUENCE[0],
    "coauthored_commit": SEQUENCE[4],
    "pull_request": SEQUENCE[1],
    "merged_pull_request": SEQUENCE[7],
    "review": SEQUENCE[2],
    "issue": SEQUENCE[3],
    "comment": SEQUENCE[6],
}
#: Classes of hardware have the colour of the line of hardware that they are mostly known by.
HARDWARE = {
    "gpu": PLATFORMS["NVIDIA GPU"],
    "tpu": PLATFORMS["TPU"],
    "x86": PLATFORMS["x86"],
    "arm": PLATFORMS["ARM"],
    "power": PLATFORMS["POWER"],
    "dsp": PLATFORMS["Hexagon DSP"],
    "npu": PLATFORMS["NPU"],
    "vpu": PLATFORMS["Movidius Myriad"],
}
#: Clouds beside Google's.
CLOUDS = {"aws": SEQUENCE[0], "azure": SEQUENCE[2]}
#: Companies that many charts show beside each other.
COMPANIES = dict(
    zip(
        (
            *("Intel", "NVIDIA", "Arm", "IBM", "Microsoft", "Amazon", "AMD"),
            *("Huawei", "Meta", "Samsung", "Apple", "Qualcomm", "Baidu"),
        ),
        (SEQUENCE[place] for place in (1, 2, 9, 7, 4, 11, 6, 3, 13, 8, 5, 12, 10)),
        strict=True,
    )
)
#: Whatever has one colour wherever it is shown, by its name in small letters. A company's name is written
#: as such; what is written in small letters alone is a class of hardware.
_OWN = {**MEANINGS, **CONTRIBUTIONS, **HARDWARE, **CLOUDS}
#: The place in the sequence that is hard to tell from a meaning's colour.
_NEAR = {INDEPENDENT: 0}

GRID = "#e8ebf0"
AXIS_TEXT = "#66717f"
PAPER = "#ffffff"
HOVER = "#1f2733"

#: Light → dark of what the page itself is made of, by CSS variable.
SURFACES = {
    "page": ("#f6f8fa", "#0f1319"),
    "card": ("#ffffff", "#171d26"),
    "line": ("#e2e6ec", "#2a3340"),
    "grid": (GRID, "#27303c"),
    "ink": ("#1c2530", "#e8ecf1"),
    "soft": ("#4f5b69", "#b3bdc9"),
    "faint": ("#66717f", "#94a0ae"),
    "accent": (ACCENT.fill, ACCENT.dark_fill),
    "accent-ink": ("#b04700", "#ff9d52"),
    "accent-wash": ("#fff0e2", "#33241a"),
    "good": ("#17703f", "#5fcf95"),
    "bad": ("#b3231c", "#ff8d84"),
    "bad-wash": ("#fde6e4", "#3a2022"),
    "note": ("#1c5f96", "#86c1f2"),
    "note-wash": ("#e3f1fd", "#182b3d"),
    "warn": ("#7a4b00", "#f2c069"),
    "warn-wash": ("#fff4d6", "#33290f"),
}


def colours(segments: Iterable[str], subject: str = "", rest: Collection[str] = ()) -> dict[str, Colour]:
    """A colour for each segment, the same for the same name wherever it is shown.

    A segment with a meaning has its own, and what all is about (`subject`, the
    project or a repository named like it) the accent; any other takes its place in the
    sequence from its name alone, moving on when a neighbour of the same chart
    holds that place already (in alphabetical order, so that nothing depends on
    the order of the rows). Those of the `rest` are grey.
    """
    chosen: dict[str, Colour] = dict.fromkeys(rest, REST)
    names = sorted({*segments} - {*rest}, key=str.casefold)
    own = names_of(subject)
    meanings = {name: ACCENT if name.casefold() in own else meaning_of(name) for name in names}
    taken = {place for place, colour in enumerate(SEQUENCE) if colour in meanings.values()}
    taken |= {place for colour, place in _NEAR.items() if colour in meanings.values()}
    for segment in names:
        if segment.casefold() == "all" and len(names) > 1:
            # Beside its parts the whole is what they are compared with.
            chosen[segment] = NEUTRAL
            continue
        meaning = meanings[segment]
        if meaning is not None:
            chosen[segment] = meaning
            continue
        place = sum(segment.casefold().encode()) % len(SEQUENCE)
        if len(taken) < len(SEQUENCE):
            while place in taken:
                place = (place + 1) % len(SEQUENCE)
        taken.add(place)
        chosen[segment] = SEQUENCE[place]
    return chosen


def names_of(subject: str) -> set[str]:
    """What segments of the subject's own are called, in small letters; none of no subject."""
    # A scope may say in brackets which part of the project it is.
    about = subject.casefold().partition(" (")[0]
    return {subject.casefold(), about, f"{about}/{about}"} if about else set()


def meaning_of(segment: str) -> Colour | None:
    """The colour that a segment has on every page; None where its neighbours have a say."""
    return (
        COMPANIES.get(segment)
        or _OWN.get(segment.casefold().replace(" ", "_"))
        or _OWN.get(segment.casefold())
    )


def rgb(colour: str) -> str:
    """A hexadecimal colour in the form in which browsers write inline styles."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def translucent(colour: str, opacity: float) -> str:
    """A hexadecimal colour let through by `opacity` (0 to 1)."""
    return f"rgba{rgb(colour)[3:-1]}, {opacity:g})"


def stylesheet() -> str:
    """The CSS variables of both themes and the rules that turn drawn figures dark."""
    light = "".join(f"--{name}:{pair[0]};" for name, pair in SURFACES.items())
    dark = "".join(f"--{name}:{pair[1]};" for name, pair in SURFACES.items())
    night = '[data-mantine-color-scheme="dark"]'
    rules = [f":root{{{light}color-scheme:light}}", f":root{night}{{{dark}color-scheme:dark}}"]
    palette = (ACCENT, INDEPENDENT, BOT, *GREYS, *SEQUENCE)
    figure = f"{night} .js-plotly-plot .main-svg"
    for colour in palette:
        shade = rgb(colour.fill)
        rules += [
            f'{figure} [style*="{kind}: {shade}"]{{{kind}:{colour.dark_fill} !important}}'
            for kind in ("fill", "stroke")
        ]
        rules.append(
            f'{figure} text[style*="fill: {rgb(colour.text)}"]{{fill:{colour.dark_text} !important}}'
        )
    rules.append(f'{figure} text[style*="fill: {rgb(AXIS_TEXT)}"]{{fill:{SURFACES["faint"][1]} !important}}')
    rules.append(f'{figure} [style*="stroke: {rgb(GRID)}"]{{stroke:{SURFACES["grid"][1]} !important}}')
    paper, card = rgb(PAPER), SURFACES["card"][1]
    rules.append(f'{figure} .point[style*="fill: {paper}"]{{fill:{card} !important}}')
    return "\n".join(rules)
