"""Damaged files of every format, at every door that reads it: the documented error, or a result.

A case:

    door        one of `DOORS`
    of          which of the sound files it was made of
    contents    of the file, each character a byte (latin-1)

The error says the path and the reason, in few words, and nothing has changed; a result is whole: numbers that are finite, of
the kind they are documented to be. Time and memory are bounded by `batches`.
"""

import contextlib
import functools
import io
import json
import math
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import autograd
import nn
import nn.__main__
from autograd import Program
from autograd.files import FileError, StorageError
from nn.command_line.problems import Schema, built_in, from_table
from nn.command_line.runs import CHECKPOINT, Run, Settings
from nn.command_line.tables import TableError, read_csv

from . import damage, listings
from .batches import place
from .common import held

Case = dict[str, Any]

# ------------------------------------------------------------------------------------------------ what is damaged

ROWS, TARGETS = [[0.5, -1.0], [1.5, 2.0], [-0.25, 0.75]], [0.5, -1.0, 2.0]


def _models() -> Iterator[tuple[nn.Module, dict[str, Any] | None]]:
    schema = vars(Schema.of(built_in("xor")))
    outline = {"epochs": 1, "scores": {"a": {"b": 0.5}}}
    yield nn.MLP(2, [2, 2], "tanh", dropout=0.25, rng=0), {"task": schema, "training": outline}
    numbers = {**schema, "classes": None, "shift": 1.5, "scale": 2.0}
    yield nn.MLP(2, [3, 1], ["relu", "linear"], rng=1), {"task": numbers, "training": {}}
    yield nn.Neuron(2, "sigmoid", rng=0), {"a": [1, "x", None]}
    yield nn.Sequential(nn.Layer(2, 2, rng=0), nn.Dropout(0.5, rng=0), autograd.tanh, nn.Layer(2, 1, "linear", rng=1)), None
    yield nn.LSTMCell(2, 1, rng=0), None
    yield nn.RNNCell(2, 1, rng=0), None


STEPPERS: list[Callable[[Any], Any]] = [
    lambda p: nn.Adam(p, lr=0.01),
    lambda p: nn.SGD(p, lr=0.1, momentum=0.9),
    lambda p: nn.RMSprop(p, lr=0.01, momentum=0.5),
    lambda p: nn.Adagrad(p),
    lambda p: nn.AdamW(p),
]
SCHEDULES: list[Callable[[Any], Any]] = [
    lambda o: None,
    lambda o: nn.StepLR(o, 2),
    lambda o: nn.ReduceLROnPlateau(o, patience=1),
    lambda o: nn.SequentialLR(o, [nn.LinearLR(o, 0.1, 2), nn.CosineAnnealingLR(o, 3)], [2]),
    lambda o: nn.ChainedScheduler([nn.ExponentialLR(o, 0.9), nn.StepLR(o, 2)]),
]


def training(kind: int, epochs: int, path: Path, *, resume: bool) -> Any:
    """A small training, of one of the optimisers and schedules; with what it changed."""
    model = nn.MLP(2, [2, 1], ["tanh", "linear"], dropout=0.25, rng=0)
    stepper = STEPPERS[kind](model.parameters())
    schedule = SCHEDULES[kind](stepper)
    stopping = nn.EarlyStopping("loss", patience=3)
    history = nn.fit(
        model,
        ROWS,
        TARGETS,
        optimizer=stepper,
        schedule=schedule,
        epochs=epochs,
        batch_size=2,
        metrics=["r2"],
        callbacks=[stopping] if resume else [stopping, nn.Checkpoint(path)],
        resume=path if resume else None,
        compile=False,
        progress=False,
    )
    return history, model, stepper, schedule, stopping


PLAIN_CSV = [
    "x,y,kind\n1,2,a\n2.5,3,b\n3,1,a\n-1,0,b\n",
    'x1;x2;price\n1;2;10.5\n"3";4;20\n5;6;31\n7;8;40\n\n9;10;50\n',
    "x1\tx2\ty\n0.5\t1\t0\n1.5\t-2\t1\n2.5\t3\t0\n3.5\t1e3\t1\n" * 3,
    '"a ""name""",b,class\n1,2,"x, y"\n3,4,z\n5,6,"x, y"\n7,8,z\n',
]


def steps_in_steps(x: Any) -> Any:
    last, ys = autograd.scan(lambda s, t: autograd.scan(lambda s, t: (s * t, s), s, [t, x[0]]), x[1], [0.5, x[0], 2.0])
    return last + ys[1][0] if last > 0.0 else last


def steps_until(x: Any) -> Any:
    return autograd.while_loop(lambda s: s < 9.0, lambda s: autograd.take([s * x[1], x[0]], 0), x[0], max_steps=9)


@functools.cache
def originals() -> dict[str, list[bytes]]:
    """The sound files of each format, made once."""
    path = place("sound")
    models, checkpoints = [], []
    for model, metadata in _models():
        nn.save(model, path, metadata=metadata)
        models.append(path.read_bytes())
    for kind in range(len(STEPPERS)):
        training(kind, 2, path, resume=False)
        checkpoints.append(path.read_bytes())
    rng = random.Random(0)
    programs = [listings.written(listings.make(rng)["lines"]) for _ in range(20)]
    fast = autograd.compile(autograd.value_and_grad(lambda x: autograd.softmax(x, 1) * x[0].tanh() + autograd.max(x)))
    fast([0.5, 1.5])
    fast.programs[0].save(path)
    programs.append(path.read_bytes())
    for steps in (steps_in_steps, steps_until):  # one loop in another, with what its derivative keeps; and one that may be idle
        looping = autograd.compile(autograd.value_and_grad(steps))
        looping([0.5, 1.5])
        looping.programs[0].save(path)
        programs += [path.read_bytes()] * 4
    run(place("run"), resume=False)
    runs = [(place("run") / CHECKPOINT).read_bytes()]
    path.unlink()
    return {
        "model": models,
        "checkpoint": checkpoints,
        "program": programs,
        "table": [text.encode() for text in PLAIN_CSV],
        "run": runs,
    }


def run(folder: Path, *, resume: bool) -> Any:
    """A training as `python -m nn train` makes it, of two epochs."""
    folder.mkdir(exist_ok=True)
    problem = built_in("xor")
    named = {"hidden": [2], "activation": "tanh", "dropout": 0.0, "batch_size": 2, "optimizer": "adam", "lr": 0.01, "l2": 0.0}
    options = {"data": "xor", **named, "test_size": 0.0, "patience": 2, "seed": 0}
    found = Run(Settings(options, 2), problem, None)
    found.learn(folder, resume=resume, say=lambda line: None, progress=False, compile=False)
    return found


# ------------------------------------------------------------------------------------------------ making

INSIDE = ("architecture", "metadata", "training")
"""What texts of a safetensors file are JSON in themselves."""


def make(rng: random.Random) -> Case:
    (door,) = rng.choices([*DOORS], [OFTEN.get(door, 1) for door in DOORS])
    of = FORMATS[door]
    sound = originals()[of]
    which = rng.randrange(len(sound))
    contents = sound[which]
    if rng.random() < 0.25:
        contents = damage.bitten(contents, rng, sound)
    elif of == "program":
        lines = damage.mutated([json.loads(line) for line in contents.splitlines()][1:], rng)
        lines = lines if isinstance(lines, list) else [lines]
        first = json.loads(contents.splitlines()[0])  # with loops, whose lines count as their own; else one that fits
        first = first if b'"loop"' in contents else listings.header([line for line in lines if isinstance(line, dict)])
        texts = [damage.text_of(line) for line in [damage.mutated(first, rng) if rng.random() < 0.1 else first, *lines]]
        texts = [damage.twice(text, rng) if rng.random() < 0.02 else text for text in texts]
        contents = "".join(text + "\n" for text in texts).encode()
    elif of == "table":
        rows = damage.mutated([line.split(",") for line in contents.decode().splitlines()], rng)
        rows = rows if isinstance(rows, list) else [rows]
        texts = [",".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows]
        contents = "\n".join(texts).encode(errors="replace")
    else:
        tree = damage.apart(contents)
        inside = [(tree["texts"], key) for key in INSIDE if key in tree["texts"]]
        part, key = rng.choice([(tree, "texts"), (tree, "tensors"), *inside * 3])
        part[key] = damage.mutated(part[key], rng)
        contents = damage.together(tree, rng)
    return {"door": door, "of": which, "contents": contents.decode("latin-1")}


# ------------------------------------------------------------------------------------------------ doors


def load(path: Path) -> None:
    model = nn.load(path)
    held(all(math.isfinite(p.data) for p in model.parameters()), "weights that are not finite")
    held(len(repr(model)) > 2 and isinstance(nn.load_metadata(path), dict), "no model")
    with contextlib.suppress(ValueError):  # of another place
        nn.save(model, place("again"), metadata=nn.load_metadata(path))


def load_into(path: Path) -> None:
    model = nn.MLP(2, [2, 2], "tanh", rng=5)
    before = [p.data for p in model.parameters()]
    try:
        nn.load(path, model)
    except StorageError:
        held([p.data for p in model.parameters()] == before, "a model that did not fit was changed")
        raise
    held(all(math.isfinite(p.data) for p in model.parameters()), "weights that are not finite")


def resume(path: Path, kind: int) -> None:
    for epochs in (2, 3):
        with contextlib.suppress(nn.DivergedError), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "no weight moved", RuntimeWarning)  # those of a file may be too large to
            history, model, *_ = training(kind, epochs, path, resume=True)
            held(all(math.isfinite(p.data) for p in model.parameters()), "weights that are not finite")
            held(all(type(x) is float for column in history.values() for x in column), "a history of other things", history)


def resume_run(path: Path) -> None:
    folder = place("resumed")
    folder.mkdir(exist_ok=True)
    (folder / CHECKPOINT).write_bytes(path.read_bytes())
    try:
        with contextlib.suppress(nn.DivergedError):
            run(folder, resume=True)
    except FileError as problem:
        held(problem.path == folder / CHECKPOINT, "another path", problem.path)
        raise type(problem)(path, problem.reason) from None


def load_program(path: Path) -> None:
    program = Program.load(path)
    listings.listed(program, place("listed"))
    rows = [[0.5 * i - 0.75 * k for i in range(program.inputs)] for k in range(3)]
    listings.at_points(program, rows, listings.PURE.Program.load(path))
    listings.registers_over_rows(autograd, program, rows)


def table(path: Path) -> None:
    found = read_csv(path)
    for column in found.columns:
        for kind in (None, "regress", "classify"):
            with contextlib.suppress(TableError):
                problem = from_table(found, column, kind)
                held(all(map(math.isfinite, [x for row in problem.rows for x in row])), "rows that are not finite")
                schema = Schema.of(problem)
                rows, targets = schema.examples(problem)
                held(all(map(math.isfinite, [x for row in rows for x in row])), "scaled rows that are not finite", rows)
                held(problem.classes is not None or all(map(math.isfinite, targets)), "targets that are not finite", targets)


nn.__main__.make_parser = functools.cache(nn.__main__.make_parser)  # which takes longer than most commands on such files


def command(*arguments: object) -> None:
    """`python -m nn ...`. FileError where it ends with 2 and a line; nothing else goes wrong."""
    said, told = io.StringIO(), io.StringIO()
    code: Any = 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
        try:
            nn.__main__.main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code
    lines = [line for line in told.getvalue().splitlines() if not line.startswith("note: ")]
    held(code in (0, 2), "exit code", code, told.getvalue())
    held(len(lines) == (code == 2), "what it says", lines)
    if code:
        reason = lines[0].partition(f"{arguments[-1]}: ")[2]
        held(bool(reason), "it does not say of which file", lines)
        raise FileError(str(arguments[-1]), reason)


def predict(path: Path) -> None:
    model = place("model")
    if not model.exists():
        model.write_bytes(originals()["model"][0])
    (place("rows.csv")).write_text("x1,x2\n0.5,1\n-1,2\n")
    command("predict", model, path)


def predict_by(path: Path) -> None:
    rows = place("rows.csv")
    rows.write_text("x1,x2\n0.5,1\n-1,2\n")
    try:
        command("predict", path, rows)
    except (FileError, AssertionError) as problem:
        if str(path) not in str(problem) and "columns that the model takes" not in str(problem):
            raise
        raise FileError(path, "predict") from None


DOORS: dict[str, Callable[..., None]] = {
    "load": load,
    "load into a model": load_into,
    "show": lambda path: command("show", path),
    "predict by a model": predict_by,
    "predict for rows": predict,
    "resume": resume,
    "resume a run": resume_run,
    "program": load_program,
    "table": table,
}
OFTEN = {"load": 6, "load into a model": 4, "show": 2, "program": 5, "table": 5}
"""The doors that open quickly are tried more often."""

FORMATS = {
    **dict.fromkeys(("load", "load into a model", "show", "predict by a model"), "model"),
    **dict.fromkeys(("predict for rows", "table"), "table"),
    "resume": "checkpoint",
    "resume a run": "run",
    "program": "program",
}


def check(case: Case) -> None:
    path = place("damaged")
    path.write_bytes(case["contents"].encode("latin-1"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            DOORS[case["door"]](path, *[case["of"]] * (case["door"] == "resume"))
        except FileError as problem:
            held(str(problem) == f"{path}: {problem.reason}" and problem.path == path, "words of the error", str(problem))
            held(len(str(problem)) < 3_000 and "\n" not in problem.reason, "long words", str(problem))


# ------------------------------------------------------------------------------------------------ cutting, showing


def smaller(case: Case) -> Iterator[Case]:
    contents = case["contents"].encode("latin-1")
    for other in _smaller(contents):
        if other != contents:
            yield {**case, "contents": other.decode("latin-1")}


def _smaller(contents: bytes) -> Iterator[bytes]:
    try:
        yield from map(damage.together, damage.simpler(damage.apart(contents)))
    except Exception:  # it is no safetensors file, or not any more, or what is in it is nested too deeply to be copied
        yield from damage.shorter(contents)


def shown(case: Case) -> str:
    return f"{case['door']}: {case['contents'][:2000]!r}"
