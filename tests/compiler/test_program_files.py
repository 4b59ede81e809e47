"""Program files that are no programs, damaged, or hostile are refused, with the line."""

import json
import math
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import environment

import autograd
from autograd.compiler import program_files
from autograd.compiler.instructions import Guard, verify
from autograd.compiler.program import Program
from autograd.engine.primitives import PRIMITIVES
from autograd.files import StorageError, shortened

GOOD = [
    {"format": "scalar-autograd program", "version": 1, "instructions": 6, "outputs": 2, "guards": 1},
    {"op": "input", "label": "x"},
    {"op": "constant", "number": 2.5},
    {"op": "mul", "operands": [0, 1], "label": "twice", "origin": ["f.py", 12]},
    {"op": "slope tanh 0", "operands": [0, 2]},
    {"op": "select <", "operands": [0, 1, 2, 3]},
    {"op": "flat floor", "operands": [4]},
    {"output": 5},
    {"output": 2},
    {"guard": "<", "left": 0, "right": 1, "outcome": True},
]

LAYOUT = {
    "handles": 0,
    "states": 1,
    "consts": 1,
    "xs": 0,
    "sources": [],
    "steps": 3,
    "ys": 1,
    "counter": 2.0,
    "backwards": False,
    "idle": None,
    "label": "step",
}
HALF = {**LAYOUT, "handles": 1, "consts": 0, "sources": [[0, True, 0], [0, False, 0]], "ys": 0, "counter": None}
LOOPS = [
    {"format": "scalar-autograd program", "version": 2, "instructions": 5, "outputs": 1, "guards": 0},
    {"op": "input", "label": "x"},
    {"op": "loop", "operands": [0, 0], "layout": LAYOUT, "kept": 1, "instructions": 5, "outputs": 3, "guards": 1},
    {"op": "input"},
    {"op": "input"},
    {"op": "input"},
    {"op": "mul", "operands": [0, 1]},
    {"op": "add", "operands": [3, 2]},
    {"output": 4},
    {"output": 3},
    {"output": 0},
    {"guard": "<", "left": 0, "right": 3, "outcome": True},
    {"op": "loop", "operands": [1, 0], "layout": HALF, "kept": 0, "instructions": 5, "outputs": 1, "guards": 0},
    {"op": "input"},
    {"op": "input"},
    {"op": "input"},
    {"op": "mul", "operands": [0, 1]},
    {"op": "sub", "operands": [3, 2]},
    {"output": 4},
    {"op": "constant", "number": 0.0},
    {"op": "part", "operands": [2, 3]},
    {"output": 4},
]


def refused(path: Path, contents: bytes) -> str:
    path.write_bytes(contents)
    with pytest.raises(StorageError) as caught:
        Program.load(path)
    assert caught.value.path == path and str(caught.value) == f"{path}: {caught.value.reason}"
    return caught.value.reason


def lines(*things: Any) -> bytes:
    return b"".join(json.dumps(thing).encode() + b"\n" for thing in things)


def test_the_good_file_is_good(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(lines(*GOOD))
    p = Program.load(tmp_path / "p")
    verify(p)
    assert len(p) == 6 and p.outputs == (5, 2) and p.guards == (Guard("<", 0, 1, True),)
    assert p.outcome([1.5]) == ([3.0, 3.75], True)


def test_the_good_file_of_loops_is_good(tmp_path: Path) -> None:
    """The first goes s -> s * x + t for t = 2, 3, 4 from s = x on, the second by what that kept and gave."""
    (tmp_path / "p").write_bytes(lines(*LOOPS))
    p = Program.load(tmp_path / "p")
    s = x = 1.5
    total = x
    for t in (2.0, 3.0, 4.0):
        total = total * s - s * x
        s = s * x + t
    assert p.outcome([x]) == ([total], True) and not p.outcome([-1.0])[1]
    assert p.over_rows([[x, 1.25]])[0, 0] == total


WRONG: dict[str, tuple[int, dict[str, Any], str]] = {
    "another format": (
        1,
        {"format": "scalar-autograd model"},
        "its format is 'scalar-autograd model', not",
    ),
    "no format": (1, {"format": None}, "its format is None"),
    "a later version": (1, {"version": 3}, "it has version 3 of the format, and this package reads versions 1 and 2"),
    "a version as text": (1, {"version": "1"}, "it has version '1' of"),
    "a version that is true": (1, {"version": True}, "it has version True of"),
    "half an instruction": (
        1,
        {"instructions": 2.5},
        "line 1: the numbers of instructions, outputs and guards are [2.5",
    ),
    "fewer than none": (1, {"guards": -1}, "line 1: the numbers of"),
    "more instructions": (1, {"instructions": 7}, "line 8: its op is None: an op is text"),
    "fewer instructions": (1, {"instructions": 5}, "line 7: it has no 'output'"),
    "fewer guards": (1, {"guards": 0}, "it goes on after line 9"),
    "more guards": (1, {"guards": 10**15}, "it is cut short: guard 2 of 1,000,000,000,000,000 is missing"),
    "a key of no meaning in the header": (1, {"pickle": "x"}, "line 1: it has 'pickle', which has no meaning there"),
    "a key of no meaning": (4, {"code": "import os"}, "line 4: it has 'code', which has no meaning there"),
    "a number that is no constant": (4, {"number": 2.0}, "line 4: it has 'number'"),
    "an unknown op": (4, {"op": "nonsense"}, "line 4: there is no primitive named 'nonsense' here: define it by"),
    "an op that is no text": (4, {"op": ["mul"]}, "line 4: its op is ['mul']: an op is text"),
    "an op without a name": (4, {"op": ""}, "line 4: there is no primitive named ''"),
    "a derivative of a derivative": (5, {"op": "slope slope tanh 0 0"}, "line 5: there is no op named 'slope slope tanh 0 0'"),
    "a derivative of a choice": (5, {"op": "slope select < 2"}, "line 5: there is no op named"),
    "a derivative in a lookalike": (5, {"op": "slope tanh ٠"}, "line 5: there is no op named"),
    "a derivative in 00": (5, {"op": "slope tanh 00"}, "line 5: there is no op named"),
    "a derivative in no operand": (
        5,
        {"op": "slope tanh 1"},
        "line 5: slope tanh 1 takes the operands of tanh, more than 1",
    ),
    "a derivative of nothing": (5, {"op": "slope nonsense 0"}, "line 5: there is no primitive named 'nonsense'"),
    "a flat part of nothing": (7, {"op": "flat nonsense"}, "line 7: there is no op named 'flat nonsense'"),
    "a flat part of what is not flat": (7, {"op": "flat tanh"}, "line 7: there is no op named 'flat tanh'"),
    "a flat part of a flat part": (7, {"op": "flat flat floor"}, "line 7: there is no op named 'flat flat floor'"),
    "an unknown comparison": (6, {"op": "select >"}, "line 6: there is no primitive named 'select >'"),
    "too few operands": (4, {"operands": [0]}, "line 4: mul takes 2 operands, not 1"),
    "too many": (7, {"operands": [4, 4]}, "line 7: flat floor takes 1 operand, not 2"),
    "too few for a slope": (5, {"operands": [0]}, "line 5: slope tanh 0 takes the operands of tanh, more than 0, and what it"),
    "too many for a slope": (5, {"operands": [0, 0, 0]}, "line 5: tanh takes 1 operand, not 2"),
    "too few for a choice": (6, {"operands": [0, 1, 2]}, "line 6: select < takes 4 operands, not 3"),
    "half a dot": (4, {"op": "dot", "operands": [0, 1, 0]}, "line 4: dot takes two lists of the same length, not 3"),
    "a clip without bounds": (4, {"op": "clip"}, "line 4: clip takes 3 operands, not 2"),
    "the largest of nothing": (4, {"op": "max", "operands": []}, "line 4: max takes at least 1 operand, not 0"),
    "a softmax of what varies": (4, {"op": "softmax", "operands": [1, 0]}, "line 4: the last operand of softmax is a constant"),
    "a softmax of none of them": (4, {"op": "softmax"}, "line 4: the last operand of softmax is a constant"),
    "an operand that comes later": (4, {"operands": [0, 2]}, "line 4: 2 is not the number of a register: 2 come before"),
    "an operand below 0": (4, {"operands": [0, -1]}, "line 4: -1 is not the number of a register"),
    "half an operand": (4, {"operands": [0, 0.5]}, "line 4: 0.5 is not the number"),
    "an operand that is true": (4, {"operands": [0, True]}, "line 4: True is not the number"),
    "operands in text": (4, {"operands": "01"}, "line 4: its operands are '01': they are a list of registers"),
    "operands of an input": (2, {"operands": []}, "line 2: it has 'operands', which has no meaning there"),
    "a number in words": (3, {"number": "two"}, "line 3: 'two' is no number"),
    "a number that is true": (3, {"number": True}, "line 3: True is no number"),
    "JSON's dialect for NaN": (3, {"number": math.nan}, "line 3: nan is no number: what JSON cannot write is"),
    "JSON's dialect for infinity": (3, {"number": -math.inf}, "line 3: -inf is no number"),
    "an integer beyond all floats": (3, {"number": 10**400}, "line 3: 1000000000"),
    "a NaN that is a number": (3, {"number": "nan 3ff0000000000000"}, "line 3: 'nan 3ff0000000000000' is no number"),
    "a NaN of other digits": (3, {"number": "nan 7FF8000000000000"}, "line 3: 'nan 7FF"),
    "a label that is none": (2, {"label": 3}, "line 2: its label is 3: a label is text"),
    "an origin that is none": (4, {"origin": "f.py:12"}, "line 4: its origin is 'f.py:12': that is a file and a line"),
    "an origin without a line": (4, {"origin": ["f.py"]}, "line 4: its origin is ['f.py']"),
    "an origin in line true": (4, {"origin": ["f.py", True]}, "line 4: its origin"),
    "an input after others": (4, {"op": "input"}, "line 4: the inputs come first"),
    "an output that is none": (8, {"output": 6}, "line 8: 6 is not the number of a register: 6 come before, from 0 on"),
    "a guard of nothing": (10, {"left": 6}, "line 10: 6 is not the number"),
    "a guard by another comparison": (10, {"guard": ">"}, "line 10: it compares by '>', and there are <, <=, ==, !="),
    "a guard by a list": (10, {"guard": ["<"]}, "line 10: it compares by ['<']"),
    "a guard from nowhere": (10, {"origin": ["f.py", "12"]}, "line 10: its origin is ['f.py', '12']"),
    "a guard without outcome": (10, {"outcome": 1}, "line 10: its outcome is 1, not true or false"),
    "a loop": (4, {"op": "loop"}, "line 4: it has no 'guards'"),
}
WRONG_LOOPS: dict[str, tuple[int, dict[str, Any], str]] = {
    "of version 1": (1, {"version": 1}, "line 3: there are loops from version 2 of the format on"),
    "without a layout": (3, {"layout": [1]}, "line 3: its layout is [1], and no JSON object"),
    "a layout with more": (3, {"layout": {**LAYOUT, "code": 1}}, "line 3: it has 'code', which has no meaning there"),
    "a layout with less": (3, {"layout": {"states": 1}}, "line 3: it has no 'backwards'"),
    "half a step": (3, {"layout": {**LAYOUT, "steps": 2.5}}, "line 3: steps is 2.5: that is a whole number from 0 on"),
    "no step": (3, {"layout": {**LAYOUT, "steps": 0}}, "line 3: loop 0 times: step has 1 numbers in its state"),
    "steps that are true": (3, {"layout": {**LAYOUT, "steps": True}}, "line 3: steps is True"),
    "too many steps": (3, {"layout": {**LAYOUT, "steps": 2**31}}, "line 3: steps is 2147483648"),
    "a block too large": (3, {"layout": {**LAYOUT, "steps": 2**30}}, "line 3: loop 1,073,741,824 times: step has"),
    "no state": (3, {"layout": {**LAYOUT, "states": 0, "consts": 2}, "kept": 2}, "line 3: loop 3 times: step has 0 numbers in"),
    "keeps less than its state": (13, {"layout": {**HALF, "states": 2}, "operands": [1, 0, 0], "kept": 1}, "line 13: the body"),
    "keeps more than there is": (3, {"kept": 2}, "line 3: the body of loop 3 times: step has 3 inputs and 3 outputs, not 3"),
    "keeps half": (3, {"kept": 0.5}, "line 3: what it keeps of a step is 0.5"),
    "too many operands": (3, {"operands": [0, 0, 0]}, "line 3: loop 3 times: step takes 2 operands, not 3"),
    "a counter in words": (3, {"layout": {**LAYOUT, "counter": "two"}}, "line 3: 'two' is no number"),
    "a label that is none": (3, {"layout": {**LAYOUT, "label": 2}}, "line 3: whether its layout is backwards"),
    "backwards by a number": (3, {"layout": {**LAYOUT, "backwards": 1}}, "line 3: whether its layout is backwards"),
    "idle by what never changes": (3, {"layout": {**LAYOUT, "idle": 1}}, "line 3: input 1 of loop 3 times: step, by which"),
    "idle by nothing": (3, {"layout": {**LAYOUT, "idle": -1}}, "line 3: idle is -1"),
    "sources in text": (13, {"layout": {**HALF, "sources": "01"}}, "line 13: its sources are '01': they are a list"),
    "a source of two": (13, {"layout": {**HALF, "sources": [[0, True]]}}, "line 13: a source is [0, True]"),
    "a source of no handle": (13, {"layout": {**HALF, "sources": [[1, True, 0]] * 2}}, "line 13: loop 3 times: step reads"),
    "of no column": (13, {"layout": {**HALF, "sources": [[0, True, 1]] * 2}}, "line 13: loop 3 times: step reads from"),
    "of no y": (13, {"layout": {**HALF, "sources": [[0, False, 1]] * 2}}, "line 13: loop 3 times: step reads from"),
    "of a loop of other length": (13, {"layout": {**HALF, "steps": 2}}, "line 13: loop 2 times: step reads from"),
    "of a number": (13, {"operands": [0, 0]}, "line 13: loop 3 times: step reads from"),
    "a handle that is a number": (13, {"operands": [0, 0], "layout": {**HALF, "sources": []}}, "line 13: the body of"),
    "a state that is a block": (13, {"operands": [1, 1]}, "r2: loop 3 times: step is of numbers, and a loop gives a block"),
    "a part of a number": (21, {"operands": [0, 3]}, "r4: part is of a loop"),
    "a part by an input": (21, {"operands": [2, 0]}, "r4: part numbers nothing in loop"),
    "a part beyond": (20, {"number": 1.0}, "r4: part numbers nothing in loop"),
    "a block that is added": (21, {"op": "add", "operands": [2, 3]}, "r4: add is of numbers, and a loop gives a block"),
    "a block that comes out": (22, {"output": 2}, "r2 is a block of numbers, and a result is one number"),
    "a block as a guard of a body": (12, {"left": 5}, "line 12: 5 is not the number of a register: 5 come before"),
    "an input in the middle of a body": (8, {"op": "input"}, "line 8: the inputs come first"),
    "more in a body": (3, {"instructions": 6}, "line 9: its op is None"),
    "fewer than none in a body": (3, {"guards": -1}, "line 3: the numbers of instructions, outputs and guards are [5, 3, -1]"),
}
CASES = {name: (GOOD, *case) for name, case in WRONG.items()} | {name: (LOOPS, *case) for name, case in WRONG_LOOPS.items()}


def changed(name: str) -> bytes:
    """The file of a case."""
    good, number, change, _ = CASES[name]
    line = good[number - 1] | change
    if change.get("op") == "input":
        del line["operands"]
    return lines(*good[: number - 1], line, *good[number:])


@pytest.mark.parametrize("name", CASES)
def test_each_thing_that_can_be_wrong_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    rows = len(PRIMITIVES)
    assert refused(tmp_path / "p", changed(name)).startswith(CASES[name][-1])
    assert len(PRIMITIVES) == rows, "what is refused leaves nothing behind"


def test_loops_inside_each_other_are_read_to_some_depth(tmp_path: Path) -> None:
    at = {**LAYOUT, "consts": 0, "ys": 0, "counter": None}

    def inside(depth: int) -> list[Any]:
        if not depth:
            return [{"op": "input"}, {"op": "neg", "operands": [0]}, {"output": 1}]
        counts = {"instructions": 4 if depth > 1 else 2, "outputs": 1, "guards": 0}
        loop = {"op": "loop", "operands": [0], "layout": at, "kept": 0, **counts}
        part = [{"op": "constant", "number": 0.0}, {"op": "part", "operands": [1, 2]}, {"output": 3}]
        return [{"op": "input"}, loop, *inside(depth - 1), *part]

    header = {**LOOPS[0], "instructions": 4}
    (tmp_path / "p").write_bytes(lines(header, *inside(8)))
    assert Program.load(tmp_path / "p").run([2.0]) == [-2.0]
    (tmp_path / "p").write_bytes(lines(header, *inside(50)))
    assert "loop 3 times" in str(Program.load(tmp_path / "p"))
    assert "line 103: more than 50 loops stand inside each other" in refused(tmp_path / "p", lines(header, *inside(51)))


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n", "it is no program: one begins with a JSON object"),
        (b"[]\n", "it is no program"),
        (b"{}\n", "its format is None"),
        (b"{" * 900 + b"\n", "its line 1 is not JSON"),
        (b'{"format"', "line 1: the file is cut short within it"),
        (b'{"a": ' + b"[" * 900 + b"]" * 900, "line 1: it is too long for a line of a program"),
        (
            b'{"format": "scalar-autograd program", "format": "scalar-autograd program"}\n',
            "its line 1 has the key 'format' twice",
        ),
        (lines(*GOOD) + b"\n", "it goes on after line 10, where by its first line it ends"),
        (lines(*GOOD[:3]) + b"\n" + lines(*GOOD[3:]), "its line 4 is not JSON"),
        (lines(*GOOD[:3]) + b"[1]\n" + lines(*GOOD[4:]), "line 4: it is [1], and no JSON object"),
        (lines(*GOOD[:3]) + '{"op": "мul"}\n'.encode(), "line 4: it is not ASCII"),
        (lines(*GOOD[:3]) + b'{"op": "\xff"}\n', "line 4: it is not ASCII"),
        (lines(*GOOD).decode().encode("utf-16"), "it is no program"),
        (lines(*GOOD[:3]) + b'{"op": ' + b"9" * 5000 + b"}\n", "its line 4 is not JSON"),
        (lines(*GOOD[:2]) + b'{"op": "constant", "number": 1e999}\n', "line 3: inf is no number"),
        (lines(*GOOD[:3]) + b'{"op": ' + b"[" * 100_000 + b"}\n", "its line 4 is not JSON: it is nested too deeply"),
    ],
)
def test_what_is_no_program_is_refused(contents: bytes, message: str, tmp_path: Path) -> None:
    assert refused(tmp_path / "p", contents).startswith(message)


def test_every_depth_of_nesting_is_refused(tmp_path: Path) -> None:
    """Around the depth that Python can still parse, it may not be able to show it."""
    for depth in range(800, 1100, 3):
        thing = b"[" * depth + b"]" * depth
        reason = refused(tmp_path / "p", lines(*GOOD[:3]) + b'{"op": ' + thing + b"}\n")
        assert "its op is" in reason or "nested too deeply" in reason


def test_what_cannot_be_shown_is_named() -> None:
    thing: list[Any] = []
    for _ in range(200_000):  # Python 3.11 shows no more than 1,000, later ones several thousand
        thing = [thing]
    assert shortened(thing) == "a list nested deeply"


def test_the_verifier_of_programs_is_asked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def verifier(p: Program) -> None:
        raise AssertionError(f"r{len(p) - 1} is not well made")

    monkeypatch.setattr(program_files, "verify", verifier)
    assert refused(tmp_path / "p", lines(*GOOD)) == "r5 is not well made"


@pytest.mark.parametrize("good", [GOOD, LOOPS], ids=["plain", "loops"])
def test_a_file_cut_short_anywhere_is_refused(good: Any, tmp_path: Path) -> None:
    whole = lines(*good)
    for length in range(len(whole) - 1):  # its last byte ends the last line, and nothing is lost with it
        assert refused(tmp_path / "p", whole[:length])
    (tmp_path / "p").write_bytes(whole[:-1])
    assert len(Program.load(tmp_path / "p")) == good[0]["instructions"]


@settings(max_examples=900)
@given(data=st.data(), good=st.sampled_from([GOOD, LOOPS]))
def test_a_file_with_some_bytes_changed_is_refused_or_well_made(
    data: st.DataObject, good: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    contents = bytearray(lines(*good))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(contents) - 1))
        what = data.draw(st.sampled_from(["change", "insert", "delete", "repeat"]))
        byte = data.draw(st.integers(0, 255) | st.sampled_from(b'0123456789-.[]{},:"e\n'))
        if what == "delete":
            del contents[place]
        elif what == "repeat":
            contents[place:place] = contents[place : place + data.draw(st.integers(1, 60))]
        else:
            contents[place : place + (what == "change")] = bytes([byte])
    path = tmp_path_factory.mktemp("programs") / "p"
    path.write_bytes(contents)
    try:
        p = Program.load(path)
    except StorageError:
        return
    verify(p)
    if p.flops < 10**6:  # more steps are as well made
        p.outcome([1.5] * p.inputs)
        with suppress(ValueError):  # another branch
            p.over_rows([[1.5, 2.0]] * p.inputs)


KEYS = sorted({key for line in GOOD[1:] for key in line})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["input", "slope dot 1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@settings(max_examples=300)
@given(line=st.integers(1, 9), key=st.sampled_from(KEYS), thing=ANYTHING)
def test_any_json_in_any_place_is_refused_or_well_made(
    line: int, key: str, thing: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("programs") / "p"
    path.write_bytes(lines(*GOOD[:line], dict(GOOD[line]) | {key: thing}, *GOOD[line + 1 :]))
    with suppress(StorageError):
        verify(Program.load(path))


@settings(max_examples=300)
@given(
    line=st.sampled_from([k for k, each in enumerate(LOOPS) if "layout" in each]),
    key=st.sampled_from([*LAYOUT]),
    thing=ANYTHING | st.integers(-1, 6),
)
def test_any_json_in_the_layout_of_a_loop_is_refused_or_well_made(
    line: int, key: str, thing: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("programs") / "p"
    loop: Any = LOOPS[line]
    path.write_bytes(lines(*LOOPS[:line], loop | {"layout": loop["layout"] | {key: thing}}, *LOOPS[line + 1 :]))
    with suppress(StorageError):
        p = Program.load(path)
        if p.flops < 10**6 and key != "idle":  # which is a promise
            want, holds = p.outcome([1.5])
            assert p.over_rows([[1.5, 1.5]])[:, 1].tolist() == want if holds else want


def test_without_assertions_nothing_gets_past(tmp_path: Path) -> None:
    """python -O leaves out the assertions of the verifier: the lines are checked all the same."""
    names = [*CASES]
    for i, name in enumerate(names):
        (tmp_path / f"{i}").write_bytes(changed(name))
    code = (
        "import sys; from autograd.compiler.program import Program\n"
        f"for i in range({len(names)}):\n"
        "    try: Program.load(str(i)); print(i)\n"
        "    except ValueError: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-O", "-c", code], capture_output=True, text=True, check=True, env=environment(autograd), cwd=tmp_path
    )
    assert done.stdout == ""


def test_endless_and_huge_files_end_soon(tmp_path: Path) -> None:
    """A line is read as far as one of a program can go; a file of holes takes no room to make, and would fill the memory."""
    with pytest.raises(StorageError, match="it is no regular file, and may never end"):
        Program.load("/dev/zero" if os.path.exists("/dev/zero") else os.devnull)
    with (tmp_path / "p").open("wb") as file:
        file.write(lines(*GOOD[:3])[:-1])
        file.truncate(2**40)
    with pytest.raises(StorageError, match="line 3: it is too long for a line of a program"):
        Program.load(tmp_path / "p")
    with (tmp_path / "p").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(StorageError, match="it is no program"):
        Program.load(tmp_path / "p")


def test_a_file_cannot_fill_the_table_of_primitives(tmp_path: Path) -> None:
    """Only traces add rows for derivatives; and of the ops of a list, only those exist that the file has operands for."""
    before = len(PRIMITIVES)
    header = GOOD[0] | {"instructions": 100_001, "outputs": 0, "guards": 0}
    bad = [{"op": f"slope prod {i}", "operands": [0, 0]} for i in range(100_000)]
    assert refused(tmp_path / "p", lines(header, GOOD[1], *bad)).startswith("line 4: slope prod 1 takes the operands of prod")
    assert len(PRIMITIVES) == before
