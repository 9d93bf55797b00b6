"""The repositories the simulated GitHub serves, with how much happens in each, year by year, at full size."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from collector.simulator.curves import NOTHING, Curve, Spike

Landing = Literal["copybara", "squash", "merge"]
"""How a pull request reaches the default branch."""

LAUNCH = date(2015, 11, 9)
ONE_POINT_ZERO = date(2017, 2, 15)


@dataclass(frozen=True)
class Specification:
    """What a repository is and how much happens there."""

    owner: str
    name: str
    identity: int
    created: date
    description: str
    language: str
    topics: tuple[str, ...]
    stars: Curve
    forks: Curve
    issues: Curve = NOTHING
    pulls: Curve = NOTHING
    exported: Curve = NOTHING
    """Pull requests a Copybara app opens and closes for the company's own changes."""
    direct: Curve = NOTHING
    """Commits that come from no pull request."""
    proxy_share: float = 0.0
    """Share of direct commits under a proxy's name."""
    steward_share: float = 0.9
    """Share of the remaining direct commits by the steward's people."""
    steward_pulls: float = 0.2
    landing: Landing = "squash"
    languages: Mapping[str, int] = field(default_factory=dict)
    areas: tuple[str, ...] = ("src", "tests", "docs", "examples")
    affinity: Mapping[str, float] = field(default_factory=dict)
    """Organisations whose people are busier here than elsewhere, by what factor."""
    releases: tuple[tuple[str, date], ...] = ()
    branch: str = "master"
    license: str | None = "Apache-2.0"
    homepage: str = ""
    archived: bool = False
    reviewed: bool = True
    proposals: bool = False
    """Whether requests for comments (RFCs) are made here, as pull requests that add a document."""

    @property
    def full_name(self) -> str:
        """owner/name."""
        return f"{self.owner}/{self.name}"


def _years(first: int, *amounts: float) -> dict[int, float]:
    return {first + place: amount for place, amount in enumerate(amounts)}


def _releases(first: date, count: int, every: int, major: int = 0) -> tuple[tuple[str, date], ...]:
    ordinal = first.toordinal()
    return tuple(
        (f"v{major}.{minor}.0", date.fromordinal(ordinal + minor * every + minor * 37 % 11))
        for minor in range(count)
    )


_TENSORFLOW_RELEASES = (
    ("0.6.0", "2015-12-08"), ("v0.7.0", "2016-02-17"), ("v0.8.0", "2016-04-13"), ("v0.9.0", "2016-06-27"),
    ("v0.10.0", "2016-09-12"), ("v0.11.0", "2016-11-11"), ("v0.12.0", "2016-12-20"), ("v1.0.0", "2017-02-15"),
    ("v1.1.0", "2017-04-20"), ("v1.2.0", "2017-06-15"), ("v1.3.0", "2017-08-16"), ("v1.4.0", "2017-11-02"),
    ("v1.5.0", "2018-01-25"), ("v1.6.0", "2018-03-01"), ("v1.7.0", "2018-03-29"), ("v1.8.0", "2018-04-27"),
    ("v1.9.0", "2018-07-10"), ("v1.10.0", "2018-08-08"), ("v1.11.0", "2018-09-26"), ("v1.12.0", "2018-11-05"),
    ("v1.13.1", "2019-02-26"), ("v1.14.0", "2019-06-18"), ("v2.0.0", "2019-09-30"), ("v1.15.0", "2019-10-16"),
    ("v2.1.0", "2020-01-08"), ("v2.2.0", "2020-05-06"), ("v2.3.0", "2020-07-27"), ("v2.4.0", "2020-12-14"),
    ("v2.5.0", "2021-05-13"), ("v2.6.0", "2021-08-11"), ("v2.7.0", "2021-11-04"), ("v2.8.0", "2022-02-02"),
    ("v2.9.0", "2022-05-16"), ("v2.10.0", "2022-09-06"), ("v2.11.0", "2022-11-18"), ("v2.12.0", "2023-03-23"),
    ("v2.13.0", "2023-07-05"), ("v2.14.0", "2023-09-26"), ("v2.15.0", "2023-11-14"), ("v2.16.1",
                                                                                      "2024-03-08"),
    ("v2.17.0", "2024-07-11"), ("v2.18.0", "2024-10-24"), ("v2.19.0", "2025-03-12"), ("v2.20.0",
                                                                                      "2025-08-13"),
    ("v2.21.0", "2026-02-11"), ("v2.22.0", "2026-07-29"), ("v2.23.0", "2027-01-20"), ("v2.24.0",
                                                                                      "2027-07-20"),
)  # fmt: skip

_TENSORFLOW = Specification(
    "tensorflow", "tensorflow", 45717250, LAUNCH, "An Open Source Machine Learning Framework for Everyone",
    "C++",
    ("tensorflow", "machine-learning", "deep-learning", "python", "neural-network", "ml", "distributed"),
    stars=Curve(LAUNCH, _years(2015, 5500, 22000, 36500, 32100, 22300, 14000, 11000, 10100, 11700, 9570,
                               7330, 4600),
                (Spike(LAUNCH, 24, 2.2), Spike(ONE_POINT_ZERO, 4.5, 3))),
    forks=Curve(LAUNCH, _years(2015, 1900, 10800, 17600, 14170, 9480, 5920, 3790, 2870, 2460, 1920, 1520,
                               1400),
                (Spike(LAUNCH, 8, 2.2), Spike(ONE_POINT_ZERO, 2.2, 4))),
    issues=Curve(LAUNCH, _years(2015, 480, 3570, 5480, 5470, 7060, 7330, 4170, 2600, 2240, 1600, 940, 990),
                 (Spike(LAUNCH, 3, 3), Spike(ONE_POINT_ZERO, 1.6, 6))),
    pulls=Curve(LAUNCH, _years(2015, 67, 2340, 3600, 3370, 3770, 3160, 3230, 2820, 1230, 1100, 900, 850)),
    exported=Curve(date(2024, 1, 15), _years(2024, 17400, 21000, 25000)),
    direct=Curve(LAUNCH, _years(2015, 460, 10000, 11600, 17200, 26300, 24300, 18500, 15200, 15700, 1500,
                                800, 800)),
    proxy_share=0.33, steward_share=0.94, landing="copybara",
    languages={"C++": 104_000_000, "Python": 48_000_000, "MLIR": 11_000_000, "HTML": 7_700_000,
               "Starlark": 7_300_000,
               "Go": 2_100_000, "C": 1_400_000, "Java": 1_000_000, "Shell": 700_000, "CUDA": 300_000},
    areas=("tensorflow/core/kernels", "tensorflow/core/framework", "tensorflow/python/ops",
           "tensorflow/python/keras", "tensorflow/python/data", "tensorflow/lite/kernels",
           "tensorflow/compiler/xla",
           "tensorflow/compiler/mlir", "tensorflow/docs_src", "tensorflow/tools", "tensorflow/go",
           "third_party/gpus"),
    affinity={"NVIDIA": 2.0, "Intel": 1.6, "IBM": 1.6, "Arm": 1.5},
    releases=tuple((tag, date.fromisoformat(day)) for tag, day in _TENSORFLOW_RELEASES),
    homepage="https://tensorflow.org",
)  # fmt: skip

_KERAS = Specification(
    "keras-team", "keras", 33015583, date(2015, 3, 28), "Deep Learning for humans", "Python",
    ("deep-learning", "tensorflow", "neural-networks", "machine-learning", "data-science", "jax", "pytorch"),
    stars=Curve(date(2015, 3, 28), _years(2015, 2900, 6140, 11700, 12570, 9200, 4780, 3580, 3920, 3800,
                                          2900, 1780, 900)),
    forks=Curve(date(2015, 3, 28), _years(2015, 580, 1950, 3950, 4690, 3440, 1620, 680, 640, 560, 510, 1030,
                                          150)),
    issues=Curve(date(2015, 3, 28), _years(2015, 916, 2650, 2815, 2140, 1270, 567, 609, 211, 310, 790, 330,
                                           420)),
    pulls=Curve(date(2015, 3, 28), _years(2015, 470, 836, 1228, 887, 435, 92, 869, 957, 1067, 839, 885,
                                          1750)),
    direct=Curve(date(2015, 3, 28), _years(2015, 1300, 750, 450, 250, 140, 10, 400, 650, 1900, 500, 100, 80)),
    proxy_share=0.08, steward_share=0.72, steward_pulls=0.15, areas=("keras/layers", "keras/src",
                                                                     "keras/models",
    "tests", "docs", "examples", "integration_tests"), languages={"Python": 9_900_000, "Shell": 12_000},
    releases=_releases(date(2015, 4, 1), 44, 95, 1), homepage="https://keras.io",
)  # fmt: skip


def _family(
    owner: str, name: str, identity: int, created: date, description: str, language: str, size: float,
    *, stars: float, proxy: float = 0.15, steward: float = 0.8, landing: Landing = "squash",
    archived: bool = False,
    last: float = 0.35, topics: tuple[str, ...] = (), areas: tuple[str, ...] = ("src", "tests", "docs",
                                                                                "examples"),
    commits: float | None = None, releases: int = 12,
    affinity: Mapping[str, float] | None = None,
) -> Specification:  # fmt: skip
    """A repository around TensorFlow; `size` is its pull requests in the best year, `last` that of 2026."""
    first = created.year
    rise = [0.5, 1.0, 1.05, 0.95, 0.85, 0.75, 0.65, 0.58, 0.52, 0.48, 0.42]
    years = [rise[min(place, 10)] for place in range(2027 - first)]
    years[-1] = min(years[-1], last)

    def shape(factor: float) -> Curve:
        return Curve(created, _years(first, *(year * factor for year in years)))

    return Specification(
        owner, name, identity, created, description, language, (*topics, "machine-learning"),
        stars=shape(stars / sum(years)), forks=shape(stars * 0.35 / sum(years)), issues=shape(size * 0.9),
        pulls=shape(size),
        direct=shape(size * 0.6 if commits is None else commits), proxy_share=proxy, steward_share=steward,
        steward_pulls=steward * 0.7, landing=landing, archived=archived, areas=areas, affinity=affinity or {},
        languages={language: 3_000_000, "Starlark": 120_000, "Shell": 20_000},
        releases=_releases(date.fromordinal(created.toordinal() + 120), releases, 130),
    )  # fmt: skip


def _peer(
    owner: str, name: str, identity: int, created: date, description: str, language: str,
    stars: dict[int, float], commits: dict[int, float], *, issues: float = 40, pulls: float = 40,
    topics: tuple[str, ...] = (), steward: float = 0.0, affinity: Mapping[str, float] | None = None,
    begun: date | None = None, releases: int = 8,
) -> Specification:  # fmt: skip
    """A peer or platform: its stars and commit counts are full-size, its issues and pull requests few."""
    star_curve = Curve(created, stars)
    return Specification(
        owner, name, identity, created, description, language, topics, stars=star_curve,
        forks=star_curve.times(0.3),
        issues=Curve(created, {created.year: issues, 2026: issues}),
        pulls=Curve(created, {created.year: pulls, 2026: pulls}),
        direct=Curve(begun or created, commits), steward_share=steward, steward_pulls=steward, branch="main",
        affinity=affinity or {}, languages={language: 50_000_000, "Shell": 400_000}, reviewed=pulls > 0,
        releases=_releases(date.fromordinal(created.toordinal() + 200), releases, 250),
    )  # fmt: skip


_T = ("tensorflow",)
CATALOGUE: tuple[Specification, ...] = (
    _TENSORFLOW,
    _KERAS,
    _family("tensorflow", "tensorboard", 88960183, date(2017, 4, 21), "TensorFlow's Visualization Toolkit",
            "TypeScript", 620, proxy=0.04, stars=6900, topics=_T, areas=("tensorboard/webapp",
                                                                         "tensorboard/plugins",
                                                             "docs"),
            commits=60, last=0.06),
    _family("tensorflow", "serving", 51117837, date(2016, 2, 4),
            "A flexible, high-performance serving system",
            "C++", 60, proxy=0.85, stars=6300, topics=(*_T, "serving"), commits=1050, landing="copybara",
            last=0.4,
            areas=("tensorflow_serving/core", "tensorflow_serving/servables", "tensorflow_serving/g3doc")),
    _family("tensorflow", "tfx", 169653385, date(2019, 2, 7),
            "TFX is an end-to-end platform for ML pipelines",
            "Python", 260, proxy=0.42, stars=2150, topics=(*_T, "ml-ops"), commits=700, landing="copybara",
            last=0.1),
    _family("tensorflow", "probability", 108053674, date(2017, 10, 23),
            "Probabilistic reasoning and statistics",
            "Jupyter Notebook", 130, proxy=0.2, stars=4350, topics=(*_T, "bayesian"), commits=600,
            landing="copybara"),
    _family("tensorflow", "tflite-micro", 352735391, date(2021, 3, 29),
            "Infrastructure for ML on microcontrollers",
            "C++", 480, proxy=0.1, stars=2300, topics=(*_T, "embedded"), affinity={"Arm": 4, "Qualcomm": 2}),
    _family("tensorflow", "models", 50447720, date(2016, 2, 5), "Models and examples built with TensorFlow",
            "Python", 330, proxy=0.3, stars=77400, topics=_T, commits=900, areas=("official", "research",
                                                                                  "tutorials")),
    replace(
        _family("tensorflow", "community", 130889310, date(2018, 5, 9),
                "Stores documents used by the community", "C++", 70, stars=1280, proxy=0.0, landing="merge",
                areas=("rfcs", "sigs", "governance"), commits=90, releases=0, affinity={"Intel": 3},
                last=0.05),
        proposals=True,
    ),
    _family("tensorflow", "docs", 143550061, date(2018, 8, 4), "TensorFlow documentation",
            "Jupyter Notebook", 300,
            proxy=0.3, stars=6200, topics=_T, areas=("site/en", "tools"), commits=420, releases=0),
    _family("tensorflow", "addons", 155673829, date(2018, 11, 1),
            "Useful extra functionality for TensorFlow 2.x",
            "Python", 460, proxy=0.0, steward=0.06, stars=1700, topics=_T, archived=True, last=0.0,
            commits=25),
    _family("tensorflow", "recommenders", 267398127, date(2020, 6, 26), "A library for building recommenders",
            "Python", 60, proxy=0.3, stars=1950, topics=(*_T, "recommender-system"), commits=60),
    _family("google-ai-edge", "LiteRT", 785000101, date(2024, 4, 11),
            "Google's on-device framework for edge AI",
            "C++", 900, proxy=0.3, stars=1500, topics=("tflite", "on-device"), landing="copybara",
            commits=500, last=1.5,
            affinity={"Qualcomm": 6, "Arm": 2}),
    _family("openxla", "xla", 553222502, date(2022, 10, 17), "A machine learning compiler", "C++", 1900,
            proxy=0.45,
            stars=4000, topics=("compiler", "jax"), landing="copybara", commits=9000, last=1.3,
            affinity={"NVIDIA": 5, "AMD": 6, "Intel": 3}, releases=0),
    _family("openxla", "stablehlo", 524780911, date(2022, 8, 15), "Backward compatible ML compute opset",
            "MLIR",
            620, stars=600, proxy=0.02, steward=0.6, affinity={"AMD": 3, "NVIDIA": 2}, releases=9),
    _family("GoogleCloudPlatform", "vertex-ai-samples", 376560000, date(2021, 6, 14),
            "Notebooks and code samples for Vertex AI", "Jupyter Notebook", 480, proxy=0.05, steward=0.8,
            stars=2000, topics=("google-cloud", "vertex-ai", "samples"), releases=0),
    _family("GoogleCloudPlatform", "ai-platform-samples", 214320000, date(2019, 10, 11),
            "Samples for AI Platform on Google Cloud", "Jupyter Notebook", 90, proxy=0.0, steward=0.75,
            stars=480, topics=("google-cloud", "tensorflow", "samples"), releases=0, last=0.02),
    _family("GoogleCloudPlatform", "cloudml-samples", 69800000, date(2016, 10, 2),
            "Cloud ML Engine samples and tutorials", "Python", 80, proxy=0.0, steward=0.7,
            stars=1500, topics=("google-cloud", "tensorflow", "samples"), archived=True, releases=0,
            last=0.0),
    _peer("pytorch", "pytorch", 65600975, date(2016, 8, 13), "Tensors and dynamic neural networks", "Python",
          _years(2016, 60, 9550, 11680, 11310, 10060, 8115, 8650, 13060, 12250, 11450, 9800),
          _years(2016, 1500, 3600, 7000, 10200, 11500, 12000, 11800, 12300, 12500, 12700, 14500),
          topics=("deep-learning", "machine-learning", "gpu"), affinity={"Meta": 60, "NVIDIA": 3},
          releases=26),
    _peer("jax-ml", "jax", 154739597, date(2018, 10, 25), "Composable transformations of Python programs",
          "Python",
          _years(2018, 700, 5200, 5300, 4600, 4700, 4400, 4300, 3900, 3000),
          _years(2018, 500, 2600, 4300, 4200, 4500, 5100, 5600, 5300, 5200),
          topics=("jax",), steward=0.75, releases=20),
    _peer("llvm", "llvm-project", 75821432, date(2016, 12, 7),
          "Modular compiler and toolchain technologies", "LLVM",
          _years(2016, 100, 700, 900, 2500, 5200, 5200, 4800, 5200, 5400, 4900, 4300),
          {2001: 1500, 2005: 8000, 2010: 20000, 2015: 25000, 2020: 35000, 2022: 36000, 2024: 37500,
           2026: 38000},
          topics=("compiler", "llvm"), affinity={"Apple": 10, "Arm": 4, "AMD": 4}, steward=0.15,
          begun=date(2001, 6, 6)),
    _peer("torvalds", "linux", 2325298, date(2011, 9, 4), "Linux kernel source tree", "C",
          _years(2011, 3500, 5200, 5000, 6200, 8500, 14000, 16500, 15500, 14000, 14200, 15600, 15000, 17000,
                 17200,
                 17800, 15000),
          {2005: 28000, 2008: 49000, 2011: 56000, 2014: 66800, 2015: 60400, 2017: 75000, 2019: 80000,
           2021: 83000,
           2023: 84000, 2026: 82000}, issues=0, pulls=0, affinity={"Intel": 6, "Red Hat": 40, "Linaro": 20},
          steward=0.07, begun=date(2005, 4, 16), releases=0),
    _peer("aosp-mirror", "platform_system_core", 65600001, date(2013, 9, 1), "Android's core system", "C++",
          _years(2013, 40, 60, 70, 90, 80, 70, 60, 60, 60, 50, 50, 50, 50, 40),
          _years(2008, 23, 1226, 1057, 1402, 1819, 1900, 5078, 8283, 8007, 10239, 7962, 10365, 12478, 6237,
                 5766,
                 6602, 2908, 1800, 1500), issues=0, pulls=0, steward=0.95, begun=date(2008, 10, 21),
                 releases=0),
    _peer("aosp-mirror", "platform_frameworks_base", 65600002, date(2013, 9, 1), "Android's framework",
          "Java",
          _years(2013, 500, 900, 1000, 1100, 1100, 1000, 900, 900, 800, 800, 700, 700, 600, 500),
          _years(2008, 60, 9000, 12000, 17000, 20000, 22000, 36000, 42000, 46000, 60000, 65000, 70000,
                 72000, 68000,
                 70000, 72000, 60000, 50000, 48000), issues=0, pulls=0, steward=0.95, begun=date(2008, 10,
                                                                                                 21),
          releases=0),
    _peer("aosp-mirror", "platform_build", 65600003, date(2013, 9, 1), "Android's build system", "Makefile",
          _years(2013, 30, 40, 40, 40, 40, 40, 40, 40, 30, 30, 30, 30, 30, 20),
          _years(2008, 20, 1888, 2480, 3498, 3802, 3712, 6208, 5743, 7188, 7910, 7996, 8552, 9856, 8554,
                 8132, 10309,
                 7189, 5000, 4500), issues=0, pulls=0, steward=0.92, begun=date(2008, 10, 21), releases=0),
)  # fmt: skip
