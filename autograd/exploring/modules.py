"""Which module of a network made which node, where nobody watched: read off the names of the parameters that it used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from ..engine.value import Value, operands_of, row_of
from .recording import Call

Path = tuple[str, ...]
"""The modules around something, from the outermost: ("layers.0", "layers.0.neurons.3")."""


NETWORK = "network"
"""What is around the outermost modules that are named."""


def module_of(parameter: str) -> Path:
    """The modules that a parameter lies in, by its name.

    >>> module_of("layers.0.neurons.3.weights.1")
    ('layers.0', 'layers.0.neurons.3')
    >>> module_of("x")
    ()
    """
    pieces = re.findall(r"[^.]+(?:\.\d+)*(?=\.|$)", parameter)[:-1]
    return tuple(".".join(pieces[: k + 1]) for k in range(len(pieces)))


def shared_beginning(rows: Sequence[Sequence[str]]) -> list[str]:
    """What all rows begin with.

    >>> shared_beginning([["a", "b", "c"], ["a", "b"]])
    ['a', 'b']
    """
    return [column[0] for column in takewhile(lambda column: len({*column}) == 1, zip(*rows, strict=False))]


def calls_by_parameters(nodes: Sequence[Value], names: Sequence[str]) -> tuple[list[int], list[Call]]:
    """For each node the number of the call it counts as made in, and the calls, as a recording has them.

    A node belongs to the module whose parameters it takes; a function of one such node, as an activation, to the same. What
    follows one another and belongs to one module is one call.
    """
    number = {id(v): i for i, v in enumerate(nodes)}
    calls = [Call(-1, "", None)]
    calls_of = []
    paths: list[Path] = []
    open_: list[tuple[str, int]] = []
    for v, name in zip(nodes, names, strict=True):
        operands = [number[id(o)] for o in operands_of(v) if isinstance(o, Value)]
        if not operands:
            paths.append(module_of(name))
            calls_of.append(0)
            continue
        taken = [paths[i] for i in operands if not nodes[i].op and paths[i]]
        made = row_of(v).arity == 1 and nodes[operands[0]].op
        path = (NETWORK, *shared_beginning(taken)) if taken else paths[operands[0]] if made else ()
        paths.append(path)
        while [module for module, _ in open_] != list(path[: len(open_)]):
            open_.pop()
        for module in path[len(open_) :]:
            calls.append(Call(open_[-1][1] if open_ else 0, module, None))
            open_.append((module, len(calls) - 1))
        calls_of.append(open_[-1][1] if open_ else 0)
    return calls_of, calls
