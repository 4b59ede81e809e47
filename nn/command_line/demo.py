"""The demo: a multilayer perceptron learns real handwritten digits by backpropagation on a graph of scalar Values.

`runs.py` trains what it is told to; here the same functions of nn stand one after the other, to be read as an example.
"""

from __future__ import annotations

import argparse
import sys
import time

import autograd
from autograd import Value, dot, draw, no_grad
from autograd.files import write_whole

from ..data import load_digits, train_test_split
from ..layers import MLP
from ..losses import cross_entropy, decisions
from ..optim import SGD
from ..plots import plot_confusion, plot_history
from ..schedules import ExponentialLR
from ..seeing.drawn_digits import drawn_digits
from ..seeing.film import Film
from ..training.callbacks import Training
from ..training.fit import fit
from ..training.outputs import outputs_of

HIDDEN = 32
CLASSES = 10
MOMENTUM = 0.9
FIRST_RATE, LAST_RATE = 0.1, 0.01


def trained_neuron(model: MLP, row: list[float]) -> Value:
    """A graph to draw: the score of the class that the network sees in `row`, from the hidden neurons that are active.

    The other hidden neurons give 0, and so add nothing to the score.
    """
    with no_grad():
        hidden = [Value(h.data, label=f"h{i}") for i, h in enumerate(model.layers[0](row))]
        scores = [logit.data for logit in model.layers[-1](hidden)]
    chosen = scores.index(max(scores))
    neuron = model.layers[-1].neurons[chosen]
    active = [i for i, h in enumerate(hidden) if h.data != 0.0]
    for i in active:
        neuron.weights[i].label = f"w{i}"
    assert neuron.bias is not None
    neuron.bias.label = "bias"
    score: Value = dot([neuron.weights[i] for i in active], [hidden[i] for i in active]) + neuron.bias
    score.label = f"score of {chosen}"
    model.zero_grad()
    score.backward()
    return score


def print_epoch(training: Training) -> None:
    from tqdm import tqdm

    loss, accuracy = training.history.last("loss"), training.history.last("val_accuracy")
    tqdm.write(f"epoch {training.epoch:2}/{training.epochs}  loss {loss:.4f}  test accuracy {accuracy:.2%}")


def run(options: argparse.Namespace) -> int:
    """Trains, prints how that goes, and writes three pictures and two pages to a folder. Gives the exit code, 0."""
    out, epochs, seed = options.out, options.epochs, options.seed
    how = "compiled" if autograd.build == "compiled" else "pure Python: no compiled extension here, so this is slow"
    rows, labels = load_digits()
    train_rows, test_rows, train_labels, test_labels = train_test_split(rows, labels, test_size=0.2, seed=seed)
    model = MLP(64, [HIDDEN, CLASSES], activation="relu", rng=seed)
    print(f"{model}, {len(model.parameters()):,} parameters; the engine is {how}")
    print(f"{len(train_rows):,} images to learn from, {len(test_rows)} held out")
    print("the steps run compiled" if not options.eager else "every step is recorded as a graph of Values")
    optimizer = SGD(model.parameters(), lr=FIRST_RATE, momentum=MOMENTUM)
    schedule = ExponentialLR(optimizer, gamma=(LAST_RATE / FIRST_RATE) ** (1 / max(1, epochs - 1)))
    film = Film(title="Learning digits", classes=range(CLASSES))
    out.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    history = fit(
        model,
        train_rows,
        train_labels,
        loss=cross_entropy,
        optimizer=optimizer,
        schedule=schedule,
        epochs=epochs,
        validation=(test_rows, test_labels),
        metrics=["accuracy"],
        callbacks=[print_epoch, film],
        seed=seed,
        progress=sys.stderr.isatty(),
        compile=not options.eager,
    )
    if history.interrupted:
        raise KeyboardInterrupt
    seconds = time.perf_counter() - start
    predicted = decisions(cross_entropy, outputs_of(model, test_rows))
    right = sum(p == y for p, y in zip(predicted, test_labels, strict=True))
    final = right / len(test_labels)
    plot_history(
        {"loss": history["loss"], "accuracy": history["val_accuracy"]},
        out / "loss.png",
        title=f"Learning digits: {final:.1%} of the held-out images read right",
        loss_label="training loss (cross-entropy)",
        accuracy_label="accuracy on held-out images (%)",
    )
    plot_confusion(
        test_labels,
        predicted,
        out / "confusion.png",
        classes=CLASSES,
        true_label="digit",
        predicted_label="read as",
        title=f"{right} of {len(test_labels)} held-out images read right",
    )
    draw(trained_neuron(model, test_rows[0])).save(out / "neuron.svg")
    film.save(out / "training.html")
    write_whole(out / "index.html", drawn_digits(film, test_rows, test_labels, training_page=True).encode())
    print(f"\n{final:.2%} of the held-out images read right, after {seconds:.1f} s of training. Look at:")
    for name, what in [
        ("loss.png", "the loss and the accuracy, epoch by epoch"),
        ("confusion.png", "which digits were read as which"),
        ("neuron.svg", "one trained neuron as a graph of Values"),
        ("training.html", "the training, to travel in: open it in a browser"),
        ("index.html", "draw a digit yourself, and watch it being read: open it in a browser"),
    ]:
        print(f"  {out / name}  {what}")
    return 0
