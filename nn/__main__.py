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
from .command_line.runs import ACTIVATION, OPTIMIZERS
from .command_line.tables import TableError
from .data import DATA_SETS
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


def parsed(kind: Callable[[str], Any], right: Callable[[Any], bool], wanted: str) -> Callable[[str], Any]:
    """What argparse calls to make a number of a text, and to say what is wanted where that cannot be."""

    def parse(text: str) -> Any:
        with contextlib.suppress(ValueError):
            if right(value := kind(text)):
                return value
        raise argparse.ArgumentTypeError(f"{wanted} is wanted, and this is {text!r}")

    return parse


at_least_one = parsed(int, lambda n: n >= 1, "a whole number of at least 1")
whole = parsed(int, lambda n: True, "a whole number")
positive = parsed(float, lambda x: 0.0 < x < math.inf, "a number above 0")
not_negative = parsed(float, lambda x: 0.0 <= x < math.inf, "a number of at least 0")
share = parsed(float, lambda x: 0.0 <= x < 1.0, "a number from 0 up to 1, 1 excluded,")


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nn", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    adding = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], about: str, short: str, **more: Any) -> Any:
        command = adding.add_parser(
            name, help=short, description=about, formatter_class=argparse.RawDescriptionHelpFormatter, **more
        )
        command.set_defaults(run=run)
        return command

    train = add("train", commands.train, TRAIN, "train a network on a built-in set or a CSV file", epilog=SETS + WRITTEN,
                usage="%(prog)s SET_OR_CSV [--target COLUMN] [options]")  # fmt: skip
    train.add_argument("data", metavar="SET_OR_CSV", help="a built-in set (they are listed below) or a CSV file")
    csv = train.add_argument_group("for a CSV file")
    csv.add_argument("--target", metavar="COLUMN", help="the column to predict")
    csv.add_argument("--task", choices=KINDS, help="take the target as classes or as a number (default: as it looks)")
    csv.add_argument(
        "--ignore", metavar="COLUMN", nargs="+", action="extend", help="columns that are no inputs, as the number of a row"
    )
    network = train.add_argument_group("the network")
    network.add_argument("--hidden", metavar="WIDTH", type=at_least_one, nargs="*",
                         help="neurons in each hidden layer, as --hidden 32 16; --hidden alone for none (default: 32; of a "
                         "built-in set, what suits it)")  # fmt: skip
    network.add_argument("--activation", metavar="NAME", choices=sorted(ACTIVATIONS),
                         help=f"of the hidden layers: {', '.join(sorted(ACTIVATIONS))} (default: {ACTIVATION})")  # fmt: skip
    network.add_argument(
        "--dropout", metavar="P", type=share, default=0.0, help="probability to drop the output of a hidden neuron"
    )
    how = train.add_argument_group("the training")
    how.add_argument("--epochs", metavar="N", type=at_least_one,
                     help="passes over the rows (default: 100; of a built-in set, what suits it)")  # fmt: skip
    how.add_argument("--batch-size", metavar="N", type=at_least_one, default=32, help="rows in a step (default: %(default)s)")
    rates = ", ".join(f"{name} {rate:g}" for name, (_, rate) in OPTIMIZERS.items())
    how.add_argument("--optimizer", metavar="NAME", choices=list(OPTIMIZERS), default="adam",
                     help=f"{', '.join(OPTIMIZERS)} (default: %(default)s)")  # fmt: skip
    how.add_argument("--lr", metavar="X", type=positive, help=f"learning rate (default: {rates})")
    how.add_argument("--l2", metavar="X", type=not_negative, default=0.0,
                     help="adds X times the sum of the squared weights to the loss (default: 0)")  # fmt: skip
    how.add_argument("--test-size", metavar="SHARE", type=share,
                     help="share of the rows to hold out (default: 0.2; of a set that is all there is, 0)")  # fmt: skip
    how.add_argument("--eager", action="store_true", help=EAGER)
    how.add_argument("--patience", metavar="N", type=at_least_one,
                     help="stop when the loss held out has not fallen for N epochs, and take the best weights")  # fmt: skip
    how.add_argument("--seed", metavar="N", type=whole, default=0,
                     help="of the split, the weights and the order of the rows (default: %(default)s)")  # fmt: skip
    about = train.add_argument_group("what comes of it")
    about.add_argument("--out", metavar="FOLDER", type=Path, default=Path("run"), help="where to write (default: %(default)s)")
    about.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    about.add_argument("--quiet", action="store_true", help="print nothing but what went wrong")

    predict = add("predict", commands.predict, PREDICT, "let a trained network answer for the rows of a CSV file")
    predict.add_argument("model", metavar="MODEL", type=Path, help="a model.safetensors that train wrote")
    predict.add_argument("data", metavar="FILE.csv", type=Path, help="rows to answer for")
    predict.add_argument("--out", metavar="FILE", type=Path, help="where to write (default: to the terminal)")
    predict.add_argument("--probabilities", action="store_true", help="of classes: add how probable each one is")

    show = add("show", commands.show, SHOW, "say what is in a model file, and draw it")
    show.add_argument("model", metavar="MODEL", type=Path, help="a model file")
    show.add_argument("--out", metavar="FILE", type=Path, help="draw the network to this file (.svg or .png)")

    run_demo = add("demo", demo.command, DEMO, "learn handwritten digits and write pictures of it")
    run_demo.add_argument("--out", metavar="FOLDER", type=Path, default=Path("demo"),
                          help="where to write (default: %(default)s)")  # fmt: skip
    run_demo.add_argument("--epochs", metavar="N", type=at_least_one, default=20,
                          help="passes over the images (default: %(default)s)")  # fmt: skip
    run_demo.add_argument("--seed", metavar="N", type=whole, default=0,
                          help="of the split, the weights and the order (default: %(default)s)")  # fmt: skip
    run_demo.add_argument("--eager", action="store_true", help=EAGER)
    return parser


def main(arguments: list[str] | None = None) -> None:
    """Runs a command. SystemExit with 2 for what cannot be used, 1 for a training that failed, 130 after Ctrl-C."""
    parser = make_parser()
    options = parser.parse_args(arguments)

    def stop(code: int, message: object) -> NoReturn:
        parser.exit(code, f"python -m nn {options.command}: {message}\n")

    try:
        code = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read what we print has seen enough; what is left to print goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as problem:
        stop(2, f"{problem.filename}: {problem.strerror}" if problem.filename else problem)
    except (commands.CommandError, TableError, StorageError, ImportError) as problem:
        stop(2, problem)
    except ArithmeticError:
        stop(1, f"the training diverged: take a smaller learning rate than {options.lr or OPTIMIZERS[options.optimizer][1]:g}")
    except KeyboardInterrupt:
        stop(commands.INTERRUPTED, "stopped")
    if code:
        parser.exit(code)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    main()
