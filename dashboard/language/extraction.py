"""Every text that readers see, from code, documents and SQL headers: the template of translations."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from dashboard import wording
from dashboard.components.paged_table import name_of
from dashboard.language.catalogues import FOLDER
from dashboard.lists.known import LISTS
from dashboard.matrices import PAIR
from dashboard.reports.layout import noun_of
from db.adhoc.stored import read_stored
from db.benchmarks.questions import ANSWERS, QUESTIONS, STARTS, question, topic
from db.metrics.catalogue import Definition, read_catalogue
from db.metrics.kinds_of_rows import KINDS
from db.schema import SUBJECTS

TEMPLATE = FOLDER / "messages.pot"
PACKAGE = FOLDER.parent
#: What marks a text: its argument, or its arguments for one and for many.
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "_n": (1, 2), "counted": (2, 3), "mark": None}
METHODS = [("**.py", "python"), ("**.j2", "jinja2.ext:babel_extract")]
OPTIONS = {"**.j2": {"trimmed": "true", "silent": "false"}}
HEADER = """# Every text that readers of the dashboard see. Written by `python -m tests.documentation`.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

"""


def template() -> str:
    """The text of messages.pot: what the code marks, file by file, then what the SQL files say."""
    catalogue = Catalog(charset="utf-8")
    for text, place in (*_marked(PACKAGE), *_metrics(read_catalogue()), *_rows(), *_questions(), *_sql()):
        catalogue.add(text, locations=[(place, 0)])
    written = io.BytesIO()
    write_po(written, catalogue, width=110, include_lineno=False, omit_header=True)
    return HEADER + written.getvalue().decode()


def _marked(package: Path) -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Each marked text of a package with the file that it stands in, by file and place."""
    found = extract_from_dir(package, METHODS, OPTIONS, keywords=KEYWORDS, strip_comment_tags=True)
    # Within a file the places are in order already, and sorting keeps it.
    for file, _line, text, _comments, _context in sorted(found, key=lambda each: each[0]):
        yield (text if isinstance(text, str) else tuple(text)), f"{package.name}/{file}"


def _questions() -> Iterator[tuple[str, str]]:
    """What the headers of questions about benchmarks say to readers."""
    for folder, read in ((QUESTIONS, question), (ANSWERS, topic)):
        for path in sorted(folder.glob("*.sql")):
            if path not in STARTS.values():
                asked = read(path.stem)
                for text in filter(None, (asked.title, asked.meaning, asked.leaves_out)):
                    yield text, f"db/benchmarks/{folder.name}/{path.name}"


def _sql() -> Iterator[tuple[str, str]]:
    """What the page of ad hoc SQL offers: subjects of tables, and what stored queries answer."""
    for subject in SUBJECTS:
        yield subject.capitalize(), "db/schema/__init__.py"
    for each in read_stored().values():
        yield each.question, f"db/adhoc/stored/{each.name}.sql"


def _metrics(definitions: Iterable[Definition]) -> Iterator[tuple[str, str]]:
    """What the headers of metrics say to readers."""
    for each in definitions:
        place = f"db/metrics/{each.goal}/{each.metric}.sql"
        segments = (name.strip() for name in each.segments.split(","))
        apart = [name.replace("_", " ") for name in segments if name not in wording.SEGMENTS]
        apart += [each.segments] if PAIR.strip() in each.segments else []
        units = (wording.unit_words(each.unit), wording.unit_words(each.unit, 1.0))
        for text in (each.title, each.meaning, each.leaves_out, noun_of(each.metric), *units, *apart):
            if text and text.isprintable():
                yield text, place


def _rows() -> Iterator[tuple[str, str]]:
    """What the rows behind numbers are called, and their columns."""
    kinds = [(name, kind) for name, kind in KINDS.items()]
    kinds += [(name, each.kind) for name, each in LISTS.items()]
    for name, kind in kinds:
        words = name.replace("_", " ")
        columns = ((name_of(field), field.about, field.unit) for field in kind.fields)
        choices = (value.replace("_", " ") for field in kind.fields for value in field.choices)
        of_columns = (text for each in columns for text in each)
        for text in filter(None, (words, wording.unit_words(words, 1.0), *of_columns, *choices)):
            yield text, "db/metrics/kinds_of_rows.py"
