"""The words of simulated people: names, titles and texts, picked by a number so that they never change."""

_MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """A well-stirred 64-bit number made of others, the same on every machine (SplitMix64's finaliser)."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state + number + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def pick(choices: tuple[str, ...], number: int) -> str:
    """One of the choices."""
    return choices[number % len(choices)]


FIRST = (
    "Amara", "Bexley", "Calder", "Dovina", "Ellory", "Fenwick", "Galia", "Hesper", "Ilario", "Jovanka",
    "Kesia",
    "Lorcan", "Mirela", "Nuri", "Oriel", "Pavo", "Quilla", "Ravindra", "Sunniva", "Tarquin", "Ulani",
    "Vesper",
    "Wendell", "Xanthe", "Yarrow", "Zelmira", "Anouk", "Basil", "Chiyo", "Dagny", "Emeka", "Farid", "Ginevra",
    "Haruki", "Ines", "Jianyu", "Kavya", "Leocadia", "Minh", "Noemi", "Abbott",
)  # fmt: skip
LAST = (
    "Ashgrove", "Brackenbury", "Cindermoor", "Duskwell", "Emberly", "Fallowmere", "Gristwood", "Hollowell",
    "Inkpenner", "Juniperson", "Kettlebrook", "Larkhollow", "Mossgarth", "Nettlefold", "Oakenhurst",
    "Pellbrook",
    "Quarrington", "Rushbeck", "Silverdene", "Thistlewood", "Umberstone", "Vellacott", "Wrenfield",
    "Yewbarrow",
    "Zephyrine", "Akunle", "Banerwal", "Chenlu", "Dvorakic", "Estevara", "Fukumori", "Hoangsen", "Ibarrola",
    "Kimura-Lund", "Lindqvistad", "Moreirinha", "Nakatori", "Okonjola", "Petrovan", "Abbotson",
)  # fmt: skip
PLACES = (
    "Mountain View, CA", "Berlin", "Bengaluru, India", "Beijing", "London", "Tokyo", "São Paulo", "Toronto",
    "Lagos", "Paris", "Seoul", "Warsaw", "Austin, TX", "Zürich", "Hyderabad", "Nairobi", "Sydney", "Hà Nội",
)  # fmt: skip
COMPONENTS = (
    "tf.data", "tf.function", "Keras layers", "the XLA compiler", "TFLite converter", "distribution strategy",
    "SavedModel", "eager mode", "the estimator", "TensorBoard", "gradient tape", "tf.image",
    "the GPU delegate",
    "sparse tensors", "ragged tensors", "checkpointing", "mixed precision", "the profiler", "AutoGraph",
    "quantization",
)  # fmt: skip
FAILURES = (
    "crashes with a segmentation fault", "raises InvalidArgumentError", "leaks memory",
    "is slower than before",
    "returns NaN", "fails to build from source", "gives different results", "ignores the seed",
    "hangs forever",
    "raises a shape mismatch",
)  # fmt: skip
SETTINGS = (
    "on Windows", "with CUDA", "on a TPU", "inside Docker", "on Raspberry Pi", "with multiple workers",
    "on macOS",
    "after upgrading", "on Android", "on Google Cloud AI Platform", "on ppc64le", "when run twice",
    "with oneDNN", "with a custom training loop",
)  # fmt: skip
VERBS = ("Fix", "Add", "Remove", "Update", "Refactor", "Document", "Test", "Speed up", "Support", "Simplify")
SENTENCES = (
    "I have checked the documentation and could not find this described.",
    "The same code worked in the release before.",
    "Here is a standalone snippet that shows it.",
    "I expected the two results to agree within rounding.",
    "The log is attached below.",
    "Happy to send a pull request if somebody can point me to the right place.",
    "This happens every time on two different machines.",
    "I would like to work on this.",
)
REPLIES = (
    "Thanks for reporting, could you share the full log?",
    "I can reproduce this on the nightly build.",
    "Could you try again with the latest version?",
    "I see the same on my machine.",
    "Could you please take a look?",
    "This should be fixed by the change that landed yesterday.",
    "Thank you, closing as it is resolved.",
    "Added a test and rebased.",
    "Any update on this?",
    "Good point, done.",
    "We are tracking this internally.",
    "It works for me with one GPU and fails with two.",
)
BOT_REPLIES = (
    "Thanks for your pull request. It looks like this may be your first contribution (please sign our CLA).",
    "Thank you for your post. We noticed you have not filled out the issue template.",
    "This issue is stale because it has been open for 14 days with no activity.",
    "Are you satisfied with the resolution of your issue?",
    "CLAs look good, thanks!",
)


def person_name(number: int) -> str:
    """An invented person's full name."""
    return f"{pick(FIRST, number)} {pick(LAST, number // len(FIRST))}"


def paper(number: int) -> str:
    """A mention of a paper, by arXiv number or DOI."""
    year, month = 14 + number % 12, 1 + (number >> 8) % 12
    if number % 5 == 0:
        return f"https://doi.org/10.1109/sim.20{year}.{100000 + (number >> 12) % 899999}"
    written = f"{year}{month:02d}.{1000 + (number >> 12) % 15000:05d}"
    return f"arXiv:{written}" if number % 2 else f"https://arxiv.org/abs/{written}"


def issue_title(number: int) -> str:
    """What an issue complains of."""
    if number % 7 == 0:
        return f"Feature request: {pick(COMPONENTS, number >> 8)} {pick(SETTINGS, number >> 16)}"
    return f"{pick(COMPONENTS, number >> 8)} {pick(FAILURES, number >> 16)} {pick(SETTINGS, number >> 24)}"


def change_title(number: int) -> str:
    """What a change does."""
    return f"{pick(VERBS, number)} {pick(COMPONENTS, number >> 8)} {pick(SETTINGS, number >> 16)}"


def item_body(number: int) -> str:
    """The opening text of an issue or pull request; one in sixty mentions a paper."""
    text = f"{pick(SENTENCES, number >> 4)} {pick(SENTENCES, number >> 20)}"
    return f"{text}\n\nSee {paper(number >> 8)}." if number % 60 == 0 else text


def reply(number: int) -> str:
    """What somebody answers; one in two hundred mentions a paper."""
    text = pick(REPLIES, number >> 4)
    return f"{text} This is the method of {paper(number >> 8)}." if number % 200 == 0 else text
