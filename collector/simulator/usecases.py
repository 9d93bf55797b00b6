"""Repositories that use TensorFlow: what each is about, its language, platform, cloud and size."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from collector.simulator.clock import DAY, YEAR, seconds
from collector.simulator.curves import NOTHING, Curve, Floats, Integers, by_year, moments
from collector.simulator.people import Population
from collector.simulator.repositories import Specification
from collector.simulator.wording import mix, paper, pick

CREATIONS = Curve(
    date(2015, 11, 9),
    {2015: 300, 2016: 3000, 2017: 6000, 2018: 7500, 2019: 7400, 2020: 6500, 2021: 4200, 2022: 2800,
     2023: 2000,
     2024: 1500, 2025: 1100, 2026: 800},
)  # fmt: skip
"""Repositories with the topic tensorflow created a year, at full size."""


@dataclass(frozen=True)
class Domain:
    """A field of use: its words, and its weight among new repositories in 2016, 2020 and 2026."""

    name: str
    weights: tuple[float, float, float]
    subjects: tuple[str, ...]
    topics: tuple[str, ...]


DOMAINS = (
    Domain("vision", (26, 24, 16), ("object detection", "image segmentation", "face recognition",
                                    "pose estimation"),
           ("computer-vision", "object-detection", "image-classification")),
    Domain("language", (14, 15, 16), ("sentiment analysis", "machine translation", "question answering",
                                      "chatbot"),
           ("nlp", "text-classification", "bert")),
    Domain("speech", (5, 6, 6), ("speech recognition", "keyword spotting", "music generation",
                                 "text to speech"),
           ("speech-recognition", "audio")),
    Domain("health", (3, 8, 13), ("chest X-ray diagnosis", "diabetic retinopathy", "ECG arrhythmia",
                                  "skin cancer"),
           ("medical-imaging", "healthcare")),
    Domain("robotics", (5, 6, 7), ("self-driving car", "robot arm control", "drone navigation",
                                   "reinforcement agent"),
           ("robotics", "reinforcement-learning", "autonomous-vehicles")),
    Domain("science", (4, 6, 9), ("protein folding", "galaxy classification", "molecular dynamics",
                                  "particle tracks"),
           ("science", "physics", "bioinformatics")),
    Domain("finance", (3, 6, 7), ("stock price prediction", "fraud detection", "credit scoring",
                                  "crypto trading bot"),
           ("finance", "time-series", "trading")),
    Domain("mobile", (5, 9, 10), ("camera app", "on-device inference", "flower classifier app",
                                  "gesture control"),
           ("tensorflow-lite", "android", "edge-ai")),
    Domain("web", (2, 5, 6), ("browser demo", "recommendation service", "model server dashboard",
                              "web playground"),
           ("tensorflowjs", "javascript")),
    Domain("education", (18, 12, 5), ("tutorial", "course notes", "examples for beginners",
                                      "workshop material"),
           ("tutorial", "education")),
    Domain("games", (8, 5, 3), ("neural style transfer", "Atari agent", "anime face GAN", "chess engine"),
           ("gan", "style-transfer", "game-ai")),
    Domain("industry", (2, 4, 7), ("predictive maintenance", "defect detection", "crop disease",
                                   "demand forecast"),
           ("manufacturing", "iot", "agriculture")),
    Domain("climate", (1, 2, 6), ("weather forecasting", "solar power forecast", "wildfire detection",
                                  "flood mapping"),
           ("climate", "remote-sensing")),
)  # fmt: skip
LANGUAGES = (("Python", 0.53), ("Jupyter Notebook", 0.29), ("JavaScript", 0.045), ("C++", 0.035), ("Java",
                                                                                                   0.03),
             ("TypeScript", 0.02), ("Kotlin", 0.012), ("Go", 0.01), ("Swift", 0.01), ("Rust", 0.006),
             ("Dart", 0.006), ("R", 0.006))  # fmt: skip
LICENSES = (("MIT", 0.42), ("Apache-2.0", 0.2), ("GPL-3.0", 0.06), ("BSD-3-Clause", 0.02), (None, 0.3))
CLOUDS = (
    ("Google Cloud", {2016: 0.05, 2019: 0.10, 2022: 0.11, 2026: 0.15},
     ("google-cloud", "gcp", "vertex-ai"), ("deployed on Google Cloud", "trained on Cloud TPUs",
                                            "runs on Vertex AI")),
    ("AWS", {2016: 0.03, 2019: 0.06, 2022: 0.07, 2026: 0.08},
     ("aws", "sagemaker", "aws-lambda"), ("on AWS Lambda", "trained with SageMaker", "deployed on AWS")),
    ("Azure", {2016: 0.01, 2019: 0.03, 2022: 0.035, 2026: 0.05},
     ("azure", "azure-ml"), ("on Azure ML", "deployed to Microsoft Azure")),
)  # fmt: skip
PLATFORMS = {
    "mobile": ("Android", "iOS", "Raspberry Pi", "Coral Edge TPU", "a microcontroller"),
    "web": ("TensorFlow.js", "the browser", "Node.js"),
}


@dataclass(frozen=True)
class UseCases:
    """The columns of every use-case repository, in order of creation."""

    created: Integers
    quiet: Integers
    """When each stops changing."""
    domain: Integers
    language: Integers
    license: Integers
    cloud: Integers
    owner: Integers
    stars: Integers
    """Stars each ends with."""
    commits: Integers
    issues: Integers
    pulls: Integers


def build_use_cases(seed: int, scale: float, end: int, population: Population) -> UseCases:
    """Every use-case repository up to the horizon."""
    random = np.random.default_rng([seed, 23])
    created = moments(random, CREATIONS, scale, end, floor=140)
    count = created.size
    years = (2016, 2020, 2026)
    weight: Floats = np.stack(
        [by_year(dict(zip(years, each.weights, strict=True)), created) for each in DOMAINS], axis=1
    )
    reached = np.cumsum(weight, axis=1)
    domain = (random.random(count)[:, None] * reached[:, -1:] > reached).sum(axis=1)
    cloud_share = np.cumsum(
        np.stack([by_year(shares, created) for _, shares, _, _ in CLOUDS], axis=1), axis=1
    )
    cloud = (random.random(count)[:, None] > cloud_share).sum(axis=1)
    language_share = np.array([share for _, share in LANGUAGES])
    license_share = np.array([share for _, share in LICENSES])
    stars = np.minimum(((1 - random.random(count)) ** (-1 / 0.75) - 0.7) * 1.5, 24_000).astype(np.int64)
    active = np.minimum(random.exponential(90.0, count) * (1 + np.log1p(stars)), 3_000) * DAY
    popular = np.minimum(stars, 4_000)
    return UseCases(
        created=created,
        quiet=created + active.astype(np.int64) + DAY,
        domain=domain.astype(np.int64),
        language=random.choice(len(LANGUAGES), size=count, p=language_share / language_share.sum()),
        license=random.choice(len(LICENSES), size=count, p=license_share / license_share.sum()),
        cloud=cloud.astype(np.int64),
        owner=random.integers(population.stewards // 3, population.humans, count),
        stars=stars,
        commits=1
        + np.minimum(np.exp(random.normal(2.4, 1.1, count)) * (1 + popular / 200), 6_000).astype(np.int64),
        issues=random.poisson(np.minimum(popular * 0.06, 300.0)),
        pulls=random.poisson(np.minimum(popular * 0.025, 150.0)),
    )


def specify(seed: int, columns: UseCases, place: int, owner: str) -> Specification:
    """One use-case repository in full."""
    number = mix(seed, 31, place)
    domain = DOMAINS[int(columns.domain[place])]
    language = LANGUAGES[int(columns.language[place])][0]
    subject = pick(domain.subjects, number)
    framework = "TensorFlow Lite" if domain.name == "mobile" else "TensorFlow"
    parts = [f"{subject[:1].upper()}{subject[1:]} with {framework}"]
    topics = [
        "tensorflow",
        domain.topics[number % len(domain.topics)],
        domain.topics[(number >> 3) % len(domain.topics)],
    ]
    cloud = int(columns.cloud[place])
    if cloud < len(CLOUDS):
        parts.append(pick(CLOUDS[cloud][3], number >> 6))
        topics.append(pick(CLOUDS[cloud][2], number >> 9))
    if domain.name in PLATFORMS:
        parts.append(f"for {pick(PLATFORMS[domain.name], number >> 12)}")
    description = " ".join(parts)
    if number % 13 == 0:
        description += f" (implementation of {paper(number >> 16)})"
    elif number % 29 == 0:
        description = ""
    if number % 3 == 0:
        topics.append("keras")
    if number % 5 == 0:
        topics.append("deep-learning")
    slug = subject.lower().replace(" ", "-").replace("-ray", "ray")
    created = date.fromordinal(719_163 + int(columns.created[place]) // DAY)
    return Specification(
        owner, f"{slug}-{pick(('tf', 'tensorflow', 'demo', 'net', 'app'), number >> 20)}-{place}",
        900_000_000 + place,
        created, description, language, tuple(dict.fromkeys(topics)), stars=NOTHING, forks=NOTHING,
        steward_share=0.92, steward_pulls=0.2, landing="merge",
        languages={language: 20_000 + number % 400_000},
        areas=("src", "data"), branch="main" if created.year > 2020 else "master",
        license=LICENSES[int(columns.license[place])][0], reviewed=False,
        archived=int(columns.quiet[place]) < seconds(date(2021, 1, 1)) and number % 17 == 0,
    )  # fmt: skip


def spread_times(random: np.random.Generator, start: int, finish: int, count: int) -> Integers:
    """Rising seconds between two, denser at first, as a repository's activity fades."""
    span = min(finish - start, 10 * YEAR)
    times: Integers = np.sort(start + (random.beta(0.9, 2.2, count) * span).astype(np.int64))
    return times
