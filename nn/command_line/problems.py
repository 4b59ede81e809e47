"""The problem a network is to learn, a built-in set or a CSV file, and the schema that it needs for other rows later."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Self

from autograd import no_grad, softmax

from .. import data
from ..arguments import positive, real
from ..losses import cross_entropy, decisions
from ..module import Module
from ..nested import numbers_of
from ..storage import StorageError
from ..training.outputs import outputs_of
from .names import listed, quoted
from .tables import DECIMAL_POINT, Table, TableError, decimal_comma, is_number, number

KINDS = ("classify", "regress")
MOST_CLASSES = 20
FEWEST_TO_PART = 10


@dataclass(frozen=True)
class Problem:
    """Rows and targets with their names.

    source          where they come from: the name of a built-in set or of a file
    inputs, target  the names of the columns
    classes         the names of the classes, of which `targets` are the numbers; None where `targets` are numbers to predict
    remark          whether the target was taken as classes or as a number, if that was a guess, and why

    >>> learnt, held_out = built_in("iris").split(0.2, seed=0)
    >>> len(learnt.rows), len(held_out.rows), learnt.classes
    (120, 30, ['setosa', 'versicolor', 'virginica'])
    """

    source: str
    inputs: list[str]
    target: str
    classes: list[str] | None
    rows: list[list[float]]
    targets: list[Any]
    remark: str = ""

    def split(self, test_size: float, seed: int) -> tuple[Self, Self | None]:
        """(the part to learn from, the part held out or, for a test_size of 0, None). ValueError where one would be empty."""
        if test_size == 0.0:
            return self, None
        if len(self.rows) < FEWEST_TO_PART:
            raise ValueError(
                f"{self.source} has {len(self.rows)} rows, too few to hold some out: take {FEWEST_TO_PART} or more, or learn "
                "from all of them with --test-size 0"
            )
        rows, held_rows, targets, held_targets = data.train_test_split(self.rows, self.targets, test_size=test_size, seed=seed)
        learnt = dataclasses.replace(self, rows=rows, targets=targets)
        return learnt, dataclasses.replace(self, rows=held_rows, targets=held_targets)


# ------------------------------------------------------------------------------------------------ built-in sets


def built_in(name: str) -> Problem:
    """A built-in set. ImportError, saying what to install, for a real one without scikit-learn.

    >>> built_in("xor").rows
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    known = data.DATA_SETS[name]
    rows, targets = known.load()
    inputs, classes = data.names(name) if known.real else ([f"x{i + 1}" for i in range(len(rows[0]))], [])
    if isinstance(targets[0], list):  # each a row with 1.0 in the place of its class
        targets = [target.index(1.0) for target in targets]
    if not classes and all(isinstance(target, int) for target in targets):
        classes = [str(c) for c in range(max(targets) + 1)]
    return Problem(name, inputs, known.target, classes or None, rows, list(targets))


# ------------------------------------------------------------------------------------------------ tables


def from_table(table: Table, target: str, kind: str | None = None, ignore: Sequence[str] = ()) -> Problem:
    """The other columns of a table as inputs for one of them.

    kind            "classify" or "regress"; by default texts, or few different whole numbers, are taken as classes
    ignore          columns that are no inputs

    TableError for names that are no columns, fields that are empty or no numbers, and a target that leaves nothing to learn.

    >>> flowers = Table("flowers.csv", ["petal", "species"], [["1.4", "setosa"], ["5.1", "virginica"]] * 3, list(range(2, 8)))
    >>> problem = from_table(flowers, "species")
    >>> problem.classes, problem.targets[:2], problem.remark
    (['setosa', 'virginica'], [0, 1], "'species' is taken as 2 classes, since it holds texts")
    """
    texts, inputs = table.filled(target), _inputs(table, target, ignore)
    rows = table.rows(inputs)
    guessed, why = guess(texts)
    chosen = kind or guessed
    if chosen == "regress":
        targets: list[Any] = table.numbers(target)
        classes = None
        what = "a number"
    else:
        classes, targets = _classes(table, target, texts)
        what = f"{len(classes)} classes"
        why += "; say --task regress for a number" * all(map(is_number, texts))
    if len(set(targets)) < 2:
        raise TableError(table.path, f"column {quoted(target)} is always {quoted(texts[0])}: there is nothing to learn")
    remark = f"{quoted(target)} is taken as {what}, since it holds {why}" if kind is None else ""
    return Problem(table.path.name, inputs, target, classes, rows, targets, remark)


def guess(texts: Sequence[str]) -> tuple[str, str]:
    """Whether the texts of a column are taken as classes ("classify") or as numbers ("regress"), and why.

    >>> guess(["1", "2", "1", "2"])
    ('classify', 'whole numbers, and few different ones')
    >>> guess(["1.5", "2", "1", "3"])
    ('regress', 'numbers')
    """
    numbers = [x for x in map(number, texts) if x is not None]
    few = len(set(texts)) <= min(MOST_CLASSES, len(texts) // 2)
    if len(numbers) == len(texts):
        if few and all(x.is_integer() for x in numbers):
            return "classify", "whole numbers, and few different ones"
        return "regress", "numbers"
    if few or 2 * len(numbers) < len(texts):
        return "classify", "texts"
    return "regress", "numbers for the most part"


def _inputs(table: Table, target: str, ignore: Sequence[str]) -> list[str]:
    """The columns to learn from, none of which may hold texts."""
    for column in ignore:
        table.texts(column)
        if column == target:
            raise TableError(table.path, f"{quoted(target)} is the target, and cannot be left out")
    inputs = [column for column in table.columns if column != target and column not in ignore]
    if not inputs:
        raise TableError(table.path, f"there are no columns to learn {quoted(target)} from")
    words = table.text_columns(inputs)
    if words:
        example = next(filter(None, table.texts(words[0])))
        which = f"columns {listed(words)} hold" if len(words) > 1 else f"column {listed(words)} holds"
        raise TableError(
            table.path,
            f"{which} text (as {quoted(example)}), and inputs are numbers{DECIMAL_POINT if decimal_comma(example) else ''}: "
            "leave out with --ignore what tells nothing, and write what does in columns of 0 and 1, as pandas.get_dummies does",
        )
    return inputs


def _classes(table: Table, target: str, texts: list[str]) -> tuple[list[str], list[int]]:
    """The names of the classes, numbers in their order, and the class of every row."""
    if all(map(is_number, texts)):
        texts = [_plainly(float(text)) for text in texts]
        names = sorted(set(texts), key=float)
    else:
        names = sorted(set(texts))
    if len(names) > max(2, len(texts) // 2):
        raise TableError(
            table.path,
            f"column {quoted(target)} has {len(names)} different values in {len(texts)} rows (as {listed(names, 3)}): these "
            "are no classes. Name another target, or say --task regress for numbers",
        )
    place = {name: i for i, name in enumerate(names)}
    return names, [place[text] for text in texts]


def _plainly(x: float) -> str:
    return str(int(x)) if x.is_integer() else repr(x)


# ------------------------------------------------------------------------------------------------ beside the weights


@dataclass(frozen=True)
class Schema:
    """What the numbers that go into a network and come out of it mean. The model file has it, as "task".

    means, deviations   of the inputs, in the rows that were learnt from
    classes             the names of the outputs; None where the one output is a number
    shift, scale        of that number, which is output * scale + shift

    >>> schema = Schema.of(built_in("xor"))
    >>> schema.means, schema.deviations, schema.answers([[2.0, -1.0]])
    ([0.5, 0.5], [0.5, 0.5], ['0'])
    """

    source: str
    target: str
    inputs: list[str]
    means: list[float]
    deviations: list[float]
    classes: list[str] | None
    shift: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, learnt: Problem) -> Self:
        """The schema of a problem: means and deviations are those of its rows, and shift and scale those of its numbers."""
        means, deviations = data.means_and_deviations(learnt.rows)
        schema = cls(learnt.source, learnt.target, learnt.inputs, means, deviations, learnt.classes)
        if learnt.classes is not None:
            return schema
        (shift,), (scale,) = data.means_and_deviations([[target] for target in learnt.targets])
        return dataclasses.replace(schema, shift=shift, scale=scale)

    @property
    def kind(self) -> str:
        return "regress" if self.classes is None else "classify"

    def rows(self, rows: list[list[float]]) -> list[list[float]]:
        """Rows scaled as the network takes them."""
        return data.scaled(rows, self.means, self.deviations)

    def examples(self, problem: Problem) -> tuple[list[list[float]], list[Any]]:
        """Rows and targets scaled as the network takes them."""
        targets = problem.targets
        if self.classes is None:
            targets = [(target - self.shift) / self.scale for target in targets]
        return self.rows(problem.rows), targets

    def answers(self, outputs: list[Any]) -> list[Any]:
        """The predictions that outputs of the network stand for: names of classes, or numbers."""
        if self.classes is None:
            return [output * self.scale + self.shift for output in outputs]
        return [self.classes[c] for c in decisions(cross_entropy, outputs)]

    def probabilities(self, outputs: list[list[float]]) -> list[list[float]]:
        """For each row of outputs, the probability of every class."""
        with no_grad():
            return [numbers_of(softmax(scores)) for scores in outputs]

    @classmethod
    def read(cls, path: str | PathLike[str], metadata: dict[str, Any], model: Module) -> Self:
        """The schema in the metadata of a model file. StorageError if there is none that fits the model."""
        found = metadata.get("task")
        if not isinstance(found, dict):
            raise StorageError(path, "it does not say what its inputs are: predict needs a model that `train` wrote")
        try:
            schema = cls(**found)
            schema._check()
            outputs = outputs_of(model, [[0.0] * len(schema.inputs)])[0]
        except (TypeError, ValueError) as problem:
            raise StorageError(path, f"what it says of its inputs and outputs makes no sense: {problem}") from None
        width, wanted = (len(outputs) if isinstance(outputs, list) else None), schema.classes and len(schema.classes)
        if width != wanted:
            raise StorageError(path, f"the network has {width or 1} outputs, and there are {wanted or 1} names for them")
        return schema

    def _check(self) -> None:
        for name in ("inputs", "classes"):
            texts = getattr(self, name)
            if not (name == "classes" and texts is None) and not _all(str, texts):
                raise ValueError(f"{name} are no texts")
        if not _all(str, [self.source, self.target]):
            raise ValueError("source and target are texts")
        for name in ("means", "deviations"):
            numbers = getattr(self, name)
            if not isinstance(numbers, list) or len(numbers) != len(self.inputs):
                raise ValueError(f"{name} are not one number for each input")
        for x in self.deviations:
            positive(x, "a deviation")
        for x in (*self.means, self.shift, self.scale):
            real(x, "a mean, a shift or a scale", at_least=-math.inf)


def _all(kind: type, things: Any) -> bool:
    return isinstance(things, list) and bool(things) and all(isinstance(thing, kind) for thing in things)
