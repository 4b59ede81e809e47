"""python -m nn: the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from .demo import run


def at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m nn", description="Small neural networks on scalar Values.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo", help="learn handwritten digits and write pictures of it",
        description="Trains a 64-32-10 perceptron on scikit-learn's handwritten digits and writes the loss curve, the "
        "confusion matrix and the graph of one trained neuron.",
    )  # fmt: skip
    demo.add_argument("--out", type=Path, default=Path("demo"), help="folder for the pictures (default: %(default)s)")
    demo.add_argument("--epochs", type=at_least_one, default=20, help="passes over the images (default: %(default)s)")
    demo.add_argument("--seed", type=int, default=0, help="of the split, the weights and the order (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        run(options.out, epochs=options.epochs, seed=options.seed)
    except (ImportError, OSError) as problem:
        parser.exit(2, f"python -m nn demo: {problem}\n")
    except KeyboardInterrupt:
        parser.exit(130, "\nstopped\n")


if __name__ == "__main__":
    main()
