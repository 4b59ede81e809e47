"""The ops that have a kernel: a loop of their own over rows, which the C compiler makes of vector instructions.

A kernel runs the rule that engine/primitives.py has for its op. Where that rule is a function in elementary.pxd, or calls one,
the function there is taken instead of the C library's, which no loop could take several rows through at once.

To add a kernel, write its op here; and, if its rule needs a function of the C library, a formula for that in elementary.pxd.
The tests find it by this table: one in `CLOSE` asks for its true value, to compare it with.
"""

from __future__ import annotations

CLOSE = (
    "exp", "exp2", "expm1", "slope expm1 0", "log", "log2", "log10", "log1p",
    "sin", "slope sin 0", "cos", "slope cos 0", "tanh", "slope tanh 0",
    "sigmoid", "slope sigmoid 0", "softplus", "slope softplus 0", "logsigmoid", "slope logsigmoid 0",
    "silu", "slope silu 0", "elu", "slope elu 0", "slope elu 1",
    "erf", "slope erf 0", "erfc", "slope erfc 0", "slope gelu 0", "tanh'", "sigmoid'", "silu'", "erf'", "gelu'",
    "slope logaddexp 0", "slope logaddexp 1",
)  # fmt: skip
"""Those that use a formula of elementary.pxd: their results are a few units in the last place from the eager ones."""

EXACT = (
    "neg", "abs", "slope abs 0", "sign", "copysign", "slope copysign 0", "rint", "floor", "ceil", "trunc",
    "square", "slope square 0", "reciprocal", "slope reciprocal 0", "slope div 1", "slope remainder 0", "slope fmod 0",
    "sqrt", "slope sqrt 0", "slope cbrt 0", "slope exp 0", "slope exp2 0",
    "slope log 0", "slope log2 0", "slope log10 0", "slope log1p 0",
    "slope tan 0", "slope arcsin 0", "slope arccos 0", "slope arctan 0", "slope arccosh 0", "slope arctanh 0",
    "relu", "slope relu 0", "leaky_relu", "slope leaky_relu 0", "slope leaky_relu 1",
    "maximum", "slope maximum 0", "slope maximum 1", "minimum", "slope minimum 0", "slope minimum 1",
    "rounding_of_difference", "square_error", "half_square_error", "unit",
)  # fmt: skip
"""Those whose results are the eager ones to the bit."""

KERNELS: dict[str, int] = {op: k for k, op in enumerate(sorted((*CLOSE, *EXACT)))}
"""Every op that has a kernel, with the kernel's number in plans."""

WITH_SLOPE: dict[str, int] = {op: len(KERNELS) + k for k, op in enumerate(("sigmoid", "tanh"))}
"""Ops that have a kernel more, with its number: by `tanh_with_slope_loop` in elementary.pxd and its kin, which give the result
and the slope, made of one exponential."""
