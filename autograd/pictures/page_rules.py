"""The rules that a page needs, out of `page/rules.js`, which has those of all primitives."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parent / "page"
"""The folder of what pages are made of."""

ENTRY = re.compile(r"\{arity: (\d), value: ([\w.]+), slopes: (.+)\}")

SLOPE = re.compile(r"slope (.+) \d+", re.DOTALL)


@functools.cache
def parts_of_rules() -> tuple[dict[str, str], dict[str, str]]:
    """What `rules.js` defines, by name, and the entries of its table, by operation; each as the text there."""
    text = (PAGE / "rules.js").read_text(encoding="utf-8")
    definitions = re.findall(
        r"^((?:function|const) (\w+)\b.*?)(?=^(?:function|const|return|//) )", text, re.DOTALL | re.MULTILINE
    )
    table = re.findall(r'^  "(.+?)": (.+),$', text, re.MULTILINE)
    return {name: part for part, name in definitions if name != "RULES"}, dict(table)


def rule_called(op: str) -> str:
    """The operation whose entry in RULES has the rule of another: "tanh" that of "slope tanh 0"."""
    slope = SLOPE.fullmatch(op)
    return slope[1] if slope else op


def has_rule(op: str) -> bool:
    """Whether a page has the rule of an operation: of every one but primitives of your own.

    >>> has_rule("slope tanh 0"), has_rule("select <"), has_rule("softsign")
    (True, True, False)
    """
    return rule_called(op) in parts_of_rules()[1]


class Entry(NamedTuple):
    """What RULES says of an operation: how many operands it has, 0 for a list; and the names of its value and its slopes."""

    arity: int
    value: str
    slopes: list[str]


def entry_of(op: str) -> Entry:
    """
    >>> entry_of("slope tanh 0")
    Entry(arity=1, value='Math.tanh', slopes=['tanh_slope'])
    """
    found = ENTRY.fullmatch(parts_of_rules()[1][rule_called(op)])
    assert found, op
    return Entry(int(found[1]), found[2], re.findall(r"\w+", found[3]))


def definitions_for(texts: Iterable[str]) -> str:
    """The definitions that some JavaScript needs, and those that these need in turn.

    >>> print(definitions_for(["relu_slope(x, out)"]), end="")
    const relu_slope = (x, out) => x > 0 ? 1 : (x <= 0 ? 0 : NaN);
    """
    definitions, _ = parts_of_rules()
    needed: set[str] = set()
    todo = list(texts)
    while todo:
        new = (definitions.keys() & re.findall(r"\w+", re.sub("//.*", "", todo.pop()))) - needed
        needed |= new
        todo += [definitions[name] for name in new]
    return "".join(part for name, part in definitions.items() if name in needed)


def rules_for(ops: Iterable[str]) -> str:
    """`rules.js` with the rules of some operations alone: those of names that no page has a rule for are left out.

    >>> print(rules_for(["add"]))
    const RULES = (() => {
    "use strict";
    const add = (x, y) => x + y;
    const plus_one = (x, y, out) => 1;
    return {
      "add": {arity: 2, value: add, slopes: [plus_one, plus_one]},
    };
    })();
    """
    _, table = parts_of_rules()
    names = dict.fromkeys(rule_called(op) for op in ops if has_rule(op))
    entries = [f'  "{name}": {table[name]},\n' for name in names]
    return f'const RULES = (() => {{\n"use strict";\n{definitions_for(entries)}return {{\n{"".join(entries)}}};\n}})();'
