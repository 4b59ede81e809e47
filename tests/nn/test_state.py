"""States taken over: with the types of the object's own, or refused in words that name the part."""

from typing import Any

import pytest

from nn.state import Stateful


class Part(Stateful):
    """One attribute of every kind."""

    def __init__(self, **given: Any) -> None:
        self.rate, self.count, self.name, self.best = 0.5, 2, "mean", None
        self.pair, self.sums, self.seen, self.none = (0.9, 0.999), [[1.0], [2.0]], [], ()
        self.more = {"a": 1.0}
        vars(self).update(given)


def test_numbers_and_lists_become_what_the_object_has():
    given = Part(rate=1, pair=[1, 0.5], sums=([3], (4.0,)), seen=[1, 2], none=[5], best=[0.25], name="sum", more={})
    part = Part()
    part.load_state_dict(given.state_dict())
    assert vars(part) == vars(Part(rate=1.0, pair=(1.0, 0.5), sums=[[3.0], [4.0]], seen=[1, 2], none=(5,))) | {
        "best": [0.25],
        "name": "sum",
        "more": {},
    }
    assert [type(x) for x in (part.rate, part.pair[0], part.sums[0][0], part.seen[0])] == [float, float, float, int]
    given.best.append(1.0), given.seen.append(3), given.more.update(b=1)
    assert (part.best, part.seen, part.more) == ([0.25], [1, 2], {})  # copies


def test_none_fits_anything_and_anything_none():
    part = Part(best=3.0)
    part.load_state_dict(part.state_dict() | {"best": None, "pair": None, "rate": None})
    assert (part.best, part.pair, part.rate) == (None, None, None)
    part.load_state_dict(part.state_dict() | {"best": [1], "pair": "both", "rate": 1})
    assert (part.best, part.pair, part.rate) == ([1], "both", 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rate": "0.5"}, "Part's rate is a number here and a text in the state"),
        ({"rate": 10**400}, "Part's rate is .* in the state, which is too large for a float"),
        ({"count": [2]}, "Part's count is a number here and a list in the state"),
        ({"name": 3}, "Part's name is a text here and a number in the state"),
        ({"more": []}, "Part's more is a dict here and a list in the state"),
        ({"seen": {}}, "Part's seen is a list here and a dict in the state"),
        ({"pair": [0.9]}, "Part's pair has 2 numbers here and 1 in the state"),
        ({"sums": [[1.0], [2.0], [3.0]]}, "Part's sums has 2 numbers here and 3 in the state"),
        ({"sums": [[1.0], [2.0, 3.0]]}, "a part of Part's sums has 1 numbers here and 2 in the state"),
        ({"sums": [[1.0], "2"]}, "a part of Part's sums is a list here and a text in the state"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_changes(given, said):
    part = Part()
    with pytest.raises(ValueError, match=f"^{said}$"):
        part.load_state_dict(part.state_dict() | given)
    assert vars(part) == vars(Part())
