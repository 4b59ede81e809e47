"""train, predict and show: what `python -m nn` does with built-in sets, CSV files and model files."""

from __future__ import annotations

import argparse
import functools
import math
import os
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from autograd.files import check_writable
from autograd.pictures.dot import NO_DOT, find_dot
from autograd.pictures.figures import matplotlib_needed
from autograd.texts import visible

from ..data import DATA_SETS
from ..layers import Layer
from ..module import Module
from ..nested import flat, mean_of, shape
from ..seeing.drawing import draw_network
from ..storage import load, load_metadata, write_whole
from ..training.outputs import outputs_of
from .names import listed, nearest, quoted
from .problems import Problem, Schema, built_in, from_table
from .runs import CHECKPOINT, MODEL, TABLES, Run, Settings, as_csv, draw_model
from .tables import TableError, read_csv

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]

INTERRUPTED = 130
PICTURES = (".svg", ".png")


class CommandError(ValueError):
    """What was asked for cannot be done; the message says why.

    >>> issubclass(CommandError, ValueError)
    True
    """


def note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


# ------------------------------------------------------------------------------------------------ train


def train(options: argparse.Namespace) -> int:
    """Trains a network, and writes the model, its figures and its pictures to a folder. Exit code: 0, or 130 after Ctrl-C."""
    progress = not options.quiet and sys.stderr.isatty()
    say = _teller(options.quiet, progress)
    problem = find_problem(options)
    settings = Settings.of(options, problem)
    try:
        run = Run(settings, *problem.split(settings.options["test_size"], options.seed))
    except ValueError as reason:
        raise CommandError(reason) from None
    earlier = check_output(options, run)
    with alone_in(options.out):
        return carry_out(run, options, earlier, say, progress)


def carry_out(run: Run, options: argparse.Namespace, earlier: bool, say: Callable[[str], Any], progress: bool) -> int:
    """Trains and writes, and tells of it by `say`. The exit code."""
    for line in run.opening():
        say(line)
    if earlier:
        note(f"{options.out} has an earlier run, which this one overwrites: --out names another folder")
    run.learn(options.out, resume=options.resume, say=say, progress=progress, compile=not options.eager)
    if earlier and not run.history.epochs:
        print(f"python -m nn train: {run.history.stopped}; the earlier run is as it was", file=sys.stderr)
        return INTERRUPTED
    for line in run.summary():
        say(line)
    say("\nLook at:" if not run.history.interrupted else "\nWritten all the same:")
    for name, what in run.write(options.out):
        say(f"  {options.out / name!s:{len(str(options.out)) + len(CHECKPOINT) + 1}}  {what}")
    if not find_dot():
        note(f"network.svg was not drawn: {NO_DOT}")
    if run.history.interrupted:
        how = "; to go on, give the same command with --resume" if (options.out / CHECKPOINT).exists() else ""
        print(f"python -m nn train: {run.history.stopped}{how}", file=sys.stderr)
        return INTERRUPTED
    return 0


def _teller(quiet: bool, progress: bool) -> Any:
    """A function that prints a line, above the progress bar where there is one; nothing with `quiet`."""
    if quiet:
        return lambda line: None
    if not progress:
        return functools.partial(print, flush=True)
    from tqdm.auto import tqdm

    return tqdm.write


def find_problem(options: argparse.Namespace) -> Problem:
    """The problem that was asked for: a built-in set, or a column of a CSV file."""
    if options.data in DATA_SETS:
        for name in ("target", "task", "ignore"):
            if getattr(options, name):
                raise CommandError(f"--{name} is for CSV files, and {options.data} is a built-in set")
        return built_in(options.data)
    if not Path(options.data).exists():
        known = nearest(options.data, list(DATA_SETS))
        raise CommandError(f"there is no file {quoted(options.data)}, and no built-in set of that name: {known}")
    table = read_csv(options.data)
    if options.target is None:
        raise CommandError(f"say with --target which column is to be predicted: {options.data} has {listed(table.columns)}")
    return from_table(table, options.target, options.task, options.ignore or ())


def check_output(options: argparse.Namespace, run: Run) -> bool:
    """Makes the folder. What would make writing to it fail is found here, before hours are spent on a training.

    Gives whether an earlier run is in it, which is going to be overwritten: its checkpoint by that of the first epoch.
    """
    with matplotlib_needed():
        import matplotlib  # noqa: F401

    data = os.path.realpath(options.data)
    if any(os.path.realpath(options.out / name) == data for name in TABLES):
        raise CommandError(f"{options.data} would be overwritten by what is written to {options.out}: choose another --out")
    if options.resume and not (options.out / CHECKPOINT).exists():
        raise CommandError(f"there is no {options.out / CHECKPOINT} to go on from: train without --resume first")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in run.names():
        check_writable(options.out / name)
    return not options.resume and any((options.out / name).exists() for name in (MODEL, CHECKPOINT))


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """For the time of a training: what two write side by side is neither's. CommandError while another one is at it.

    The system forgets of it when the process ends, however it ends. Where there are no such locks, nothing is looked for.
    """
    if fcntl is None:
        yield
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # of some file systems
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(f"another training writes to {folder} right now: --out names another folder") from None
        yield
    finally:
        os.close(number)


# ------------------------------------------------------------------------------------------------ predict


def predict(options: argparse.Namespace) -> int:
    """Writes the predictions of a network for the rows of a CSV file."""
    check_model_path(options.model)
    model = load(options.model)
    schema = Schema.read(options.model, load_metadata(options.model), model)
    if options.probabilities and schema.classes is None:
        raise CommandError(f"{options.model} predicts a number, {quoted(schema.target)}, and numbers have no --probabilities")
    for file in (options.model, options.data):
        if options.out and options.out.exists() and options.out.samefile(file):
            raise CommandError(f"--out would overwrite {file}: choose another name")
    table = read_csv(options.data)
    missing = [name for name in schema.inputs if name not in table.columns]
    if missing:
        raise TableError(
            options.data,
            f"{len(missing)} of the {len(schema.inputs)} columns that the model takes {'is' if len(missing) == 1 else 'are'} "
            f"missing: {listed(missing)}; the file has {listed(table.columns)}",
        )
    extra = [name for name in table.columns if name not in schema.inputs]
    if extra:
        note(f"{options.data}: the model takes no notice of {listed(extra)}")
    outputs = outputs_of(model, schema.rows(table.rows(schema.inputs)))
    records = [[answer] for answer in schema.answers(outputs)]
    header = [schema.target]
    if options.probabilities:
        header += [f"probability of {name}" for name in schema.classes or ()]
        records = [record + row for record, row in zip(records, schema.probabilities(outputs), strict=True)]
    text = as_csv([header, *records])
    if options.out is None:
        sys.stdout.write(text)
    else:
        write_whole(options.out, text.encode())
    return 0


def check_model_path(path: Path) -> None:
    if path.is_dir():
        inside = f": give the file in it, {path / MODEL}" if (path / MODEL).exists() else ""
        raise CommandError(f"{path} is a folder{inside}")


# ------------------------------------------------------------------------------------------------ show


def show(options: argparse.Namespace) -> int:
    """Prints what is in a model file."""
    check_model_path(options.model)
    if options.out is not None and options.out.suffix not in PICTURES:
        raise CommandError(f"--out is the name of a picture, ending in {' or '.join(PICTURES)}, and this is {options.out}")
    model, metadata = load(options.model), load_metadata(options.model)
    schema = Schema.read(options.model, metadata, model) if "task" in metadata else None
    for line in described(model, schema, metadata):
        print(line)
    if options.out is not None:
        try:
            picture = draw_model(model, schema) if schema else draw_network(model)
        except (TypeError, ValueError) as reason:
            raise CommandError(reason) from None
        if not find_dot():
            raise CommandError(NO_DOT)
        write_whole(options.out, picture.pipe(format=options.out.suffix[1:]))
        print(f"\nThe drawing is in {options.out}")
    return 0


def described(model: Module, schema: Schema | None, metadata: dict[str, Any]) -> Iterable[str]:
    """What a model file says, in lines of text."""
    yield from _tree(model)
    yield f"\n{'weights':28}{'shape':>8}{'mean':>11}{'deviation':>11}{'least':>11}{'most':>11}"
    for name, array in model.state_dict().items():
        yield _statistics(name, array)
    if schema is None:
        return
    yield f"\ntrained on {visible(schema.source)} to {schema.kind} {quoted(schema.target)}"
    yield from _outline(metadata.get("training"))
    if schema.classes:
        yield "\nclasses: " + ", ".join(map(visible, schema.classes))
    yield f"\n{'inputs':44}{'mean':>12}{'deviation':>12}"
    for name, mean, deviation in zip(schema.inputs, schema.means, schema.deviations, strict=True):
        yield f"{visible(name):44}{mean:12.5g}{deviation:12.5g}"
    if not schema.classes:
        yield f"\n{'output':44}\n{visible(schema.target):44}{schema.shift:12.5g}{schema.scale:12.5g}"


def _tree(model: Module) -> Iterable[str]:
    """A line for each module, with the number of its parameters. The neurons of a layer count as part of the layer."""
    above: dict[str, int] = {}
    layers: list[str] = []
    for name, module in model.named_modules():
        if any(name.startswith(layer + ".") for layer in layers):
            continue
        depth = 1 + max((above[outer] for outer in above if name.startswith(outer)), default=-1)
        above[f"{name}." if name else ""] = depth
        if isinstance(module, Layer):
            layers.append(name)
        what = repr(module) if "\n" not in repr(module) else type(module).__name__
        yield f"{'  ' * depth + (f'{name}: ' if name else '') + what:60} {len(module.parameters()):>8,} parameters"


def _statistics(name: str, array: Any) -> str:
    numbers = flat(array)
    mean = mean_of(numbers)
    deviation = math.hypot(*[x - mean for x in numbers]) / math.sqrt(len(numbers))
    size = "x".join(map(str, shape(array) or (1,)))
    figures = "".join(f"{x:11.4f}" if abs(x) < 1e4 else f"{x:11.2e}" for x in (mean, deviation, min(numbers), max(numbers)))
    return f"{name:28}{size:>8}{figures}"


def _outline(thing: Any, depth: int = 1) -> Iterable[str]:
    """The contents of a dict in lines: one line for each value, a dict of plain values included."""
    for key, value in thing.items() if isinstance(thing, dict) else ():
        name = "  " * depth + visible(key)
        if isinstance(value, dict) and any(isinstance(part, dict) for part in value.values()):
            yield f"{name}:"
            yield from _outline(value, depth + 1)
            continue
        parts = (f"{visible(part)} {_figure(x)}" for part, x in value.items()) if isinstance(value, dict) else [_figure(value)]
        yield from textwrap.wrap(f"{name}: {', '.join(parts)}", 79, subsequent_indent="  " * (depth + 1))


def _figure(x: Any) -> str:
    return f"{x:.4g}" if isinstance(x, float) else visible(str(x), 200)
