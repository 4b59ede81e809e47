"""The inverse of a Jacobian, where NumPy is and where it is not."""

import sys

import numpy as np
import pytest

from autograd.derivatives.implicit import by_elimination, inverse_of


@pytest.mark.parametrize("size", [1, 2, 3, 8, 20])
def test_elimination_gives_the_inverse_of_numpy(size: int) -> None:
    matrix = np.random.default_rng(size).normal(size=(size, size))
    matrix[0, 0] = 0.0 if size > 1 else 2.0  # so that rows have to change places
    found = by_elimination(matrix.tolist(), 1e-14)
    assert found == pytest.approx(np.linalg.inv(matrix), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize(
    "matrix",
    [
        [[0.0]],
        [[1.0, 2.0], [2.0, 4.0]],
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],
        [[float("nan")]],
        [[float("inf")]],
    ],
)
def test_what_has_no_inverse_has_none_with_and_without_numpy(
    matrix: list[list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert inverse_of(matrix, 9.0) is None
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert inverse_of(matrix, 9.0) is None


def test_a_page_without_numpy_has_the_inverse(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = [[2.0, 1.0], [1.0, 3.0]]
    wanted = inverse_of(matrix, 3.0)
    monkeypatch.setitem(sys.modules, "numpy", None)
    found = inverse_of(matrix, 3.0)
    assert found is not None and [x for row in found for x in row] == pytest.approx([0.6, -0.2, -0.2, 0.4])
    assert wanted is not None and np.allclose(found, wanted)
