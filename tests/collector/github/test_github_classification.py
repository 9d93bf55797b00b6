"""What a use case is about is told from its owner's words, by rules that are held to labels given by hand."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from collector.github import agreement
from collector.github.agreement import Agreement
from collector.github.classification import (
    DIMENSIONS,
    UNSTATED,
    Classification,
    Dimension,
    Subject,
    classes,
    classify,
)

LABELS = Path(__file__).parent / "use_case_labels.csv"
MADE_UP = Path(__file__).parent / "use_cases_made_up.csv"
PAGE = Path(__file__).parents[3] / "docs" / "use_cases.md"


@pytest.fixture(scope="session")
def real_sample(shared_data: Path) -> dict[str, Subject]:
    """Repositories that were found by searching in 2018."""
    return agreement.sample(shared_data / "community" / "use-cases-search-2018.psv.gz")


@pytest.mark.parametrize(
    ("subject", "domain", "platform", "cloud"),
    [
        (Subject("chestXrayNet", "Pneumonia detection on chest X-rays"), "health", "other", "none_stated"),
        (
            Subject("yolo", "YOLOv3 object detection for Android with TFLite"),
            "vision",
            "mobile",
            "none_stated",
        ),
        (
            Subject("bot", "A chatbot served on AWS Lambda", ["nlp", "aws"]),
            "language",
            "server",
            "aws",
        ),
        (
            Subject("kws", "Keyword spotting on a microcontroller", ["tinyml"]),
            "speech",
            "embedded",
            "none_stated",
        ),
        (
            Subject("trader", "Stock price prediction, trained on Vertex AI", [], "Jupyter Notebook"),
            "finance",
            "notebook",
            "google_cloud",
        ),
        (Subject("car", "Self-driving car with lane detection"), "robotics", "other", "none_stated"),
        (Subject("posenet-demo", "Pose estimation in the browser", ["tfjs"]), "vision", "web", "none_stated"),
        (Subject("tf-tutorials", "TensorFlow tutorials for beginners"), "education", "other", "none_stated"),
        (Subject("thing", "", [], "Rust"), "other", "other", "none_stated"),
        (
            Subject("sky", "State of the art: Azure Machine Learning sky segmentation"),
            "vision",
            "other",
            "azure",
        ),
    ],
)
def test_what_an_owner_says_decides_domain_platform_and_cloud(
    subject: Subject, domain: str, platform: str, cloud: str
) -> None:
    found = classify(subject)
    assert (found.domain, found.platform, found.cloud) == (domain, platform, cloud)


def test_words_count_as_whole_words_only() -> None:
    assert classify(Subject("cartography", "Bankrupt artists of the microscope")).domain == "other"


def test_phrases_that_only_contain_a_word_take_it_away() -> None:
    assert classify(Subject("hub", "Hugging Face models")).domain == "other"
    assert classify(Subject("vit", "Vision transformer")).domain == "vision"
    assert classify(Subject("loops", "State of the art training")).domain == "other"
    assert classify(Subject("reviews", "Amazon reviews on AWS Lambda")).cloud == "aws"
    assert classify(Subject("reviews", "Amazon reviews")).cloud == "none_stated"


def test_evidence_names_the_words_and_their_places_and_confidence_is_their_share() -> None:
    found = classify(Subject("scan", "MRI segmentation for Android", ["medical-imaging"], "Kotlin"))
    assert found == Classification(
        "health",
        "mobile",
        "none_stated",
        "domain health: medical (topic), mri (description); "
        "platform mobile: android (description), Kotlin (language)",
        round(15 / 21, 3),
        1.0,
        0.0,
    )
    nothing = classify(Subject("nothing", ""))
    assert (nothing.evidence, nothing.confidence, nothing.platform_confidence) == ("", 0.0, 0.0)


def test_every_class_is_in_the_file_once_and_explained_on_the_page() -> None:
    assert classes("cloud") == ["google_cloud", "aws", "azure", "other"]
    assert len(classes("domain")) == len(set(classes("domain"))) >= 10
    page = PAGE.read_text(encoding="utf-8")
    for dimension in DIMENSIONS:
        for name in classes(dimension):
            assert f"`{name}`" in page, f"docs/use_cases.md does not say what {dimension} {name} means"


def test_made_up_descriptions_are_told_apart() -> None:
    with MADE_UP.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    subjects = [
        Subject(row["name"], row["description"], row["topics"].split(), row["language"] or None)
        for row in rows
    ]
    for dimension in DIMENSIONS:
        wrong = [
            (row["name"], found, row[dimension])
            for row, subject in zip(rows, subjects, strict=True)
            if (found := getattr(classify(subject), dimension)) != row[dimension]
        ]
        assert len(wrong) <= len(rows) * 0.03, wrong


def test_precision_and_recall_are_counted_class_by_class() -> None:
    found = agreement.agreement([("a", "a"), ("a", "b"), ("b", "b"), ("c", "b")])
    assert found == {
        "b": Agreement(1, 3, 1),
        "a": Agreement(2, 1, 1),
        "c": Agreement(1, 0, 0),
        "all": Agreement(4, 4, 2),
    }
    assert (found["a"].precision, found["a"].recall) == (0.5, 1.0)
    assert (found["c"].recall, Agreement(0, 1, 0).precision) == (None, None)


def test_labels_stand_for_rows_by_digest_alone() -> None:
    given = agreement.labels(LABELS)
    assert len({label.key for label in given}) == len(given)
    assert [sum(label.half == half for label in given) for half in ("tuning", "held_out")] == [100, 100]
    for label in given:
        assert re.fullmatch(r"[0-9a-f]{12}", label.key)
        for dimension in DIMENSIONS:
            named = getattr(label, dimension)
            assert named in {*classes(dimension), UNSTATED[dimension], ""}


@pytest.mark.real
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_pages_figures_are_those_of_the_real_sample(
    dimension: Dimension, real_sample: dict[str, Subject]
) -> None:
    counted = agreement.markdown(real_sample, agreement.labels(LABELS), dimension)
    page = PAGE.read_text(encoding="utf-8")
    stated = page[page.index(f"| {dimension} | tuning") :].partition("\n\n")[0]
    assert stated == counted, (
        "docs/use_cases.md tells other figures: write them anew with "
        f"python -m collector.github.agreement SAMPLE {LABELS.name}, and mind what fell"
    )


@pytest.mark.real
def test_what_was_held_out_is_told_well_enough(real_sample: dict[str, Subject]) -> None:
    given = agreement.labels(LABELS)
    for dimension, least in (("domain", 0.8), ("platform", 0.9), ("cloud", 0.95)):
        pairs = agreement.pairs(real_sample, given, "held_out", dimension)
        found = agreement.agreement((said, meant) for said, meant, _ in pairs)
        assert (found["all"].precision or 0.0) >= least
    assert agreement.main([]) == 2
