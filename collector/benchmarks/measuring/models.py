"""The models that are measured, written once over the few operations that every framework has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt

Array = Any
Arrays = Mapping[str, npt.NDArray[Any]]
Shapes = Mapping[str, tuple[int, ...]]
IMAGE, CHANNELS = 28, 32
SEQUENCE, WIDTH, HEADS = 64, 128, 4
STEPS, HIDDEN = 32, 128
WORDS, BAG, VECTOR = 20_000, 64, 64
#: Pixels of a chain, and rows and columns that are normalised.
CHAIN, ROWS, COLUMNS = 65_536, 64, 512


class Operations(Protocol):
    """What a framework offers under names of its own; operators and slices work on arrays themselves."""

    def exp(self, x: Array) -> Array: ...
    def tanh(self, x: Array) -> Array: ...
    def sigmoid(self, x: Array) -> Array: ...
    def relu(self, x: Array) -> Array: ...
    def rsqrt(self, x: Array) -> Array: ...
    def softmax(self, x: Array) -> Array:
        """Over the last axis."""

    def mean(self, x: Array, axis: int) -> Array:
        """Over one axis, which stays with length 1."""

    def reshape(self, x: Array, shape: Sequence[int]) -> Array: ...
    def transpose(self, x: Array, order: Sequence[int]) -> Array: ...
    def matmul(self, x: Array, y: Array) -> Array: ...
    def bias(self, x: Array, b: Array) -> Array:
        """Adds a vector along the last axis."""

    def convolution(self, x: Array, kernel: Array) -> Array:
        """Batch, height, width, channels with height, width, in, out; stride 1, same size."""

    def gather(self, rows: Array, ids: Array) -> Array: ...
    def scan(self, step: Callable[[Any, Array], Any], start: Any, sequence: Array) -> Any:
        """The state after a loop over the first axis."""


@dataclass(frozen=True)
class Model:
    """A model: the shapes of its parameters, its inputs at a batch size, its output and that one's shape."""

    meaning: str
    parameters: Shapes
    inputs: Callable[[int, np.random.Generator], dict[str, npt.NDArray[Any]]]
    output: Callable[[Operations, Mapping[str, Array], Mapping[str, Array]], Array]
    output_shape: tuple[int, ...]


@dataclass(frozen=True)
class Values:
    """The numbers that a program begins with; `target` is what a training step compares the output with."""

    parameters: Arrays
    inputs: Arrays
    target: npt.NDArray[Any]


def values(name: str, batch: int, precision: str) -> Values:
    """The same numbers at each run: drawn with a seed made of the model's name."""
    model, draw = MODELS[name], np.random.default_rng(crc32(name.encode()))
    parameters = {
        each: _drawn(draw, shape) / np.sqrt(np.prod(shape[:-1]) if len(shape) > 1 else 4)
        for each, shape in model.parameters.items()
    }
    inputs = model.inputs(batch, draw)
    target = _drawn(draw, (batch, *model.output_shape))

    def typed(arrays: Arrays) -> Arrays:
        return {k: v if v.dtype.kind == "i" else v.astype(precision) for k, v in arrays.items()}

    return Values(typed(parameters), typed(inputs), target.astype(precision))


def _drawn(draw: np.random.Generator, shape: Sequence[int]) -> npt.NDArray[Any]:
    return draw.standard_normal(tuple(shape))


def _plain(*shape: int) -> Callable[[int, np.random.Generator], dict[str, npt.NDArray[Any]]]:
    return lambda batch, draw: {"x": _drawn(draw, (batch, *shape))}


def _dense(o: Operations, p: Mapping[str, Array], name: str, x: Array) -> Array:
    return o.bias(o.matmul(x, p[f"{name}.weight"]), p[f"{name}.bias"])


def _dense_shapes(name: str, inward: int, outward: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (inward, outward), f"{name}.bias": (outward,)}


def _normalized(o: Operations, x: Array, axis: int = -1) -> Array:
    centred = x - o.mean(x, axis)
    return centred * o.rsqrt(o.mean(centred * centred, axis) + 1e-5)


def _gelu(o: Operations, x: Array) -> Array:
    return 0.5 * x * (1.0 + o.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))


def _elementwise(o: Operations, p: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
    x = inputs["x"]
    y = _gelu(o, x * p["scale"] + p["shift"])
    z = o.sigmoid(y) * o.tanh(x - y) + 0.1 * o.exp(-y * y)
    return o.relu(z * p["scale"] - 0.3 * y) + 0.5 * x


def _normalization(o: Operations, p: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
    x = _normalized(o, inputs["x"]) * p["scale"] + p["shift"]
    return _normalized(o, o.softmax(x) + x) * p["scale"]


def _mlp(o: Operations, p: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
    x = o.relu(_dense(o, p, "first", inputs["x"]))
    return _dense(o, p, "last", o.relu(_dense(o, p, "second", x)))


def _convolution(o: Operations, p: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
    x = inputs["x"]
    y = o.relu(o.bias(o.convolution(x, p["first.kernel"]) * p["first.scale"], p["first.bias"]))
    y = o.bias(o.convolution(y, p["second.kernel"]) * p["second.scale"], p["second.bias"])
    return o.relu(x + y)


def _attention(o: Operations, p: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
    """A transformer's block: attention of four heads and a feed-forward part, each after a layer norm.

    Keys have no bias: softmax takes it out again, and its gradient would be rounding alone.
    """
    x = inputs["x"]
    batch = x.shape[0]
    flat, apart = (batch * SEQUENCE, WIDTH), (batch, SEQUENCE, HEADS, WIDTH // HEADS)

    def heads(y: Array) -> Array:
        return o.transpose(o.reshape(y, apart), (0, 2, 1, 3))

    x = o.reshape(x, flat)
    y = _normalized(o, x)
    query, value = (heads(_dense(o, p, name, y)) for name in ("query", "value"))
    key = heads(o.matmul(y, p["key.weight"]))
    scores = o.matmul(query, o.transpose(key, (0, 1, 3, 2))) * (WIDTH // HEADS) ** -0.5
    mixed = o.transpose(o.matmul(o.softmax(scores), value), (0, 2, 1, 3))
    x = x + _dense(o, p, "mix", o.reshape(mixed, flat))
    x = x + _dense(o, p, "down", _gelu(o, _dense(o, p, "up", _normalized(o, x))))
    return o.reshape(x, (batch, SEQUENCE, WIDTH))


def _lstm(o: Operations, p: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
    x = inputs["x"]
    batch = x.shape[0]
    steps = o.reshape(o.transpose(x, (1, 0, 2)), (STEPS * batch, HIDDEN))
    gates = o.reshape(_dense(o, p, "input", steps), (STEPS, batch, 4 * HIDDEN))

    def step(state: tuple[Array, Array], gate: Array) -> tuple[Array, Array]:
        hidden, cell = state
        both = gate + o.matmul(hidden, p["hidden.weight"])
        enter, forget, leave = (
            o.sigmoid(both[:, place * HIDDEN : (place + 1) * HIDDEN]) for place in range(3)
        )
        cell = forget * cell + enter * o.tanh(both[:, 3 * HIDDEN :])
        return leave * o.tanh(cell), cell

    nothing = 0.0 * x[:, 0, :]
    return o.scan(step, (nothing, nothing), gates)[0]


def _embedding(o: Operations, p: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
    found = o.gather(p["table"], inputs["ids"])
    bag = o.reshape(o.mean(found, 1), (inputs["ids"].shape[0], VECTOR))
    return _dense(o, p, "last", o.relu(_dense(o, p, "first", bag)))


#: As `workloads.MODELS` names them.
MODELS: Final = {
    "elementwise": Model(
        "a chain of 20 element-wise operations on 65,536 numbers a sample",
        {"scale": (CHAIN,), "shift": (CHAIN,)},
        _plain(CHAIN),
        _elementwise,
        (CHAIN,),
    ),
    "normalization": Model(
        "layer norm, softmax and layer norm over 64 rows of 512",
        {"scale": (COLUMNS,), "shift": (COLUMNS,)},
        _plain(ROWS, COLUMNS),
        _normalization,
        (ROWS, COLUMNS),
    ),
    "mlp": Model(
        "three dense layers, 784 to 512 to 512 to 10",
        _dense_shapes("first", 784, 512) | _dense_shapes("second", 512, 512) | _dense_shapes("last", 512, 10),
        _plain(784),
        _mlp,
        (10,),
    ),
    "convolution": Model(
        "a residual block of two 3×3 convolutions on 28×28×32",
        {
            f"{place}.{name}": shape
            for place in ("first", "second")
            for name, shape in (
                ("kernel", (3, 3, CHANNELS, CHANNELS)),
                ("scale", (CHANNELS,)),
                ("bias", (CHANNELS,)),
            )
        },
        _plain(IMAGE, IMAGE, CHANNELS),
        _convolution,
        (IMAGE, IMAGE, CHANNELS),
    ),
    "attention": Model(
        "a transformer block of width 128 with 4 heads over 64 tokens",
        {
            name: shape
            for place in ("query", "value", "mix")
            for name, shape in _dense_shapes(place, WIDTH, WIDTH).items()
        }
        | {"key.weight": (WIDTH, WIDTH)}
        | _dense_shapes("up", WIDTH, 4 * WIDTH)
        | _dense_shapes("down", 4 * WIDTH, WIDTH),
        _plain(SEQUENCE, WIDTH),
        _attention,
        (SEQUENCE, WIDTH),
    ),
    "lstm": Model(
        "an LSTM of 128 units over 32 time steps, in a loop",
        _dense_shapes("input", HIDDEN, 4 * HIDDEN) | {"hidden.weight": (HIDDEN, 4 * HIDDEN)},
        _plain(STEPS, HIDDEN),
        _lstm,
        (HIDDEN,),
    ),
    "embedding": Model(
        "64 rows of a table of 20,000 × 64 looked up and averaged, then two dense layers",
        {"table": (WORDS, VECTOR)} | _dense_shapes("first", VECTOR, 64) | _dense_shapes("last", 64, 1),
        lambda batch, draw: {"ids": draw.integers(0, WORDS, (batch, BAG), dtype=np.int32)},
        _embedding,
        (1,),
    ),
}
