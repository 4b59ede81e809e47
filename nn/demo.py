"""The demo: a multilayer perceptron learns real handwritten digits by backpropagation on a graph of scalar Values."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import autograd
from autograd import Value, dot, draw, no_grad

from .data import load_digits, train_test_split
from .layers import MLP
from .losses import cross_entropy
from .optim import SGD

HIDDEN = 32
CLASSES = 10
BATCH = 32
MOMENTUM = 0.9
FIRST_RATE, LAST_RATE = 0.1, 0.01


def predict(model: MLP, rows: list[list[float]]) -> list[int]:
    """The most likely class of every row."""
    with no_grad():
        scores = [[logit.data for logit in model(row)] for row in rows]
    return [row.index(max(row)) for row in scores]


def accuracy(predicted: list[int], labels: list[int]) -> float:
    return sum(p == y for p, y in zip(predicted, labels, strict=True)) / len(labels)


def train(
    model: MLP, rows: list[list[float]], labels: list[int], test_rows: list[list[float]], test_labels: list[int], *,
    epochs: int, seed: int, progress: bool = True,
) -> dict[str, list[float]]:  # fmt: skip
    """Mini-batch gradient descent with momentum, the rate falling geometrically; prints a line per epoch.

    Returns the history: the mean training loss and the test accuracy of every epoch.
    """
    from tqdm import tqdm

    optimizer = SGD(model.parameters(), lr=FIRST_RATE, momentum=MOMENTUM)
    shuffle = random.Random(seed).shuffle
    order = list(range(len(rows)))
    history: dict[str, list[float]] = {"loss": [], "test_accuracy": []}
    for epoch in range(epochs):
        optimizer.lr = FIRST_RATE * (LAST_RATE / FIRST_RATE) ** (epoch / max(1, epochs - 1))
        shuffle(order)
        total = 0.0
        title = f"epoch {epoch + 1:2}/{epochs}"
        for start in tqdm(range(0, len(order), BATCH), desc=title, unit="batch", leave=False, disable=not progress):
            batch = order[start : start + BATCH]
            loss = cross_entropy([model(rows[i]) for i in batch], [labels[i] for i in batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.data * len(batch)
        history["loss"].append(total / len(order))
        history["test_accuracy"].append(accuracy(predict(model, test_rows), test_labels))
        print(f"{title}  loss {history['loss'][-1]:.4f}  test accuracy {history['test_accuracy'][-1]:.2%}")
    return history


def plot_history(history: dict[str, list[float]], file: Path) -> None:
    """The loss and the test accuracy over the epochs, as a PNG."""
    figure, loss_axes = _new_figure(7.0, 4.2)
    epochs = range(1, len(history["loss"]) + 1)
    loss_axes.plot(epochs, history["loss"], color="#2b6cb0", linewidth=2)
    loss_axes.set_yscale("log")
    loss_axes.yaxis.set_major_formatter("{x:g}")
    loss_axes.xaxis.get_major_locator().set_params(integer=True)
    loss_axes.set_xlabel("epoch")
    loss_axes.set_ylabel("training loss (cross-entropy)", color="#2b6cb0")
    loss_axes.grid(True, which="major", color="#e2e8f0")
    accuracy_axes = loss_axes.twinx()
    accuracy_axes.plot(epochs, [100 * a for a in history["test_accuracy"]], color="#c05621", linewidth=2)
    accuracy_axes.set_ylabel("accuracy on held-out images (%)", color="#c05621")
    loss_axes.set_title(f"Learning digits: {history['test_accuracy'][-1]:.1%} of the held-out images read right")
    figure.savefig(file)


def plot_confusion(predicted: list[int], labels: list[int], file: Path) -> None:
    """How often each digit was read as which, as a PNG."""
    counts = [[0] * CLASSES for _ in range(CLASSES)]
    for p, y in zip(predicted, labels, strict=True):
        counts[y][p] += 1
    figure, axes = _new_figure(6.0, 5.6)
    axes.imshow(counts, cmap="Blues")
    darkest = max(map(max, counts))
    for y, row in enumerate(counts):
        for p, count in enumerate(row):
            if count:
                axes.text(p, y, str(count), ha="center", va="center", color="white" if count > darkest / 2 else "#1f2933")
    axes.set_xticks(range(CLASSES))
    axes.set_yticks(range(CLASSES))
    axes.set_xlabel("read as")
    axes.set_ylabel("digit")
    wrong = sum(p != y for p, y in zip(predicted, labels, strict=True))
    axes.set_title(f"{len(labels) - wrong} of {len(labels)} held-out images read right")
    figure.savefig(file)


def _new_figure(width: float, height: float) -> tuple[Any, Any]:
    # Not pyplot, which would choose a backend for the whole program.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def trained_neuron(model: MLP, row: list[float]) -> Value:
    """The output neuron of the class the network sees in `row`, to draw: its score, on the hidden neurons that are active.

    The inactive ones give 0, and so add nothing to the score.
    """
    with no_grad():
        hidden = [Value(h.data, label=f"h{i}") for i, h in enumerate(model.layers[0](row))]
        scores = [logit.data for logit in model(row)]
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


def run(out: Path, *, epochs: int = 20, seed: int = 0, progress: bool = True) -> float:
    """Trains, prints, and writes loss.png, confusion.png and neuron.svg to `out`. Returns the final held-out accuracy."""
    how = "compiled" if autograd.build == "compiled" else "pure Python: no compiled extension here, so this is slow"
    rows, labels = load_digits()
    train_rows, test_rows, train_labels, test_labels = train_test_split(rows, labels, test_size=0.2, seed=seed)
    model = MLP(64, [HIDDEN, CLASSES], activation="relu", rng=seed)
    print(f"{model}, {len(model.parameters()):,} parameters; the engine is {how}")
    print(f"{len(train_rows):,} images to learn from, {len(test_rows)} held out")
    start = time.perf_counter()
    history = train(model, train_rows, train_labels, test_rows, test_labels, epochs=epochs, seed=seed, progress=progress)
    seconds = time.perf_counter() - start
    predicted = predict(model, test_rows)
    final = accuracy(predicted, test_labels)
    out.mkdir(parents=True, exist_ok=True)
    plot_history(history, out / "loss.png")
    plot_confusion(predicted, test_labels, out / "confusion.png")
    (out / "neuron.svg").write_bytes(draw(trained_neuron(model, test_rows[0])).pipe(format="svg"))
    print(f"\n{final:.2%} of the held-out images read right, after {seconds:.1f} s of training. Look at:")
    for name, what in [
        ("loss.png", "the loss and the accuracy, epoch by epoch"),
        ("confusion.png", "which digits were read as which"),
        ("neuron.svg", "one trained neuron as a graph of Values"),
    ]:
        print(f"  {out / name}  {what}")
    return final
