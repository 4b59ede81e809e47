"""The place of the largest score, over rows of any layout."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nn.places import largest, places_of_largest

SCORES = st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0, math.inf, -math.inf, math.nan, 5e-324])


@given(
    scores=arrays.arrays(float, st.tuples(st.integers(1, 6), st.integers(1, 300)), elements=SCORES), order=st.sampled_from("FC")
)
def test_it_is_numpys(scores: np.ndarray, order: str) -> None:
    given_so = np.array(scores, order=order)
    found = places_of_largest(given_so)
    assert found.dtype == np.intp
    assert found.tolist() == given_so.argmax(axis=1).tolist()


@pytest.mark.parametrize("count", [1, 2, 127, 128, 129, 255, 256, 40_000])
def test_there_may_be_many_scores(count: int) -> None:
    scores = np.zeros((2, count), order="F")
    scores[0, -1] = 1.0
    assert places_of_largest(scores).tolist() == [count - 1, 0]
    assert [largest(row) for row in scores.tolist()] == [count - 1, 0]
