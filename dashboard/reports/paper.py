"""An issue as PDF on A4: the same words, pictures and tables as its HTML, written without a browser."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fpdf import FPDF, FontFace, XPos, YPos
from fpdf.enums import MethodReturnValue, TableBordersLayout, TableCellFillMode

from dashboard import theme
from dashboard.language import _
from dashboard.reports.asked import Asked
from dashboard.reports.audiences import PARTS
from dashboard.reports.charts import Chart
from dashboard.reports.content import Content, Line, end, more, results
from dashboard.reports.letters import has_letters, more_letters
from dashboard.reports.scoring import GoalText, Score

# What letters the machine lacks is drawn as a box: no news for whoever reads the log, one line an issue.
logging.getLogger("fpdf.output").setLevel(logging.ERROR)
# It tells of every table of every font that it makes smaller, and of those that it leaves out.
logging.getLogger("fontTools").setLevel(logging.ERROR)

#: Millimetres.
MARGIN, FOOT = 18.0, 16.0
FONT = "DejaVu"


def pdf(content: Content, parts: Sequence[str] = PARTS) -> bytes:
    """Parts of the issue as PDF: the same content gives the same bytes."""
    page = _Paper(content)
    page.head()
    written: dict[str, Callable[[], None]] = {
        "goals": lambda: page.goals(content.goals),
        "changes": lambda: page.changes(content),
        "thanks": lambda: page.thanks(content),
        "waiting": lambda: page.waiting(content),
        "benchmarks": lambda: page.benchmarks(content),
        "queries": lambda: page.queries(content.queries),
        "trust": lambda: page.trust(content),
        "numbers": lambda: page.numbers(content.charts),
    }
    for part in parts:
        written[part]()
    page.end(end(content))
    return bytes(page.output())


def _fonts() -> tuple[str, str, str | None]:
    """Files of the regular and bold letters that come with the pictures, and of more scripts if there are."""
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return str(folder / "DejaVuSans.ttf"), str(folder / "DejaVuSans-Bold.ttf"), more_letters()


def _colour(name: str) -> tuple[int, int, int]:
    return _rgb(theme.ACCENT.text if name == "accent" else theme.SURFACES[name][0])


def _rgb(written: str) -> tuple[int, int, int]:
    digits = written.lstrip("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


class _Paper(FPDF):
    """A4 pages with the issue's name at their foot."""

    def __init__(self, content: Content) -> None:
        super().__init__(format="A4")
        self._issue = content
        regular, bold, more = _fonts()
        self.add_font(FONT, "", regular)
        self.add_font(FONT, "B", bold)
        if more is not None:
            self.add_font("More", "", more)
            self.set_fallback_fonts(["More"], exact_match=False)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN + 4)
        self.set_lang(content.language)
        self.set_title(f"{content.project}, {content.scope_title}: {content.window.days}")
        self.set_author("Flowmeter")
        self.set_subject(content.headline)
        last = content.window.last
        self.set_creation_date(datetime(last.year, last.month, last.day, tzinfo=UTC))
        self.add_page()

    def footer(self) -> None:
        """The issue's name and the page's number; that the data is simulated stands on every page."""
        issue = self._issue
        self.set_y(-FOOT)
        self.ink("soft", 7.5)
        parts = ["Flowmeter", issue.report, issue.scope_title, issue.window.days]
        parts = [_("Simulated data"), *parts] if issue.simulated else parts
        self.cell(self.epw - 20, 5, " · ".join(parts))
        place = _("{page} of {pages}").format(page=self.page_no(), pages="{nb}")
        self.cell(20, 5, place, align="R")

    def _render_styled_text_line(self, *given: Any, **more: Any) -> bool:
        """Draw a line, which names its own font: letters of the other font may have come before it.

        fpdf2 takes the font for set once any line has set one, though what a line sets ends with it.
        """
        self.current_font_is_set_on_page = False
        broken = super()._render_styled_text_line(*given, **more)
        self.current_font_is_set_on_page = False
        return bool(broken)

    def ink(self, colour: str, size: float, style: str = "") -> None:
        """The colour, size and weight of what follows."""
        # Letters of the other font leave the page in that font, which fpdf2 does not notice when
        # the same font as before is set again.
        self.font_family = ""
        self.set_font(FONT, style, size)
        self.set_text_color(*_colour(colour))

    def words(self, text: str, colour: str = "ink", size: float = 9.5, style: str = "", **more: Any) -> None:
        """A paragraph."""
        self.ink(colour, size, style)
        height = size * 0.5
        self.multi_cell(0, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L", **more)

    def note(self, text: str) -> None:
        """A sentence on a ground that says: mind this."""
        self.set_fill_color(*_colour("warn-wash"))
        self.words(text, "warn", 9, fill=True, padding=2.5)
        self.ln(3)

    def heading(self, text: str) -> None:
        """A part's heading, never alone at the end of a page."""
        if self.will_page_break(24):
            self.add_page()
        self.ln(5)
        self.start_section(text)
        self.words(text, size=13, style="B")
        self.set_draw_color(*_colour("ink"))
        self.set_line_width(0.4)
        self.line(self.l_margin, self.y + 0.8, self.l_margin + self.epw, self.y + 0.8)
        self.ln(3)

    def point(
        self, text: str, link: str = "", beside: str = "", colour: str = "ink", size: float = 9.5
    ) -> None:
        """An item of a list."""
        self.ink(colour, size)
        height = size * 0.5
        if self.will_page_break(height * 2):
            self.add_page()
        self.cell(4, height, "•")
        left = self.l_margin
        self.set_left_margin(self.x)
        if link:
            self.set_text_color(*_colour("note"))
        self.write(height, text, link)
        if beside:
            self.ink("soft", size - 0.5)
            self.write(height, f"  {beside}")
        self.set_left_margin(left)
        self.ln(height + 1.2)

    def head(self) -> None:
        """Name, headline and what has to be said before anything else."""
        issue = self._issue
        if not has_letters(issue.language):
            self.note("The machine that wrote this has no letters of its language: fonts-noto-cjk has them.")
        if issue.simulated:
            where = _("the numbers here, or some of them, come from the bundled simulator.")
            made_up = _("Simulated data")
            self.note(f"{made_up}: {where} {issue.live_hint}")
        if issue.late:
            self.note(issue.late)
        self.words(f"flowmeter · {issue.report} · {issue.scope_title} · {issue.window.days}", "soft", 8.5)
        self.ln(2)
        headline = issue.headline
        if issue.simulated:
            headline = _("Simulated data: {headline}").format(headline=headline)
        self.words(headline, size=16, style="B")

    def goals(self, goals: Sequence[GoalText]) -> None:
        """Each goal with its metrics, values at the right."""
        self.heading(_("The goals"))
        for goal in goals:
            if self.will_page_break(30):
                self.add_page()
            self.ln(2)
            self.words(goal.title, "accent", 10.5, "B")
            self.words(goal.question, "soft", 8.5)
            if goal.empty:
                self.words(goal.empty, "soft", 8.5)
            for score in goal.scores:
                self.score(score)
            if goal.without:
                self.ln(1.2)
                self.words(goal.without, "soft", 8.5)

    def score(self, score: Score) -> None:
        """A metric: its title, what moved and notes at the left, its value at the right."""
        lines = [f"{moved.change} {moved.against}" for moved in score.moved]
        lines += [" · ".join(score.notes)] if score.notes else []
        right = 38.0
        width = self.epw - right - 4
        # Measured before: what fpdf2 keeps together must not go back up the page, and this has two columns.
        left = 5 * self.lines_of(score.title, width, 9.5) + sum(
            4.2 * self.lines_of(line, width, 8.5) for line in lines
        )
        if self.will_page_break(2.4 + max(left, 6 + 3.6 * self.lines_of(score.unit, right, 7.5))):
            self.add_page()
        self.ln(1.2)
        self.set_draw_color(*_colour("line"))
        self.set_line_width(0.2)
        self.line(self.l_margin, self.y, self.l_margin + self.epw, self.y)
        self.ln(1.2)
        top = self.y
        self.set_xy(self.l_margin + self.epw - right, top)
        self.ink("ink", 13, "B")
        self.cell(right, 6, score.value, align="R", new_x=XPos.LEFT, new_y=YPos.NEXT)
        self.ink("soft", 7.5)
        self.multi_cell(right, 3.6, score.unit, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        bottom = self.y
        self.set_xy(self.l_margin, top)
        self.ink("ink", 9.5)
        self.multi_cell(width, 5, score.title, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ink("soft", 8.5)
        for line in lines:
            self.multi_cell(width, 4.2, line, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(self.y, bottom))

    def lines_of(self, text: str, width: float, size: float) -> int:
        """How many lines a text takes in a column."""
        self.ink("ink", size)
        found: Any = self.multi_cell(width, size, text, dry_run=True, output=MethodReturnValue.LINES)
        return len(found)

    def changes(self, issue: Content) -> None:
        """What changed most, and the pictures."""
        self.heading(_("What changed most"))
        for change in issue.changes:
            self.point(change)
        if not issue.changes:
            self.words(issue.no_changes)
        for chart in issue.charts:
            picture = io.BytesIO(base64.b64decode(chart.picture))
            with self.unbreakable() as page:
                page.ln(4)
                page.words(chart.title, size=11, style="B")
                page.words(chart.meaning, "soft", 8.5)
                page.ln(1)
                page.image(picture, w=page.epw * 0.92, alt_text=chart.alternative)

    def thanks(self, issue: Content) -> None:
        """First-timers."""
        self.heading(_("Thanks to first-timers"))
        for person in issue.thanks:
            self.line_of(person)
        if not issue.thanks:
            self.words(issue.no_thanks)
        if issue.more_thanks:
            self.point(more(issue.more_thanks))
        if issue.thanks_note:
            self.words(issue.thanks_note, "soft", 8.5)

    def waiting(self, issue: Content) -> None:
        """Who waits for an answer."""
        self.heading(_("Needs help"))
        self.words(f"{issue.waiting_note} {issue.waiting_named}".rstrip())
        self.ln(1)
        for item in issue.waiting:
            self.line_of(item)

    def benchmarks(self, issue: Content) -> None:
        """Steps of benchmarks, and results that came."""
        self.heading(_("Benchmark news"))
        for line in issue.triage:
            self.point(line)
        self.words(results(issue))
        for each in issue.benchmarks.lines:
            self.point(each)

    def line_of(self, line: Line) -> None:
        """Something named, as an item."""
        self.point(line.words, line.link, f"({line.beside})")

    def trust(self, issue: Content) -> None:
        """The caveats."""
        self.heading(_("How far to trust this"))
        if issue.simulated:
            made_up = _(
                "Simulated data: no number here is about real people or real work, and nothing is linked."
            )
            self.point(made_up, colour="soft", size=8.5)
        for caveat in issue.caveats:
            self.point(caveat, colour="soft", size=8.5)

    def numbers(self, charts: Sequence[Chart]) -> None:
        """The tables behind the pictures."""
        if charts:
            self.heading(_("The numbers behind the pictures"))
        for chart in charts:
            if self.will_page_break(40):
                self.add_page()
            self.ln(3)
            self.words(chart.title, size=10, style="B")
            self.ln(1)
            self.rows_of(chart.head, chart.rows, (False, *[True] * (len(chart.head) - 1)))
            if chart.note:
                self.words(chart.note, "soft", 7.5)

    def queries(self, queries: Sequence[Asked]) -> None:
        """Rows of queries that the report holds."""
        for asked in queries:
            self.heading(asked.title)
            if asked.failed:
                self.words(asked.failed, "warn")
            elif asked.rows:
                self.rows_of(asked.head, asked.rows, asked.numbers)
            if asked.note:
                self.words(asked.note, "soft", 8)

    def rows_of(
        self, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: tuple[bool, ...]
    ) -> None:
        """A table; columns of texts are as wide as their texts need."""
        self.ink("ink", 7.5)
        self.set_draw_color(*_colour("line"))
        self.set_line_width(0.1)
        self.set_fill_color(255, 255, 255)
        longest = [max(map(len, lane)) for lane in zip(head, *rows, strict=True)]
        wide = [
            1.0 if number else 1.6 if place == 0 and longest[place] < 16 else max(1.2, longest[place] / 12)
            for place, number in enumerate(numbers)
        ]
        with self.table(
            width=min(self.epw, 28.0 * sum(wide)),
            align="LEFT",
            col_widths=tuple(wide),
            text_align=tuple("RIGHT" if number else "LEFT" for number in numbers),
            line_height=3.9,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            cell_fill_mode=TableCellFillMode.NONE,
            headings_style=FontFace(emphasis="BOLD"),
        ) as table:
            for row in (head, *rows):
                table.row(row)

    def end(self, text: str) -> None:
        """The last line."""
        self.ln(6)
        self.words(text, "soft", 8)
