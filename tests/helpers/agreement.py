"""What a compiled function gives, beside what the function itself gives."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np


def same(x: float, y: float, rounding: float = 0.0) -> bool:
    """Equal to 1e-12 of it, or two NaNs, or to the smallest floats."""
    return x == y or (x != x and y != y) or abs(x - y) <= max(1e-12 * max(abs(x), abs(y)), rounding, 1e-300)


def agree(got: Any, want: Any) -> bool:
    """Results of any shape, to 1e-13."""
    if isinstance(want, (list, tuple)):
        return len(got) == len(want) and all(map(agree, got, want))
    if isinstance(want, dict):
        return list(got) == list(want) and all(agree(got[key], want[key]) for key in want)
    if isinstance(want, np.ndarray):
        return bool(got.shape == want.shape and all(map(agree, got.ravel().tolist(), want.ravel().tolist())))
    want = getattr(want, "data", want)
    return bool(got == want or (got != got and want != want) or abs(got - want) <= 1e-13 * abs(want))


def check(ag: ModuleType, f: Callable[..., Any], points: Sequence[Any], programs: int | None = None) -> Any:
    """Compiled, f gives at every point what its Values give, with the gradient; by so many programs."""
    transformed = ag.value_and_grad(f)
    fast, fast_transformed = ag.compile(f), ag.compile(transformed)
    for x in points:
        want = transformed(x)
        assert agree(fast(x), want[0]), f"at {x}: {fast(x)!r}, not {want[0]!r}"
        assert agree(fast_transformed(x), want), f"at {x}: {fast_transformed(x)!r}, not {want!r}"
    by_rows = ag.compile(transformed, in_axes=0)
    values, slopes = by_rows(points)
    want = [transformed(x) for x in points]
    assert all(agree(v, w[0]) and agree(np.ravel(s), np.ravel(w[1])) for v, s, w in zip(values, slopes, want, strict=True))
    if programs is not None:
        assert len(fast.programs) == len(fast_transformed.programs) == len(by_rows.programs) == programs
    return fast
