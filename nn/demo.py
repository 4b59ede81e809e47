"""The demo: a multilayer perceptron learns real handwritten digits by backpropagation on a graph of scalar Values."""

from __future__ import annotations

import random
import time
from pathlib import Path

import autograd
from autograd import Value, dot, draw, no_grad

from .data import load_digits, train_test_split
from .layers import MLP
from .losses import cross_entropy
from .optim import SGD
from .plots import plot_confusion, plot_history

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


def draw_results(history: dict[str, list[float]], predicted: list[int], labels: list[int], out: Path) -> None:
    """Writes loss.png and confusion.png."""
    plot_history(
        history,
        out / "loss.png",
        title=f"Learning digits: {history['test_accuracy'][-1]:.1%} of the held-out images read right",
        loss_label="training loss (cross-entropy)",
        accuracy_label="accuracy on held-out images (%)",
    )
    right = sum(p == y for p, y in zip(predicted, labels, strict=True))
    plot_confusion(
        labels,
        predicted,
        out / "confusion.png",
        classes=CLASSES,
        title=f"{right} of {len(labels)} held-out images read right",
        true_label="digit",
        predicted_label="read as",
    )


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
    draw_results(history, predicted, test_labels, out)
    (out / "neuron.svg").write_bytes(draw(trained_neuron(model, test_rows[0])).pipe(format="svg"))
    print(f"\n{final:.2%} of the held-out images read right, after {seconds:.1f} s of training. Look at:")
    for name, what in [
        ("loss.png", "the loss and the accuracy, epoch by epoch"),
        ("confusion.png", "which digits were read as which"),
        ("neuron.svg", "one trained neuron as a graph of Values"),
    ]:
        print(f"  {out / name}  {what}")
    return final
