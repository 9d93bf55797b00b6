"""What an issue says, as it is kept: JSON without the pictures, which its HTML holds; and back again."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from dashboard.language import ENGLISH
from dashboard.reports.asked import Asked
from dashboard.reports.charts import Chart
from dashboard.reports.content import Content, Line
from dashboard.reports.news import Benchmarks
from dashboard.reports.scoring import GoalText, Moved, Score
from dashboard.reports.window import Window

_PICTURE = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"')


def as_json(content: Content) -> str:
    """The content as JSON; pictures are left out."""
    bare = replace(content, charts=[replace(chart, picture="") for chart in content.charts])
    return json.dumps(asdict(bare), default=date.isoformat, ensure_ascii=False)


def language_of(content: str | None) -> str:
    """The language that an issue was written in; those of older versions are English."""
    return ENGLISH if content is None else str(json.loads(content).get("language", ENGLISH))


def content_of(text: str, html: str) -> Content:
    """The content that was kept, with the pictures of the issue's HTML."""
    held: dict[str, Any] = json.loads(text)
    pictures = _PICTURE.findall(html)
    window = held["window"]
    held |= {
        "window": Window(
            window["grain"], date.fromisoformat(window["first"]), date.fromisoformat(window["last"])
        ),
        "goals": [
            GoalText(
                **goal
                | {
                    "scores": [
                        Score(**score | {"moved": [Moved(**moved) for moved in score["moved"]]})
                        for score in goal["scores"]
                    ]
                }
            )
            for goal in held["goals"]
        ],
        "thanks": [Line(**line) for line in held["thanks"]],
        "waiting": [Line(**line) for line in held["waiting"]],
        "benchmarks": Benchmarks(**held["benchmarks"] | {"lines": tuple(held["benchmarks"]["lines"])}),
        "queries": [
            Asked(
                **each
                | {
                    "head": tuple(each["head"]),
                    "rows": tuple(tuple(row) for row in each["rows"]),
                    "numbers": tuple(each["numbers"]),
                }
            )
            for each in held.get("queries", ())
        ],
        "charts": [
            Chart(
                **chart
                | {
                    "picture": picture,
                    "head": tuple(chart["head"]),
                    "rows": tuple(tuple(row) for row in chart["rows"]),
                }
            )
            for chart, picture in zip(held["charts"], pictures, strict=True)
        ],
    }
    return Content(**held)
