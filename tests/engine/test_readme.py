"""The engine that is printed in autograd/engine/README.md is the real one: the same values and gradients, to the last bit."""

from pathlib import Path

import pytest
from builds import ROOT
from hypothesis import given
from random_programs import programs
from rows import bits

PAGE = (ROOT / "autograd" / "engine" / "README.md").read_text()
SOURCE = PAGE.split("```python\n")[1].split("```")[0]
PRINTED = {}
exec(compile(SOURCE, str(Path("autograd", "engine", "README.md")), "exec"), PRINTED)


@given(program=programs(names=sorted(PRINTED["RULES"])))
def test_the_printed_engine_is_the_real_one(ag, program):
    real, leaves = program.record(ag)
    printed_leaves = [PRINTED["Value"](x) for x in program.inputs]
    nodes = list(printed_leaves)
    for name, operands in program.steps:
        nodes.append(PRINTED["apply"](name, *[nodes[o] if isinstance(o, int) else o for o in operands]))
    for _ in range(2):  # leaves add up over calls, other nodes do not
        real.backward()
        nodes[-1].backward()
        assert bits(nodes[-1].data) == bits(real.data) and bits(nodes[-1].grad) == bits(real.grad)
        assert [bits(leaf.grad) for leaf in printed_leaves] == [bits(leaf.grad) for leaf in leaves]


def test_operators_of_the_printed_engine(ag):
    def f(x, y):
        return (2 - x) * y / (x + 3) + 1 / (y - -x) * 2

    results = []
    for kind in (ag.Value, PRINTED["Value"]):
        x, y = kind(0.7), kind(-1.9)
        out = f(x, y)
        out.backward()
        results.append([bits(number) for number in (out.data, x.grad, y.grad)])
    assert results[0] == results[1]


def test_the_printed_engine_is_short():
    assert len([line for line in SOURCE.splitlines() if line.strip()]) <= 70


@pytest.mark.parametrize("line", [line for line in PAGE.splitlines() if line.startswith("| `")], ids=lambda line: line[3:20])
def test_files_to_read_are_there(line):
    assert (ROOT / "autograd" / "engine" / line.split("`")[1]).is_file()
