"""Data: what the sets hold, how rows are made ready, and that no set is forgotten on the way to the command line."""

import inspect
import math

import pytest

import nn
from nn.__main__ import main
from nn.data import DATA_SETS


def makes_a_data_set(function):
    """Whether a function of `nn.data` gives rows and targets, and needs no argument for it."""
    given = inspect.signature(function)
    needs_none = all(p.default is not p.empty for p in given.parameters.values())
    return needs_none and str(given.return_annotation).startswith("tuple[list[list[float]]")


def test_every_function_that_makes_one_is_a_data_set():
    functions = [
        function
        for name, function in vars(nn.data).items()
        if inspect.isfunction(function) and function.__module__ == "nn.data" and name[0] != "_" and makes_a_data_set(function)
    ]
    assert {function.__name__.removeprefix("load_") for function in functions} == set(DATA_SETS)


def test_first_names_are_letters_alone_and_none_stands_twice():
    names = nn.data.first_names()
    assert len(names) == len(set(names)) == 500
    assert {letter for name in names for letter in name} == set("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize("name", DATA_SETS)
def test_what_is_said_of_it_is_so(name):
    known = DATA_SETS[name]
    rows, targets = known.load()
    assert f"{len(rows):,} " in known.what
    assert known.activation in nn.ACTIVATIONS
    if known.real:
        inputs, _ = nn.data.names(name)
        assert len(inputs) == len(rows[0])
    if known.complete:
        assert len({tuple(row) for row in rows}) == len(rows) == len(targets)


def test_the_command_line_lists_them_all(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{name} {known.what}" in shown for name, known in DATA_SETS.items())


def test_split_is_seeded_and_loses_nothing():
    rows, labels = [[float(i)] for i in range(10)], list(range(10))
    a = nn.data.train_test_split(rows, labels, test_size=0.3, seed=1)
    assert a == nn.data.train_test_split(rows, labels, test_size=0.3, seed=1)
    assert a != nn.data.train_test_split(rows, labels, test_size=0.3, seed=2)
    train_rows, test_rows, train_labels, test_labels = a
    assert len(test_rows) == 3
    assert sorted(train_labels + test_labels) == labels
    assert [[float(y)] for y in train_labels] == train_rows
    with pytest.raises(ValueError, match="one side empty"):
        nn.data.train_test_split(rows, labels, test_size=0.0)
    with pytest.raises(ValueError, match="10 rows and 9 labels"):
        nn.data.train_test_split(rows, labels[:-1])


def test_digits_are_the_real_ones():
    rows, labels = nn.data.load_digits()
    assert (len(rows), len(rows[0]), len(labels)) == (1797, 64, 1797)
    assert sorted(set(labels)) == list(range(10))
    assert min(map(min, rows)) == 0.0
    assert max(map(max, rows)) == 1.0


@pytest.mark.parametrize(
    ("make", "classes"),
    [(nn.data.moons, 2), (nn.data.circles, 2), (nn.data.spirals, 2), (nn.data.blobs, 3)],
)
def test_made_up_sets_are_seeded_balanced_and_as_large_as_asked(make, classes):
    for n in (10, 101):
        rows, labels = make(n, seed=3)
        assert len(rows) == len(labels) == n
        assert {len(row) for row in rows} == {2}
        counts = [labels.count(c) for c in range(classes)]
        assert sum(counts) == n
        assert max(counts) - min(counts) <= 1
    assert make(50, seed=3) == make(50, seed=3) != make(50, seed=4)


@pytest.mark.parametrize(
    ("load", "shape", "classes"),
    [
        (nn.data.load_iris, (150, 4), 3),
        (nn.data.load_wine, (178, 13), 3),
        (nn.data.load_breast_cancer, (569, 30), 2),
        (nn.data.load_diabetes, (442, 10), None),
    ],
)
def test_real_sets(load, shape, classes):
    rows, targets = load()
    assert (len(rows), len(rows[0])) == shape
    assert len(targets) == shape[0]
    assert all(type(x) is float for row in rows for x in row)
    if classes:
        assert set(targets) == set(range(classes))


@pytest.mark.parametrize("count", [3, 6, 7, 10, 50])
def test_columns_that_do_not_vary_have_the_deviation_1_whatever_their_mean_rounds_to(count):
    for tenths in range(1, 100):
        assert nn.data.means_and_deviations([[tenths / 10]] * count) == ([tenths / 10], [1.0])
    assert nn.data.means_and_deviations([[5e-324], *[[0.0]] * 99])[1] == [1.0]  # a deviation that rounds to 0


def test_standardise_knows_only_the_training_rows():
    train, test = nn.data.standardise([[0.0, 5.0], [4.0, 5.0]], [[4.0, 6.0]])
    assert train == [[-1.0, 0.0], [1.0, 0.0]]
    assert test == [[1.0, 1.0]]
    with pytest.raises(ValueError, match="rows have 2 columns, and row 0 of a table has 1"):
        nn.data.standardise([[0.0, 5.0]], [[4.0]])
    with pytest.raises(ValueError, match="no rows"):
        nn.data.standardise([])


def test_one_hot():
    assert nn.data.one_hot([2, 0]) == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    with pytest.raises(ValueError, match=r"0 to 1 here, and labels\[1\] is 2"):
        nn.data.one_hot([0, 2], classes=2)
    with pytest.raises(ValueError, match="is -1"):
        nn.data.one_hot([-1])


def test_mirror_symmetry_and_parity_count():
    assert sum(nn.data.mirror_symmetry(6)[1]) == 8
    assert sum(nn.data.parity(4)[1]) == 8
    assert nn.data.encoder(8)[0][3] == [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_points_lie_about_a_twentieth_beside_their_circles_where_no_noise_is_given():
    rows, classes = nn.data.circles(2000)
    beside = [math.hypot(*row) - (0.5 if one else 1.0) for row, one in zip(rows, classes, strict=True)]
    assert math.hypot(*beside) / math.sqrt(len(beside)) == pytest.approx(0.05, rel=0.1)


def test_irises_are_those_of_scikit_learn():
    from sklearn import datasets

    bunch = datasets.load_iris()
    assert nn.data.load_iris() == (bunch.data.tolist(), bunch.target.tolist())
    assert nn.data.names("iris") == (bunch.feature_names, bunch.target_names.tolist())


def test_moons_and_circles_lie_where_scikit_learns_do():
    from sklearn import datasets

    for ours, theirs in (
        (nn.data.moons(40, noise=0.0), datasets.make_moons(40, shuffle=False)),
        (nn.data.circles(40, noise=0.0, factor=0.5), datasets.make_circles(40, shuffle=False, factor=0.5)),
    ):
        points = sorted((label, *(round(x, 9) + 0.0 for x in row)) for row, label in zip(*ours, strict=True))
        expected = sorted((int(label), *(round(float(x), 9) + 0.0 for x in row)) for row, label in zip(*theirs, strict=True))
        assert points == expected


def test_spirals_wind_and_blobs_gather():
    rows, labels = nn.data.spirals(40, classes=2, turns=1.0, noise=0.0)
    for (x, y), label in zip(rows, labels, strict=True):
        r = math.hypot(x, y)
        angle = 2 * math.pi * (r + label / 2)
        assert (x, y) == pytest.approx((r * math.cos(angle), r * math.sin(angle)), abs=1e-12)
    for (x, y), label in zip(*nn.data.blobs(30, classes=3, spread=0.0), strict=True):
        assert (x, y) == pytest.approx((math.cos(2 * math.pi * label / 3), math.sin(2 * math.pi * label / 3)), abs=1e-12)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: nn.data.moons(0), ValueError, "n, the number of points, is a whole number of at least 1, and this is 0"),
        (lambda: nn.data.circles(1.5), ValueError, "n, the number of points"),
        (lambda: nn.data.blobs(9, classes=0), ValueError, "classes is a whole number of at least 1"),
        (lambda: nn.data.spirals(9, classes=0), ValueError, "classes is a whole number of at least 1"),
        (lambda: nn.data.moons(9, noise=-1.0), ValueError, r"the standard deviation .* and this is -1\.0"),
        (lambda: nn.data.encoder(0), ValueError, "n, the number of rows"),
        (lambda: nn.data.parity(0), ValueError, "bits is a whole number of at least 1"),
        (lambda: nn.data.parity(60), ValueError, r"there are 2\*\*60 rows of 60 bits, too many to list"),
        (lambda: nn.data.one_hot([-1]), ValueError, r"classes, from 0, and labels\[0\] is -1"),
    ],
)
def test_what_makes_no_sense_is_named(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()
