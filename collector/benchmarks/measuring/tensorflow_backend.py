"""TensorFlow on the CPU: `tf.function` with `jit_compile=True` against the same without."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import numpy.typing as npt

from collector.benchmarks.measuring.models import MODELS, values
from collector.benchmarks.measuring.workloads import Workload

#: What TensorFlow imports when it is there and never needs here: half of its start, once a case. Python
#: takes None for a module that cannot be imported.
for _optional in ("jax", "matplotlib", "pandas", "scipy"):
    sys.modules[_optional] = None  # type: ignore[assignment]
tf: Any = import_module("tensorflow")

FRAMEWORK: Final = "TensorFlow"
#: Off is TensorFlow's own graph execution: Grappler rewrites the graph, oneDNN computes parts of it.
OFF, ON = "none", "xla"
GAIN: Final = "speed_up"
OFF_PREPARATION, ON_PREPARATION = "graph_optimization_time", "compile_time"
RATE: Final = 0.01


class Operations:
    """Our names for TensorFlow's operations."""

    exp = staticmethod(tf.exp)
    tanh = staticmethod(tf.tanh)
    sigmoid = staticmethod(tf.sigmoid)
    relu = staticmethod(tf.nn.relu)
    rsqrt = staticmethod(tf.math.rsqrt)
    softmax = staticmethod(tf.nn.softmax)
    reshape = staticmethod(tf.reshape)
    transpose = staticmethod(tf.transpose)
    matmul = staticmethod(tf.matmul)
    bias = staticmethod(tf.nn.bias_add)
    gather = staticmethod(tf.gather)

    def mean(self, x: Any, axis: int) -> Any:
        """Over one axis, which stays with length 1."""
        return tf.reduce_mean(x, axis, keepdims=True)

    def convolution(self, x: Any, kernel: Any) -> Any:
        """Batch, height, width, channels with height, width, in, out; stride 1, same size."""
        return tf.nn.conv2d(x, kernel, 1, "SAME")

    def scan(self, step: Callable[[Any, Any], Any], start: Any, sequence: Any) -> Any:
        """The state after a loop over the first axis: one that the graph holds, not an unrolled one."""
        length = sequence.shape[0]

        def body(place: Any, state: Any) -> tuple[Any, Any]:
            return place + 1, step(state, sequence[place])

        _, end = tf.while_loop(
            lambda place, _: place < length, body, (tf.constant(0), start), maximum_iterations=length
        )
        return end


class TensorFlowProgram:
    """One workload with variables of its own, as a `tf.function`."""

    def __init__(self, workload: Workload, compiled: bool) -> None:
        self._model = MODELS[workload.model]
        given = values(workload.model, workload.batch, workload.precision)
        self._jit = True if compiled else None
        self._training = workload.mode == "training"
        self._start = given.parameters
        self._variables = {name: tf.Variable(value) for name, value in given.parameters.items()}
        inputs = {name: tf.constant(value) for name, value in given.inputs.items()}
        self._given = (inputs, tf.constant(given.target)) if self._training else (inputs,)
        self._run: Any = None

    def trace(self) -> None:
        """Makes the graph."""
        self._run = self._function(self._train if self._training else self._output)

    def first(self) -> None:
        """The first call: XLA compiles, or Grappler optimises."""
        self.step()

    def step(self) -> object:
        """Runs once; TensorFlow returns when the CPU is done."""
        return self._run(*self._given)

    def wait(self) -> None:
        """Nothing is under way after this."""
        tf.test.experimental.sync_devices()

    def outputs(self) -> Mapping[str, npt.NDArray[Any]]:
        """The output, or loss and gradients, at the first parameters."""
        for name, value in self._start.items():
            self._variables[name].assign(value)
        if not self._training:
            return {"output": self._run(*self._given).numpy()}
        loss, gradients = self._function(self._gradients)(*self._given)
        named = zip(self._variables, gradients, strict=True)
        found = {f"gradient of {name}": tf.convert_to_tensor(value).numpy() for name, value in named}
        return {"loss": loss.numpy(), **found}

    def _function(self, python: Callable[..., Any]) -> Any:
        made = tf.function(python, jit_compile=self._jit, autograph=False)
        return made.get_concrete_function(*self._given)

    def _output(self, inputs: Mapping[str, Any]) -> Any:
        return self._model.output(Operations(), self._variables, inputs)

    def _gradients(self, inputs: Mapping[str, Any], target: Any) -> tuple[Any, Sequence[Any]]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self._output(inputs) - target))
        return loss, tape.gradient(loss, list(self._variables.values()))

    def _train(self, inputs: Mapping[str, Any], target: Any) -> Any:
        loss, gradients = self._gradients(inputs, target)
        for variable, gradient in zip(self._variables.values(), gradients, strict=True):
            if isinstance(gradient, tf.IndexedSlices):
                variable.scatter_sub(tf.IndexedSlices(RATE * gradient.values, gradient.indices))
            else:
                variable.assign_sub(RATE * gradient)
        return loss


def version() -> str:
    """TensorFlow's version."""
    found: str = tf.version.VERSION
    return found


def revision() -> str | None:
    """The commit in the version that git gave the build (v2.21.0-0-gabcdef)."""
    _, found, commit = tf.version.GIT_VERSION.rpartition("-g")
    return commit if found else None


def settings() -> Mapping[str, Any]:
    """Threads (0: one a core)."""
    return {
        "intra_op_threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "inter_op_threads": tf.config.threading.get_inter_op_parallelism_threads(),
    }


def start() -> None:
    """The first compilation of a process sets up LLVM and threads: not any workload's cost."""
    for jit in (None, True):
        tf.function(lambda x: tf.tanh(x) + 1.0, jit_compile=jit)(tf.zeros((8, 8)))


def program(workload: Workload, compiled: bool) -> TensorFlowProgram:
    """A new program, never compiled before."""
    return TensorFlowProgram(workload, compiled)
