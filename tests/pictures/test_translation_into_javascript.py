"""tools/javascript_rules.py: the Python it translates, and what it says of any other."""

import ast
import importlib.util
import itertools
import math
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
from builds import ROOT
from page_in_node import in_node


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path])
        patch.setenv("SCALAR_AUTOGRAD_PURE", "0")  # what the tool sets is for itself alone
        spec = importlib.util.spec_from_file_location("javascript_rules", ROOT / "tools" / "javascript_rules.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


def expression(rng: random.Random, depth: int) -> str:
    """Arithmetic with every operator, in parentheses where chance puts them: Python's precedence is to be kept."""
    if depth == 0:
        return rng.choice(["x", "y", "2.0", "0.5", "-1.0", "1e-3"])
    a, b, c = (expression(rng, depth - 1) for _ in range(3))
    return rng.choice(
        [
            *(f"{a} {sign} {b}" for sign in "+-*/"),
            *(f"({a}) {sign} ({b})" for sign in "+-*/"),
            f"-({a})",
            f"-{a} * {b}",
            f"abs({a})",
            f"({a} if {b} < {c} else {b})",
            f"({b} if -1.0 <= {a} < {c} and {a} != {b} or not {c} == {a} else {c})",
        ]
    )


def test_expressions_keep_their_meaning(tool: ModuleType, tmp_path: Path) -> None:
    rng = random.Random(8)
    texts = [expression(rng, depth) for depth in (1, 2, 3) for _ in range(100)]
    points = [[rng.uniform(-2.0, 2.0), rng.uniform(-2.0, 2.0)] for _ in range(5)]
    translator = tool.Translator()
    functions = [tool.Function(translator, "", ast.parse(f"def f(x, y):\n return {text}").body[0]).text for text in texts]
    script = "return given[0].map(text => given[1].map(xs => String(new Function(text + ';return f')()(...xs))))"
    for text, answers in zip(texts, in_node(tmp_path, script, [functions, points]), strict=True):
        for (x, y), answer in zip(points, answers, strict=True):
            try:
                want = eval(text, {"x": x, "y": y})
            except ZeroDivisionError:
                continue
            assert float(answer) == want or math.isnan(want), (text, x, y)


STATEMENTS = '''
def f(x, y):
    """What is left out."""
    total = 0.0
    if x > y:
        first: cython.double = x
        total += first
    else:
        first = y
    a = b = first
    for i in range(3):
        if i == 1:
            total = total + i * a
    for i in reversed(range(len(PARTS))):
        total -= i + 2.0
    c, d = [a, b]
    xs = [c, d, *[x] * 2]
    for i, z in enumerate(xs[1:]):
        if i == 2:
            break
        total = total + z
    if is_constant(x) and is_constant(y):
        return total + xs[-1] + sum([2.0 * z for z in xs]) + xs.index(c)
    return for_values_only(x)
'''


def test_statements_keep_their_meaning(tool: ModuleType, tmp_path: Path) -> None:
    source = STATEMENTS.replace("PARTS", "[x, y, x]")
    text = tool.Function(tool.Translator(), "", ast.parse(source).body[0]).text
    python: dict[str, object] = {"is_constant": lambda x: True}
    exec(source.replace(": cython.double", ""), python)
    points = [[x, y] for x, y in itertools.product([1.0, 2.0, -3.5], repeat=2)]
    got = in_node(
        tmp_path, "'use strict'; return given[1].map(xs => new Function(given[0] + ';return f')()(...xs))", [text, points]
    )
    assert got == [python["f"](*xs) for xs in points]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("while x > 0.0: x -= 1.0", "rules.py:2: no translation into JavaScript for while x > 0.0"),
        ("return x % 2.0", "rules.py:2: no translation into JavaScript for x % 2.0"),
        ("return [z for z in x if z]", "rules.py:2: no translation"),
        ("return spread(x)", "the rules call spread(), of which tools/javascript_rules.py knows nothing"),
    ],
)
def test_what_it_does_not_translate_it_names(tool: ModuleType, line: str, said: str) -> None:
    with pytest.raises(SystemExit, match=said.replace("(", r"\(").replace(")", r"\)")):
        tool.Function(tool.Translator(), "rules.py", ast.parse(f"def f(x):\n    {line}").body[0])
