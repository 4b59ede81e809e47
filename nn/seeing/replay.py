"""What a page needs to make the steps of a training again: graphs of the loss of a row, of penalties, of clipping, of
optimisers' updates.

Nothing is written a second time for the page: each is recorded from the functions that `fit` itself calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import Value
from autograd.compiler.trace import Trace
from autograd.engine.modes import enable_grad, tracing
from autograd.pictures.graph_description import described_columns, graph_description

from ..losses import by_rows
from ..module import Dropout, Module
from ..nested import as_lists, each, flat
from ..optim import BY_NAME, Optimizer, clip_scale
from ..penalties import PerExample, l1_penalty, l2_penalty
from ..training.task import Task
from ..watching import Call, watch


class NotReplayableError(Exception):
    """The steps of a training cannot be made again in a page; the text says why."""


def recorded(f: Callable[[], Any], *given: Value) -> tuple[dict[str, Any], Callable[[Iterable[Any]], list[int]]]:
    """The description of the graph of what f() gives, and a function that tells Values' numbers in it (-1 for one it lacks).

    given   leaves that are nodes also where f does not use them

    NotReplayableError for what another row, or other weights, might compute otherwise.
    """
    trace = Trace()
    with enable_grad(), tracing(trace):
        outputs = [y if isinstance(y, Value) else Value(y) for y in flat(f())]
    if trace.guards:
        raise NotReplayableError("the model, its loss or its optimiser branches on numbers")
    columns = described_columns([*outputs, *given])
    description = graph_description(outputs, columns=columns)
    for node in columns.frozen:
        raise NotReplayableError(f"a page has no rule for {columns.nodes[node].op!r}, a primitive of your own")
    number = {id(v): i for i, v in enumerate(columns.nodes)}
    kept = ("ops", "op", "counts", "operands", "constants", "leaves", "outputs")
    return {key: description[key] for key in kept}, lambda values: [number.get(id(v), -1) for v in values]


def replay(task: Task) -> dict[str, Any]:
    """The graphs of all that a step of a training does. NotReplayableError where the steps cannot be made again."""
    if any(isinstance(module, Dropout) for _, module in task.model.named_modules()):
        raise NotReplayableError("its model has dropout, which draws other units at every step")
    if by_rows(task.loss) is None:
        raise NotReplayableError("how its loss comes of the rows is not known: give a loss of nn's, or nn.rowwise(...)")
    return {
        "row": row_of_task(task),
        "penalties": penalties_of(task),
        "clipping": None if task.clip_norm is None else described_clipping(task.clip_norm),
        "optimizers": optimizers_of(task.optimizer),
    }


def row_of_task(task: Task, *, training: bool = True) -> dict[str, Any]:
    """The graph of the loss of one row, with the numbers of its nodes: inputs, targets, parameters, loss, outputs, layers.

    training    whether the model computes as in training
    """
    model: Any = task.model
    inputs, targets = _values(task.examples.rows[0]), _values(task.examples.targets[0])
    parameters = list(task.optimizer.parameters)
    rule = by_rows(task.loss)
    found: dict[str, Any] = {}

    def loss_of_row() -> list[Any]:
        with watch() as found["calls"]:
            prediction = model(inputs)
        outputs = flat(prediction)
        return [*outputs, rule.row(prediction, targets)] if rule else outputs

    mode = model.training
    try:
        model.train(training)
        graph, numbers = recorded(loss_of_row, *flat(inputs), *flat(targets), *parameters)
    finally:
        model.train(mode)
    place = {id(p): i for i, p in enumerate(parameters)}
    return {
        "graph": graph,
        "inputs": numbers(flat(inputs)),
        "targets": numbers(flat(targets)),
        "parameters": numbers(parameters),
        "loss": graph["outputs"].pop() if rule else -1,
        "outputs": graph["outputs"],
        "layers": [_layer(call, numbers, place) for call in found["calls"] if call.complete],
    }


def view_of_row(task: Task) -> dict[str, Any] | None:
    """The graph of a row as the model computes outside of training; None for a model that is no one graph for all rows."""
    try:
        return row_of_task(task, training=False)
    except NotReplayableError:
        return None


def _values(numbers: Any) -> Any:
    """Values in the place of the numbers of a row, which may be nested lists, an array, or one number."""
    return each(lambda x: Value(float(x)), as_lists(numbers))


def _layer(call: Call, numbers: Callable[[Iterable[Any]], list[int]], place: dict[int, int]) -> dict[str, Any]:
    """A layer as it was called: what went in, and for each unit its weights, its bias, its sum and what it gave."""
    units = []
    for neuron, weighted_sum, activation in zip(call.neurons, call.sums, call.activations, strict=True):
        bias = getattr(neuron, "bias", None)
        units.append(
            {
                "weights": [place.get(id(w), -1) for w in neuron.weights],
                "bias": -1 if bias is None else place.get(id(bias), -1),
                "sum": numbers([weighted_sum])[0],
                "gives": numbers([activation])[0],
            }
        )
    return {"inputs": numbers(call.inputs), "activation": call.neurons[0].activation, "units": units}


def penalties_of(task: Task) -> dict[str, Any]:
    """The penalties a fork may have, by name; "own" is the training's, if it has one."""
    model, parameters = task.model, list(task.optimizer.parameters)
    found: dict[str, Any] = {}

    def enter(name: str, penalty: Callable[[], Any], strength: Value | None, per_example: bool = False) -> None:
        graph, numbers = recorded(penalty, *parameters)
        found[name] = {
            "graph": graph,
            "nodes": numbers(parameters),
            "strength": -1 if strength is None else numbers([strength])[0],
            "per_example": per_example,
        }

    own = task.penalty
    if own is not None:
        if isinstance(own, PerExample) and own.count is not len:
            raise NotReplayableError("its penalty counts the rows of a batch by a function of its own")
        enter("own", lambda: own(model), None, isinstance(own, PerExample))
    for name, penalty in (("l2", l2_penalty), ("l1", l1_penalty)):
        strength = Value(1e-3)
        try:
            enter(name, lambda penalty=penalty, strength=strength: penalty(model, strength), strength)  # type: ignore[misc]
        except ValueError:  # no weights that are called so
            continue
    return found


def described_clipping(bound: float) -> dict[str, Any]:
    """What a gradient is multiplied by where its norm has a bound, as a graph; `norm` is a leaf.

    >>> described_clipping(1.0)["graph"]["ops"]
    ['', 'add', 'div', 'minimum']
    """
    norm = Value(1.0)
    graph, numbers = recorded(lambda: clip_scale(norm, bound), norm)
    return {"graph": graph, "norm": numbers([norm])[0]}


def optimizers_of(optimizer: Optimizer) -> dict[str, Any]:
    """The optimisers a fork may have, by name; "own" is the training's."""
    found = {"own": described_optimizer(optimizer) | {"called": type(optimizer).__name__}}
    for name, make in BY_NAME.items():
        found[name] = described_optimizer(make([Value(0.0)])) | {"called": name}
    return found


def described_optimizer(optimizer: Optimizer) -> dict[str, Any]:
    """The update of one parameter as a graph: the parameter and what is kept for it, after a step.

    Settings such as a momentum are constants of the graph; the learning rate and the number of the step are leaves.

    >>> from nn import SGD
    >>> described_optimizer(SGD([Value(0.0)], momentum=0.9))["graph"]["ops"]
    ['', 'mul', 'add', 'sub']
    """
    if optimizer.buffers is None or not optimizer.steps_arrays:
        raise NotReplayableError(f"{type(optimizer).__name__} steps one parameter at a time")
    data, grad, rate, steps = Value(0.5), Value(0.25), Value(optimizer.lr), Value(1.0)
    kept = [Value(1.0) for _ in optimizer.buffers]
    update = optimizer.as_function()

    def step() -> list[Any]:
        try:
            return update(data, grad, rate, steps, *kept)
        except TypeError as problem:
            raise NotReplayableError(
                f"the update of {type(optimizer).__name__} is no arithmetic of Values: {problem}"
            ) from None

    graph, numbers = recorded(step, data, grad, rate, steps, *kept)
    nodes = dict(zip(("data", "grad", "rate", "steps"), numbers([data, grad, rate, steps]), strict=True))
    buffers = numbers(kept)
    return {
        "graph": graph,
        "nodes": nodes | {"buffers": buffers, "each": [nodes["data"], nodes["grad"], *buffers]},
        "buffers": [getattr(optimizer, name)[0] for name in optimizer.buffers],
        "rate": optimizer.lr,
    }


def names_of_parameters(model: Module, parameters: Sequence[Value]) -> list[str]:
    """What the parameters are called in the model.

    >>> from nn import Neuron
    >>> model = Neuron(1, rng=0)
    >>> names_of_parameters(model, model.parameters())
    ['weights.0', 'bias']
    """
    names = {id(p): name for name, p in model.named_parameters()}
    return [names.get(id(p), f"parameter {i}") for i, p in enumerate(parameters)]
