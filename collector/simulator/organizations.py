"""The companies and universities simulated people belong to: real names and mail domains, invented people."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["steward", "company", "university", "custom", "none"]


@dataclass(frozen=True)
class Organization:
    """Where people work or study.

    `share` is its share of people outside the steward, `drive` how much more than others its people do.
    """

    name: str
    domains: tuple[str, ...]
    kind: Kind
    share: float
    drive: float = 1.0
    written: tuple[str, ...] = ()
    """The ways its people write it in their profile."""


GOOGLE = Organization(
    "Google", ("google.com",), "steward", 0.0, 1.0, ("@google", "Google", "@Google ", "Google Inc.")
)
NOBODY = Organization(
    "", ("gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "qq.com", "163.com"), "none", 0.60
)
CUSTOM = Organization("", (), "custom", 0.10)

COMPANIES = (
    Organization("NVIDIA", ("nvidia.com",), "company", 0.012, 9, ("@NVIDIA", "NVIDIA", "Nvidia Corporation")),
    Organization("Intel", ("intel.com",), "company", 0.014, 7, ("@intel", "Intel Corporation", "Intel")),
    Organization(
        "IBM", ("us.ibm.com", "in.ibm.com", "ibm.com"), "company", 0.008, 5, ("@IBM", "IBM Research")
    ),
    Organization("Arm", ("arm.com",), "company", 0.006, 7, ("Arm Ltd.", "@ARM-software", "Arm")),
    Organization("AMD", ("amd.com",), "company", 0.004, 7, ("AMD", "@AMD", "@ROCm")),
    Organization("Microsoft", ("microsoft.com",), "company", 0.010, 2, ("@microsoft", "Microsoft")),
    Organization(
        "Meta", ("fb.com", "meta.com"), "company", 0.006, 2, ("@facebook", "Facebook AI Research", "Meta")
    ),
    Organization("Amazon", ("amazon.com",), "company", 0.007, 2, ("@aws", "Amazon Web Services", "Amazon")),
    Organization(
        "Qualcomm", ("qti.qualcomm.com",), "company", 0.004, 3, ("Qualcomm", "Qualcomm Technologies, Inc.")
    ),
    Organization("Huawei", ("huawei.com",), "company", 0.006, 4, ("Huawei", "@huawei")),
    Organization("Apple", ("apple.com",), "company", 0.003, 4, ("Apple", " Apple")),
    Organization("Baidu", ("baidu.com",), "company", 0.003, 1.5, ("Baidu", "@PaddlePaddle")),
    Organization("Alibaba", ("alibaba-inc.com",), "company", 0.004, 3, ("Alibaba", "@alibaba")),
    Organization("Tencent", ("tencent.com",), "company", 0.004, 3, ("Tencent", "@Tencent")),
    Organization("ByteDance", ("bytedance.com",), "company", 0.003, 2, ("ByteDance",)),
    Organization("Samsung", ("samsung.com",), "company", 0.004, 2, ("Samsung Research", "@Samsung")),
    Organization("Graphcore", ("graphcore.ai",), "company", 0.001, 6, ("Graphcore", "@graphcore")),
    Organization("Linaro", ("linaro.org",), "company", 0.001, 6, ("Linaro",)),
    Organization("Uber", ("uber.com",), "company", 0.002, 1.5, ("@uber", "Uber")),
    Organization("Red Hat", ("redhat.com",), "company", 0.002, 2, ("Red Hat", "@RedHatOfficial")),
    Organization("DeepMind", ("deepmind.com",), "company", 0.004, 4, ("DeepMind", "@deepmind")),
)

UNIVERSITIES = (
    Organization(
        "Stanford University", ("stanford.edu",), "university", 0.018, 0.4, ("Stanford University",)
    ),
    Organization("UC Berkeley", ("berkeley.edu",), "university", 0.014, 0.4, ("UC Berkeley", "@UCBerkeley")),
    Organization("MIT", ("mit.edu",), "university", 0.012, 0.4, ("MIT",)),
    Organization("Carnegie Mellon University", ("andrew.cmu.edu",), "university", 0.012, 0.4, ("CMU",)),
    Organization("UC San Diego", ("ucsd.edu",), "university", 0.006, 0.4, ("UCSD",)),
    Organization(
        "University of Oxford", ("cs.ox.ac.uk",), "university", 0.008, 0.4, ("University of Oxford",)
    ),
    Organization(
        "Imperial College", ("imperial.ac.uk",), "university", 0.008, 0.4, ("Imperial College London",)
    ),
    Organization("TU Munich", ("tum.de",), "university", 0.009, 0.4, ("Technical University of Munich",)),
    Organization("ETH Zürich", ("ethz.ch",), "university", 0.008, 0.4, ("ETH Zürich", "ETH Zurich")),
    Organization("Tsinghua University", ("mails.tsinghua.edu.cn",), "university", 0.012, 0.4, ("Tsinghua",)),
    Organization("Peking University", ("pku.edu.cn",), "university", 0.008, 0.4, ("Peking University",)),
    Organization("University of Tokyo", ("g.ecc.u-tokyo.ac.jp",), "university", 0.007, 0.4, ("東京大学",)),
    Organization("KAIST", ("kaist.ac.kr",), "university", 0.007, 0.4, ("KAIST",)),
    Organization("IIT Bombay", ("iitb.ac.in",), "university", 0.014, 0.4, ("IIT Bombay",)),
    Organization(
        "University of Toronto", ("utoronto.ca",), "university", 0.009, 0.4, ("University of Toronto",)
    ),
    Organization("Universidade de São Paulo", ("usp.br",), "university", 0.005, 0.4, ("USP",)),
)

ORGANIZATIONS = (GOOGLE, NOBODY, CUSTOM, *COMPANIES, *UNIVERSITIES)
GOOGLE_INDEX, NOBODY_INDEX, CUSTOM_INDEX = 0, 1, 2
UNIVERSITY_INDEXES = tuple(i for i, each in enumerate(ORGANIZATIONS) if each.kind == "university")
COMPANY_INDEXES = tuple(i for i, each in enumerate(ORGANIZATIONS) if each.kind == "company")


def index_of(name: str) -> int:
    """The place of an organisation in `ORGANIZATIONS`. Raises ValueError for a name that is not there."""
    return [each.name for each in ORGANIZATIONS].index(name)
