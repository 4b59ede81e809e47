"""python -m nn: the command line."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from .activations import ACTIVATIONS
from .command_line import commands, demo
from .command_line.problems import KINDS
from .command_line.runs import TEST_SIZE, usual_rate
from .command_line.tables import TableError
from .data import DATA_SETS, DataSet
from .optim import BY_NAME
from .storage import StorageError

ABOUT = """\
Small neural networks on scalar Values, trained by backpropagation.

  python -m nn train iris --out run/      trains a network, and writes it and
                                          pictures of it to the folder run/
  python -m nn show run/model.safetensors
  python -m nn predict run/model.safetensors run/held_out.csv
"""

TRAIN = """\
Trains a multilayer perceptron on a built-in set, or on a CSV file to predict
one of its columns from the others.

  python -m nn train digits --hidden 32 --epochs 20 --out run/
  python -m nn train spirals --hidden 32 32 --activation tanh --out spirals/
  python -m nn train houses.csv --target price --patience 10 --out houses/

A CSV file has the names of its columns in the first line and numbers below;
only the target may hold texts, which are classes then. Whole numbers with few
different values are taken as classes too, unless --task regress is given.

A part of the rows is held out, and tells how good the network is on rows that
it has not learnt from. Inputs (and a number to predict) are shifted and scaled
to mean 0 and deviation 1, by the rows learnt from. The numbers for that are
kept with the network, so that predict takes rows as they are.
"""

SETS = "built-in sets:\n" + "".join(f"  {name:16} {known.what}\n" for name, known in DATA_SETS.items())

WRITTEN = """
what is written:
  model.safetensors       the network and all that predict and show need
  history.json, .csv      loss, accuracy and learning rate of every epoch
  curves.png              the same as a picture
  confusion.png           which classes were taken for which
  boundary.png            of two inputs: the answer anywhere in the plane
  predictions.png         of a number: predicted against true
  network.svg             the network, with its weights as lines
  held_out.csv            the rows held out
  checkpoint.safetensors  from which --resume goes on

Ctrl-C ends the training after the step it is in; all is written then, too, and
the exit code is 130. A file or a column that cannot be used: 2, and nothing is
written. A training that diverges: 1.
"""

PREDICT = """\
Writes, as CSV, what a network answers for every row of a CSV file: the names of
classes, or numbers.

  python -m nn predict run/model.safetensors run/held_out.csv
  python -m nn predict run/model.safetensors new.csv --out answers.csv

The columns the network takes are found by their names, in any order; others
are left aside, which is noted on stderr. Rows are taken as they are: the model
file knows how to scale them. (train writes held_out.csv to try this with.)
"""

SHOW = """\
Prints what is in a model file: the layers, how many parameters they have, how
their weights are spread, what the network was trained on and how good it is,
the classes, and the means and deviations its inputs are scaled by.

  python -m nn show run/model.safetensors
  python -m nn show run/model.safetensors --out network.svg
"""

DEMO = """\
Trains a 64-32-10 perceptron on scikit-learn's handwritten digits and writes the
loss curve, the confusion matrix and the graph of one trained neuron.

  python -m nn demo
"""


EAGER = "record every step as a graph of Values, instead of once, as a program that runs for all (the same, slower)"


def number_from(kind: Callable[[str], Any], accepted: Callable[[Any], bool], wanted: str) -> Callable[[str], Any]:
    """The `type` of an argparse option: it makes a number of a text, or an error that says which number is wanted."""

    def parse(text: str) -> Any:
        with contextlib.suppress(ValueError):
            if accepted(number := kind(text)):
                return number
        raise argparse.ArgumentTypeError(f"{wanted} is wanted, and this is {text!r}")

    return parse


at_least_one = number_from(int, lambda n: n >= 1, "a whole number of at least 1")
whole = number_from(int, lambda n: True, "a whole number")
positive = number_from(float, lambda x: 0.0 < x < math.inf, "a number above 0")
not_negative = number_from(float, lambda x: 0.0 <= x < math.inf, "a number of at least 0")
share = number_from(float, lambda x: 0.0 <= x < 1.0, "a number from 0 up to 1, 1 excluded,")


def make_parser() -> argparse.ArgumentParser:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m nn", description=ABOUT, formatter_class=as_written)
    adding = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(run: Callable[[argparse.Namespace], int], name: str, short: str, description: str, **more: Any) -> Any:
        command = adding.add_parser(name, help=short, description=description, formatter_class=as_written, **more)
        command.set_defaults(run=run)
        return command

    usage = "%(prog)s SET_OR_CSV [--target COLUMN] [options]"
    short = "train a network on a built-in set or a CSV file"
    _add_train_options(add(commands.train, "train", short, TRAIN, epilog=SETS + WRITTEN, usage=usage))
    _add_predict_options(add(commands.predict, "predict", "let a trained network answer for the rows of a CSV file", PREDICT))
    _add_show_options(add(commands.show, "show", "say what is in a model file, and draw it", SHOW))
    _add_demo_options(add(demo.run, "demo", "learn handwritten digits and write pictures of it", DEMO))
    return parser


def _add(group: Any, name: str, metavar: str, kind: Callable[[str], Any], text: str, **more: Any) -> None:
    """Adds an option, or an argument, that has a value."""
    group.add_argument(name, metavar=metavar, type=kind, help=text, **more)


def _add_train_options(train: argparse.ArgumentParser) -> None:
    _add(train, "data", "SET_OR_CSV", str, "a built-in set (they are listed below) or a CSV file")

    csv = train.add_argument_group("for a CSV file")
    _add(csv, "--target", "COLUMN", str, "the column to predict")
    csv.add_argument("--task", choices=KINDS, help="take the target as classes or as a number (default: as it looks)")
    _add(csv, "--ignore", "COLUMN", str, "columns that are no inputs, as the number of a row", nargs="+", action="extend")

    network = train.add_argument_group("the network")
    text = "neurons in each hidden layer, as --hidden 32 16; --hidden alone for none "
    text += f"(default: {' '.join(map(str, DataSet.hidden))}; of a built-in set, what suits it)"
    _add(network, "--hidden", "WIDTH", at_least_one, text, nargs="*")
    activations = sorted(ACTIVATIONS)
    text = f"of the hidden layers: {', '.join(activations)} (default: {DataSet.activation})"
    _add(network, "--activation", "NAME", str, text, choices=activations)
    _add(network, "--dropout", "P", share, "probability to drop the output of a hidden neuron", default=0.0)

    how = train.add_argument_group("the training")
    text = f"passes over the rows (default: {DataSet.epochs}; of a built-in set, what suits it)"
    _add(how, "--epochs", "N", at_least_one, text)
    _add(how, "--batch-size", "N", at_least_one, "rows in a step (default: %(default)s)", default=32)
    text = f"{', '.join(BY_NAME)} (default: %(default)s)"
    _add(how, "--optimizer", "NAME", str, text, choices=list(BY_NAME), default="adam")
    rates = ", ".join(f"{name} {usual_rate(name):g}" for name in BY_NAME)
    _add(how, "--lr", "X", positive, f"learning rate (default: {rates})")
    _add(how, "--l2", "X", not_negative, "adds X times the sum of the squared weights to the loss (default: 0)", default=0.0)
    text = f"share of the rows to hold out (default: {TEST_SIZE}; of a set that is all there is, 0)"
    _add(how, "--test-size", "SHARE", share, text)
    how.add_argument("--eager", action="store_true", help=EAGER)
    text = "stop when the loss held out has not fallen for N epochs, and take the best weights"
    _add(how, "--patience", "N", at_least_one, text)
    _add(how, "--seed", "N", whole, "of the split, the weights and the order of the rows (default: %(default)s)", default=0)

    results = train.add_argument_group("what comes of it")
    _add(results, "--out", "FOLDER", Path, "where to write (default: %(default)s)", default=Path("run"))
    results.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    results.add_argument("--quiet", action="store_true", help="print nothing but what went wrong")


def _add_predict_options(predict: argparse.ArgumentParser) -> None:
    _add(predict, "model", "MODEL", Path, "a model.safetensors that train wrote")
    _add(predict, "data", "FILE.csv", Path, "rows to answer for")
    _add(predict, "--out", "FILE", Path, "where to write (default: to the terminal)")
    predict.add_argument("--probabilities", action="store_true", help="of classes: add how probable each one is")


def _add_show_options(show: argparse.ArgumentParser) -> None:
    _add(show, "model", "MODEL", Path, "a model file")
    _add(show, "--out", "FILE", Path, "draw the network to this file (.svg or .png)")


def _add_demo_options(run_demo: argparse.ArgumentParser) -> None:
    _add(run_demo, "--out", "FOLDER", Path, "where to write (default: %(default)s)", default=Path("demo"))
    _add(run_demo, "--epochs", "N", at_least_one, "passes over the images (default: %(default)s)", default=20)
    _add(run_demo, "--seed", "N", whole, "of the split, the weights and the order (default: %(default)s)", default=0)
    run_demo.add_argument("--eager", action="store_true", help=EAGER)


def main(arguments: list[str] | None = None) -> None:
    """Runs a command. SystemExit: 2 for arguments or files that cannot be used, 1 for a diverged training, 130 for Ctrl-C."""
    parser = make_parser()
    options = parser.parse_args(arguments)

    def stop(code: int, message: object) -> NoReturn:
        parser.exit(code, f"python -m nn {options.command}: {message}\n")

    try:
        code = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the program that our output goes to, as head, has ended: the rest of it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as problem:
        stop(2, f"{problem.filename}: {problem.strerror}" if problem.filename else problem)
    except (commands.CommandError, TableError, StorageError, ImportError) as problem:
        stop(2, problem)
    except ArithmeticError:
        if options.command != "train":
            raise
        stop(1, f"the training diverged: take a smaller learning rate than {options.lr or usual_rate(options.optimizer):g}")
    except KeyboardInterrupt:
        stop(commands.INTERRUPTED, "stopped")
    if code:
        parser.exit(code)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    main()
