"""A report is written in the language that its settings name, in every form, and in no other."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fpdf import FPDF
from sqlalchemy import Engine

from dashboard.delivery.hook import payload
from dashboard.delivery.letter import issue_letter
from dashboard.delivery.mail import mail_of
from dashboard.language import current, speaking
from dashboard.reports import forms, kept, paper
from dashboard.reports.audiences import READERS
from dashboard.reports.digest import Digest, preview
from dashboard.reports.feed import Entry, feed
from dashboard.reports.plain import width_of
from dashboard.site import Site

#: What is no text of ours: names, units of files, addresses, and data of the made weeks.
NO_WORDS = re.compile(
    r"https?://\S+|data:\S+|[\w.-]+/[\w.-]+(#\d+)?|flowmeter|flow|meter|weekly|TensorFlow|Google|UTC|GitHub|"
    r"Somebody \w+|Something about \d+|[A-Z]{2,}\b|\bv\d\S*|tpu\S*|TPU|mlperf\S*|resnet|Linux|ms\b|"
    r"What [a-z ]+ means, in a sentence|Flowmeter|example|org|Markdown|xla|HTML|affiliation_coverage",
    re.IGNORECASE,
)


@pytest.fixture
def korean(sqlite_engine: Engine, made_weeks: ModuleType) -> Digest:
    """An issue of a quiet week in Korean, with people, what waits, releases and a regression."""
    made_weeks.fill(sqlite_engine, made_weeks.Story(commits={"steward": 60.0, "organization": 12.0}))
    somebody = made_weeks.person(sqlite_engine, "Somebody New", "somebody")
    made_weeks.works(sqlite_engine, somebody, made_weeks.WEEK, quantity=2)
    made_weeks.works(sqlite_engine, somebody, made_weeks.WEEK, "issue")
    for number in range(1, 13):
        made_weeks.opens(sqlite_engine, number, somebody, 20 + number)
    made_weeks.threads(sqlite_engine)
    made_weeks.released(sqlite_engine, "v2.19.0", made_weeks.WEEK)
    made_weeks.stepped(sqlite_engine, 10.0, 12.0, made_weeks.WEEK)
    return made(sqlite_engine, made_weeks)


def made(engine: Engine, made_weeks: ModuleType, language: str = "ko") -> Digest:
    """The issue of the made week in a language."""
    settings: Any = replace(made_weeks.Settings(Path("unused")), language=language)
    return preview(engine, settings, "project", Site(engine), made_weeks.NOW)


def row_of(digest: Digest, made_weeks: ModuleType) -> Any:
    """The issue's row as the table would hold it."""
    return SimpleNamespace(report_id=1, made_at=made_weeks.NOW, due_at=made_weeks.NOW, **vars(digest))


def english(whole: str) -> list[str]:
    """The English sentences that are left in a text: two words of letters beside each other."""
    return re.findall(r"[A-Za-z]{2,} [a-z]{2,}", NO_WORDS.sub(" ¦ ", whole))


def shown(html: str) -> str:
    """What a reader sees of HTML, alternative texts too."""
    alternatives = " ".join(re.findall(r'alt="([^"]*)"', html))
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)
    return f"{bare} {alternatives}"


def test_every_form_of_a_korean_report_is_korean_and_holds_no_english_sentence(
    korean: Digest, made_weeks: ModuleType
) -> None:
    row = row_of(korean, made_weeks)
    for reader in READERS:
        written = {ending: forms.written(row, ending, reader) for ending in ("html", "txt", "md")}
        html = written["html"].decode()
        assert '<html lang="ko">' in html
        texts = {"html": shown(html), "txt": written["txt"].decode(), "md": written["md"].decode()}
        for ending, text in texts.items():
            assert english(text) == [], f"{ending} for {reader}"
            assert "조용한 한 주" in text, f"{ending} for {reader}"
    assert korean.headline.startswith("TensorFlow, 조용한 한 주: ")
    assert "v2.19.0" in korean.headline


def test_its_text_fits_the_columns_of_wide_letters_and_tells_numbers_with_their_units(
    sqlite_engine: Engine, made_weeks: ModuleType, korean: Digest
) -> None:
    lines = korean.text.splitlines()
    wide = [line for line in lines if width_of(line) > 72 and "https://" not in line]
    assert wide == []
    assert [line for line in lines if width_of(line) > 60], "lines are filled"
    numbers = korean.text.split("첫 답변까지 걸린 시간: ")
    assert re.match(r"1\.\d+ 일\n", numbers[1]), "the name of the metric holds the word for hours"
    made_weeks.fill(sqlite_engine, made_weeks.Story(complete=False))
    assert "커밋 250건(봇 제외)" in made(sqlite_engine, made_weeks).headline
    rows = korean.text.split("그림의 수치")[1].split("\n\n")[2].splitlines()
    assert len({width_of(row) for row in rows if row.startswith("20")}) == 1, "columns stand below each other"


def test_its_mail_hook_and_feed_are_korean_too(korean: Digest, made_weeks: ModuleType) -> None:
    row = row_of(korean, made_weeks)
    letter = issue_letter(row, "https://flowmeter.example.org", "TensorFlow", "https://leave", [])
    mail = mail_of(letter, made_weeks.Mail(25), "to@example.org", "<1@example.org>", made_weeks.NOW)
    assert mail["Content-Language"] == "ko"
    assert mail["Subject"].startswith("[weekly] TensorFlow, 조용한 한 주")
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert english(text) == []
    assert "수신 거부:" in text
    blocks = payload(letter)["blocks"]
    assert "|읽기>" in blocks[-1]["elements"][0]["text"]
    for reader in READERS:
        call = json.dumps(payload(issue_letter(row, "", "TensorFlow", "", [], reader)), ensure_ascii=False)
        assert english(re.sub(r'"type": "\w+"', "", call)) == [], reader
    entries = [
        Entry(**{name: getattr(row, name) for name in Entry.__dataclass_fields__}),
    ]
    whole = feed(entries, "https://flowmeter.example.org", "TensorFlow", "", "", made_weeks.NOW).decode()
    entry = whole.partition("<entry")[2]
    assert entry.startswith(' xml:lang="ko"')
    assert english(re.sub(r"<[^>]*>", " ", entry)) == []


def test_its_paper_is_korean_where_the_machine_has_the_letters_and_says_so_where_not(
    korean: Digest, made_weeks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = row_of(korean, made_weeks)
    drawn: list[str] = []
    for name in ("cell", "multi_cell", "write"):
        usual = getattr(FPDF, name)

        def told(self: FPDF, *given: Any, usual: Any = usual, **more: Any) -> Any:
            drawn.extend(each for each in (*given, *more.values()) if isinstance(each, str))
            return usual(self, *given, **more)

        monkeypatch.setattr(FPDF, name, told)
    monkeypatch.setattr(paper, "has_letters", lambda _language: True)
    whole = forms.written(row, "pdf")
    assert b"/Lang (ko" in whole
    assert any(each.startswith("TensorFlow, 조용한 한 주") for each in drawn)
    assert english("\n".join(drawn)) == []
    monkeypatch.setattr(paper, "has_letters", lambda _language: False)
    forms.written(row, "pdf")
    assert any("fonts-noto-cjk" in each for each in drawn)


def test_nobodys_language_changes_what_a_report_is_written_in(
    sqlite_engine: Engine, made_weeks: ModuleType
) -> None:
    made_weeks.fill(sqlite_engine)
    with speaking("ko"):
        digest = made(sqlite_engine, made_weeks, "en")
        row = row_of(digest, made_weeks)
        assert not re.search("[가-힣]", forms.written(row, "md").decode())
        assert not re.search("[가-힣]", issue_letter(row, "", "TensorFlow", "", []).text)
        assert current() == "ko"
    assert not re.search("[가-힣]", digest.html + digest.text)


def test_what_follows_letters_of_another_font_is_drawn_in_its_own(
    korean: Digest, made_weeks: ModuleType
) -> None:
    content = kept.content_of(korean.content, korean.html)
    page = paper._Paper(content)
    page.words("이슈 10건", size=9.5)
    # The page itself is left in the font that has these letters: the next text has to name its own again.
    page.ink("ink", 9.5)
    assert not page.current_font_is_set_on_page


def test_each_line_of_a_paragraph_names_the_font_that_it_begins_in(
    korean: Digest, made_weeks: ModuleType
) -> None:
    page = paper._Paper(kept.content_of(korean.content, korean.html))
    page.words(
        "시뮬레이션 데이터는 내장 시뮬레이터에서 왔습니다 " * 3 + "export GITHUB_TOKEN " * 9,
        size=16,
        style="B",
    )
    drawn = bytes(page.pages[page.page].contents).decode("latin-1")
    lines = re.findall(r"(Tf ET\s+)?(?:q )?BT [\d.]+ [\d.]+ Td(.*?)T[jJ]", drawn, re.DOTALL)
    assert len(lines) > 3
    assert all(before or " Tf" in within for before, within in lines)
    assert not re.search(r"<br> \|", forms.written(row_of(korean, made_weeks), "md").decode())
