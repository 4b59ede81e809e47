"""Data sets to train on, as plain lists of floats."""

from __future__ import annotations

import csv
import functools
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, overload

from autograd.compiler.running import shuffled
from autograd.derivatives.structures import unframed

from .arguments import real, whole
from .nested import as_lists, mean_of

Row = TypeVar("Row")
Label = TypeVar("Label")
Loader = TypeVar("Loader", bound=Callable[..., Any])
Table: TypeAlias = Any
"""A list of rows, an array of NumPy's, or a data frame."""


@dataclass(frozen=True)
class DataSet:
    """A data set that needs no file, as `python -m nn train` offers it.

    load            gives its rows and targets
    what            what it is, in a few words
    target          what its target is called
    epochs, hidden, activation
                    what usually learns it: passes over the rows, widths of the hidden layers, and their activation
    real            it was measured, not made up: its inputs and classes have `names`
    complete        its rows are all there are: to hold some out would be to ask for what nobody can know

    >>> DATA_SETS["moons"].hidden, len(DATA_SETS["moons"].load()[0])
    ((16, 16), 300)
    """

    load: Callable[[], tuple[list[list[float]], Sequence[Any]]]
    what: str
    target: str = "class"
    epochs: int = 100
    hidden: tuple[int, ...] = (32,)
    activation: str = "relu"
    real: bool = False
    complete: bool = False


DATA_SETS: dict[str, DataSet] = {}
"""All data sets by name, which is the name of the function that makes one, without "load_"."""


def data_set(what: str, *, given: dict[str, Any] | None = None, **more: Any) -> Callable[[Loader], Loader]:
    """Puts a function into `DATA_SETS`, to be called with the arguments `given`; `more` is the rest of a DataSet.

    >>> DATA_SETS["xor"].what
    'exclusive or, 4 rows'
    """

    def registered(load: Loader) -> Loader:
        name = load.__name__.removeprefix("load_")
        DATA_SETS[name] = DataSet(functools.partial(load, **(given or {})), what, **more)
        return load

    return registered


# ------------------------------------------------------------------------------------------------ real


@data_set("1,797 handwritten digits, 8 x 8 pixels", target="digit", epochs=20, real=True)
def load_digits() -> tuple[list[list[float]], list[int]]:
    """1,797 handwritten digits, 8 x 8 pixels each from 0 (white) to 1 (black), row by row, and what each one is.

    The set ships with scikit-learn (Alpaydin and Kaynak 1998); ImportError that says how to get it where that is missing.

    >>> images, labels = load_digits()
    >>> len(images), len(images[0]), labels[:3]
    (1797, 64, [0, 1, 2])
    """
    images, labels = _from_sklearn("digits")
    return [[pixel / 16.0 for pixel in image] for image in images], [int(label) for label in labels]


@data_set("150 irises of three species, 4 measures", target="species", epochs=50, real=True)
def load_iris() -> tuple[list[list[float]], list[int]]:
    """150 irises: sepal length and width, petal length and width in cm, and which of three species (Fisher 1936).

    >>> rows, labels = load_iris()
    >>> rows[0], labels[0]
    ([5.1, 3.5, 1.4, 0.2], 0)
    """
    _, flowers = _irises()
    kinds = _species(flowers)
    return [[float(length) for length in lengths] for *lengths, _ in flowers], [kinds.index(kind) for *_, kind in flowers]


@data_set("178 wines of three growers, 13 measures", target="grower", epochs=20, real=True)
def load_wine() -> tuple[list[list[float]], list[int]]:
    """178 wines: 13 chemical measurements, and which of three growers (Aeberhard and Forina 1992).

    >>> rows, labels = load_wine()
    >>> len(rows), len(rows[0]), sorted(set(labels))
    (178, 13, [0, 1, 2])
    """
    rows, labels = _from_sklearn("wine")
    return rows, [int(label) for label in labels]


@data_set("569 tumours, benign or not, 30 measures", target="tumour", epochs=20, real=True)
def load_breast_cancer() -> tuple[list[list[float]], list[int]]:
    """569 tumours: 30 measurements of cell nuclei, and 0 for malignant, 1 for benign (Street, Wolberg and Mangasarian 1993).

    >>> rows, labels = load_breast_cancer()
    >>> len(rows), len(rows[0]), labels.count(1)
    (569, 30, 357)
    """
    rows, labels = _from_sklearn("breast_cancer")
    return rows, [int(label) for label in labels]


@data_set("442 patients, how ill a year later: a number", target="progression", epochs=30, hidden=(8,), real=True)
def load_diabetes() -> tuple[list[list[float]], list[float]]:
    """442 patients: 10 centred and scaled measurements, and how far the disease went in a year (Efron et al. 2004).

    >>> rows, progress = load_diabetes()
    >>> len(rows), len(rows[0]), progress[0]
    (442, 10, 151.0)
    """
    return _from_sklearn("diabetes")


def names(name: str) -> tuple[list[str], list[str]]:
    """What the inputs and the classes of a real data set are called. Diabetes, whose target is a number, has no classes.

    >>> names("iris")
    (['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'], ['setosa', 'versicolor', 'virginica'])
    """
    if name == "iris":
        columns, flowers = _irises()
        return columns[:-1], _species(flowers)
    bunch = _bunch(name)
    return list(map(str, bunch.feature_names)), list(map(str, bunch.get("target_names", [])))


def first_names() -> list[str]:
    """500 first names in small letters, to learn to spell: of those in karpathy/makemore (MIT licence, in names.md).

    >>> names = first_names()
    >>> len(names), names[:3]
    (500, ['emma', 'olivia', 'ava'])
    """
    return Path(__file__).with_name("names.txt").read_text(encoding="ascii").split()


def _irises() -> tuple[list[str], list[list[str]]]:
    """Of the file of irises the names of its columns, and a row for each flower; the last column is its species."""
    with Path(__file__).with_name("iris.csv").open(encoding="ascii", newline="") as file:
        columns, *flowers = csv.reader(file)
    return columns, flowers


def _species(flowers: list[list[str]]) -> list[str]:
    return sorted({kind for *_, kind in flowers})


def _from_sklearn(name: str) -> tuple[list[list[float]], list[float]]:
    bunch = _bunch(name)
    return bunch.data.tolist(), [float(target) for target in bunch.target]


def _bunch(name: str) -> Any:
    try:
        from sklearn import datasets
    except ImportError as missing:
        raise ImportError(f"the {name} data come with scikit-learn: pip install scikit-learn") from missing
    return getattr(datasets, f"load_{name}")()


# ------------------------------------------------------------------------------------------------ made up


@data_set("300 points, two half circles", given={"n": 300, "noise": 0.15}, hidden=(16, 16))
def moons(n: int = 100, *, noise: float = 0.1, seed: int = 0) -> tuple[list[list[float]], list[int]]:
    """Two interleaving half circles of radius 1, classes 0 and 1, shuffled: rows [x, y], and their labels.

    n       how many points, half of them of each class (of an odd number one more of class 0)
    noise   the standard deviation of the points around the half circles
    seed    of the noise and of the order: the same seed, the same points

    ValueError for an n that is no whole number of at least 1, and a noise that is negative or not finite.

    >>> rows, labels = moons(4, noise=0.0)
    >>> sorted(labels)
    [0, 0, 1, 1]
    """
    n = whole(n, "n, the number of points,")
    upper = [(math.cos(t), math.sin(t), 0) for t in _evenly(n - n // 2, math.pi)]
    lower = [(1.0 - math.cos(t), 0.5 - math.sin(t), 1) for t in _evenly(n // 2, math.pi)]
    return _scattered([*upper, *lower], noise, seed)


@data_set("300 points, a circle in a circle", given={"n": 300, "noise": 0.08}, hidden=(16, 16))
def circles(n: int = 100, *, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> tuple[list[list[float]], list[int]]:
    """A circle of radius 1 (class 0) around one of radius `factor` (class 1), shuffled.

    n, noise, seed, and the errors are those of `moons`.

    >>> rows, _ = circles(8, noise=0.0, factor=0.5)
    >>> sorted({round(math.hypot(*row), 9) for row in rows})
    [0.5, 1.0]
    """
    n = whole(n, "n, the number of points,")
    outer, inner = n - n // 2, n // 2
    points = [(math.cos(t), math.sin(t), 0) for t in _evenly(outer, 2 * math.pi, closed=False)]
    points += [(factor * math.cos(t), factor * math.sin(t), 1) for t in _evenly(inner, 2 * math.pi, closed=False)]
    return _scattered(points, noise, seed)


@data_set("400 points, two arms wound up", given={"n": 400}, epochs=150, hidden=(32, 32))
def spirals(
    n: int = 100, *, classes: int = 2, turns: float = 1.0, noise: float = 0.02, seed: int = 0
) -> tuple[list[list[float]], list[int]]:
    """Arms that wind `turns` times around the origin, one for each class, shuffled. Their ends have the radius 1.

    n           how many points, in `classes` parts as equal as may be
    noise, seed, and the errors are those of `moons`.

    >>> rows, labels = spirals(90, classes=3)
    >>> [labels.count(c) for c in range(3)]
    [30, 30, 30]
    """
    n, classes = whole(n, "n, the number of points,"), whole(classes, "classes")
    points = []
    for c in range(classes):
        for r in _evenly(n // classes + (c < n % classes), 1.0):
            angle = 2.0 * math.pi * (turns * r + c / classes)
            points.append((r * math.cos(angle), r * math.sin(angle), c))
    return _scattered(points, noise, seed)


@data_set("300 points in three clouds", given={"n": 300}, epochs=50, hidden=(16,))
def blobs(n: int = 100, *, classes: int = 3, spread: float = 0.3, seed: int = 0) -> tuple[list[list[float]], list[int]]:
    """Round clouds around points spaced evenly on a circle of radius 1, one for each class, shuffled.

    n           how many points, in `classes` parts as equal as may be
    spread      the standard deviation of a cloud in x, and in y
    seed, and the errors are those of `moons`.

    >>> rows, labels = blobs(6, classes=3)
    >>> sorted(labels)
    [0, 0, 1, 1, 2, 2]
    """
    n, classes = whole(n, "n, the number of points,"), whole(classes, "classes")
    angles = [2.0 * math.pi * (i % classes) / classes for i in range(n)]
    return _scattered([(math.cos(a), math.sin(a), i % classes) for i, a in enumerate(angles)], spread, seed)


@data_set("exclusive or, 4 rows", epochs=200, hidden=(8,), complete=True)
def xor() -> tuple[list[list[float]], list[int]]:
    """The four rows of exclusive or.

    >>> xor()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    return parity(2)


@data_set("is the number of ones among 4 bits odd, 16 rows", epochs=300, hidden=(16,), complete=True)
def parity(bits: int = 4) -> tuple[list[list[float]], list[int]]:
    """Every row of so many bits, and whether the number of ones in it is odd.

    >>> parity(3)[1]
    [0, 1, 1, 0, 1, 0, 0, 1]
    """
    rows = _all_rows(bits)
    return rows, [int(sum(row)) % 2 for row in rows]


@data_set("do 6 bits read the same backwards, 64 rows", epochs=200, hidden=(16,), complete=True)
def mirror_symmetry(bits: int = 6) -> tuple[list[list[float]], list[int]]:
    """Every row of so many bits, and whether it reads the same backwards.

    >>> mirror_symmetry(2)[1]
    [1, 0, 0, 1]
    """
    rows = _all_rows(bits)
    return rows, [int(row == row[::-1]) for row in rows]


@data_set("8 rows through a narrow layer and out again", epochs=500, hidden=(3,), activation="tanh", complete=True)
def encoder(n: int = 8) -> tuple[list[list[float]], list[list[float]]]:
    """The n rows with a single 1, each its own target: to be squeezed through a narrow layer (8-3-8 in the paper of 1986).

    >>> encoder(2)
    ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]])
    """
    n = whole(n, "n, the number of rows,")
    rows = [[float(i == j) for j in range(n)] for i in range(n)]
    return rows, [list(row) for row in rows]


def _evenly(n: int, end: float, *, closed: bool = True) -> list[float]:
    """n numbers from 0 to `end`, itself included if `closed`."""
    gaps = max(1, n - 1 if closed else n)
    return [end * i / gaps for i in range(n)]


MOST_BITS = 16


def _all_rows(bits: int) -> list[list[float]]:
    if whole(bits, "bits") > MOST_BITS:
        raise ValueError(f"there are 2**{bits} rows of {bits} bits, too many to list: give at most {MOST_BITS} bits")
    return [[float(number >> bit & 1) for bit in reversed(range(bits))] for number in range(2**bits)]


def _scattered(points: list[tuple[float, float, int]], noise: float, seed: int) -> tuple[list[list[float]], list[int]]:
    noise = real(noise, "the standard deviation around the points")
    rng = random.Random(seed)
    points = list(points)
    rng.shuffle(points)
    return [[x + rng.gauss(0.0, noise), y + rng.gauss(0.0, noise)] for x, y, _ in points], [label for _, _, label in points]


# ------------------------------------------------------------------------------------------------ made ready


def one_hot(labels: Sequence[int], classes: int | None = None) -> list[list[float]]:
    """For each label a row with 1.0 in its place, and 0.0 elsewhere.

    labels      whole numbers from 0
    classes     how long a row is; by default one more than the largest label

    ValueError for a label that is no class.

    >>> one_hot([1, 0], classes=3)
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    count = max(labels, default=-1) + 1 if classes is None else classes
    for i, label in enumerate(labels):
        if not 0 <= label < count:
            known = f"0 to {count - 1} here" if count else "from 0"
            raise ValueError(f"labels are numbers of classes, {known}, and labels[{i}] is {label!r}")
    return [[float(k == label) for k in range(count)] for label in labels]


def means_and_deviations(table: list[list[float]]) -> tuple[list[float], list[float]]:
    """The mean and the standard deviation of every column; for a column that does not vary 1.0 as the deviation.

    ValueError for no rows, or rows of different widths.

    >>> means_and_deviations([[1.0, 5.0], [3.0, 5.0]])
    ([2.0, 5.0], [1.0, 1.0])
    """
    if not table:
        raise ValueError("there are no rows to take means and deviations from")
    _check_widths(table, len(table[0]))
    pairs = [_mean_and_deviation(column) for column in zip(*table, strict=True)]
    return [mean for mean, _ in pairs], [deviation for _, deviation in pairs]


def _mean_and_deviation(column: Sequence[float]) -> tuple[float, float]:
    if min(column) == max(column):  # not left to rounding: a mean off by one bit would make a tiny deviation to divide by
        return column[0], 1.0
    mean = mean_of(column)
    return mean, math.hypot(*[x - mean for x in column]) / math.sqrt(len(column)) or 1.0


def scaled(table: list[list[float]], means: Sequence[float], deviations: Sequence[float]) -> list[list[float]]:
    """(x - mean) / deviation in every column. ValueError for rows of another width.

    >>> scaled([[4.0]], means=[2.0], deviations=[1.0])
    [[2.0]]
    """
    _check_widths(table, len(means))
    return [[(x - m) / d for x, m, d in zip(row, means, deviations, strict=True)] for row in table]


def standardise(train: Table, *others: Table) -> tuple[list[list[float]], ...]:
    """Shifts and scales every column to mean 0 and standard deviation 1, by the numbers of `train` alone, in all the tables.

    train, others   tables of numbers: lists of rows, arrays, data frames

    Gives them as lists. A column that does not vary is only shifted, and one with a NaN is NaN. ValueError for no rows, and for
    rows of another width.

    >>> standardise([[1.0], [3.0]], [[2.0]])
    ([[-1.0], [1.0]], [[0.0]])
    """
    tables = [as_lists(unframed(table)) for table in (train, *others)]
    numbers = means_and_deviations(tables[0])
    return tuple(scaled(table, *numbers) for table in tables)


def _check_widths(table: list[list[float]], width: int) -> None:
    for i, row in enumerate(table):
        if len(row) != width:
            raise ValueError(f"rows have {width} columns, and row {i} of a table has {len(row)}")


@overload
def train_test_split(
    rows: list[Row], labels: list[Label], *, test_size: float = 0.2, seed: int = 0
) -> tuple[list[Row], list[Row], list[Label], list[Label]]: ...
@overload
def train_test_split(
    rows: Table, labels: Any, *, test_size: float = 0.2, seed: int = 0
) -> tuple[list[Any], list[Any], list[Any], list[Any]]: ...
def train_test_split(
    rows: Any, labels: Any, *, test_size: float = 0.2, seed: int = 0
) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Shuffles by `seed` and parts rows and labels into (training rows, test rows, training labels, test labels).

    rows, labels    lists or arrays, one label for each row; or a data frame, and a column of one, whose rows are taken in their
                    order, whatever their index is
    test_size       which share of the rows is the test's

    Gives four lists. ValueError for another number of labels than of rows, and where one part would have no row.

    >>> train_test_split([[1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1], test_size=0.25, seed=1)[1:]
    ([[4.0]], [0, 0, 1], [1])
    """
    rows, labels = unframed(rows), unframed(labels)
    if len(rows) != len(labels):
        raise ValueError(f"there are {len(rows)} rows and {len(labels)} labels: give one label for each row")
    train, test = parted(len(rows), test_size, seed)
    return [rows[i] for i in train], [rows[i] for i in test], [labels[i] for i in train], [labels[i] for i in test]


def parted(n: int, test_size: float, seed: int) -> tuple[Sequence[int], Sequence[int]]:
    """The numbers from 0 to n - 1, shuffled by `seed`, in two parts, arrays: to train on, and to test on.

    ValueError where one of them would be empty.

    >>> parted(4, 0.25, seed=1)
    (array('q', [0, 2, 1]), array('q', [3]))
    """
    held_out = round(n * test_size)
    if not 0 < held_out < n:
        raise ValueError(f"test_size={test_size!r} of {n} rows leaves one side empty")
    order = shuffled(random.Random(seed), n)
    return order[held_out:], order[:held_out]
