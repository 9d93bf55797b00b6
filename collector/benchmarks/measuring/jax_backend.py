"""JAX on the CPU: a whole program under `jit` against the same one operation at a time.

JAX always compiles with XLA: without `jit` it compiles and runs each operation by
itself. So there is no "XLA off" here, and the labels do not say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np
import numpy.typing as npt

from collector.benchmarks.measuring.models import MODELS, values
from collector.benchmarks.measuring.workloads import Workload

FRAMEWORK: Final = "JAX"
OFF, ON = "xla:per-operation", "xla"
GAIN: Final = "speed_up_over_single_operations"
OFF_PREPARATION, ON_PREPARATION = "compile_time", "compile_time"
RATE: Final = 0.01


class Operations:
    """Our names for JAX's operations."""

    exp = staticmethod(jnp.exp)
    tanh = staticmethod(jnp.tanh)
    sigmoid = staticmethod(jax.nn.sigmoid)
    relu = staticmethod(jax.nn.relu)
    rsqrt = staticmethod(jax.lax.rsqrt)
    softmax = staticmethod(jax.nn.softmax)
    reshape = staticmethod(jnp.reshape)
    transpose = staticmethod(jnp.transpose)
    matmul = staticmethod(jnp.matmul)
    bias = staticmethod(jnp.add)

    def mean(self, x: Any, axis: int) -> Any:
        """Over one axis, which stays with length 1."""
        return jnp.mean(x, axis, keepdims=True)

    def convolution(self, x: Any, kernel: Any) -> Any:
        """Batch, height, width, channels with height, width, in, out; stride 1, same size."""
        return jax.lax.conv_general_dilated(
            x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    def gather(self, rows: Any, ids: Any) -> Any:
        """Rows by number."""
        return jnp.take(rows, ids, axis=0)

    def scan(self, step: Callable[[Any, Any], Any], start: Any, sequence: Any) -> Any:
        """The state after a loop over the first axis."""
        end, _ = jax.lax.scan(lambda state, each: (step(state, each), None), start, sequence)
        return end


class JaxProgram:
    """One workload with parameters of its own."""

    def __init__(self, workload: Workload, compiled: bool) -> None:
        self._model = MODELS[workload.model]
        given = values(workload.model, workload.batch, workload.precision)
        self._compiled = compiled
        self._training = workload.mode == "training"
        self._start = given.parameters
        self._parameters = self._placed(given.parameters)
        inputs = self._placed(given.inputs)
        self._given = (inputs, jnp.asarray(given.target)) if self._training else (inputs,)
        self._lowered: Any = None
        self._run: Any = None
        self._last: Any = None

    def trace(self) -> None:
        """Makes the program's StableHLO; one operation at a time there is none."""
        if self._compiled:
            donated = (0,) if self._training else ()
            made = jax.jit(self._function(), donate_argnums=donated)
            self._lowered = made.lower(self._parameters, *self._given)
        else:
            self._run = self._function()
            jax.clear_caches()

    def first(self) -> None:
        """Compiles the whole, or each operation as it comes, and runs once."""
        if self._compiled:
            self._run = self._lowered.compile()
        self.step()

    def step(self) -> object:
        """Runs once; JAX may return before the result is there."""
        with self._manner():
            self._last = self._run(self._parameters, *self._given)
        if self._training:
            self._parameters = self._last[1]
        return self._last

    def wait(self) -> None:
        """Returns when the last step's result is there."""
        jax.block_until_ready(self._last)

    def outputs(self) -> Mapping[str, npt.NDArray[Any]]:
        """The output, or loss and gradients, at the first parameters."""
        parameters = self._placed(self._start)
        asked = self._gradients if self._training else self._output
        with self._manner():
            run = jax.jit(asked) if self._compiled else asked
            found = run(parameters, *self._given)
        if not self._training:
            return {"output": np.asarray(found)}
        loss, gradients = found
        named = {f"gradient of {name}": np.asarray(value) for name, value in gradients.items()}
        return {"loss": np.asarray(loss), **named}

    @staticmethod
    def _placed(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, Any]:
        return {name: jnp.asarray(value) for name, value in arrays.items()}

    def _manner(self) -> AbstractContextManager[Any]:
        manner: AbstractContextManager[Any] = nullcontext() if self._compiled else jax.disable_jit()
        return manner

    def _function(self) -> Callable[..., Any]:
        # A function of its own each time: JAX remembers what it compiled by the function.
        asked = self._train if self._training else self._output
        return lambda *given: asked(*given)

    def _output(self, parameters: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
        return self._model.output(Operations(), parameters, inputs)

    def _loss(self, parameters: Mapping[str, Any], inputs: Mapping[str, Any], target: Any) -> Any:
        return jnp.mean(jnp.square(self._output(parameters, inputs) - target))

    def _gradients(self, parameters: Mapping[str, Any], inputs: Mapping[str, Any], target: Any) -> Any:
        return jax.value_and_grad(self._loss)(parameters, inputs, target)

    def _train(self, parameters: Mapping[str, Any], inputs: Mapping[str, Any], target: Any) -> Any:
        loss, gradients = self._gradients(parameters, inputs, target)
        return loss, {name: parameters[name] - RATE * gradients[name] for name in parameters}


def version() -> str:
    """JAX's version."""
    found: str = jax.__version__
    return found


def revision() -> str | None:
    """JAX does not tell the commit that it was built from."""
    return None


def settings() -> Mapping[str, Any]:
    """The library that holds XLA, and the device."""
    return {"jaxlib": jaxlib.__version__, "device": jax.devices()[0].platform}


def start() -> None:
    """The first compilation of a process sets up LLVM and threads: not any workload's cost."""
    x = jnp.zeros((8, 8))
    jax.jit(lambda x: jnp.tanh(x) + 1.0)(x).block_until_ready()


def program(workload: Workload, compiled: bool) -> JaxProgram:
    """A new program, never compiled before."""
    return JaxProgram(workload, compiled)
