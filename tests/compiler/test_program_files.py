"""Program files: what is saved comes back to the bit and runs without its source; anything else is refused, with the line."""

import json
import math
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import random_programs
from hypothesis import example, given, settings
from hypothesis import strategies as st
from processes import environment
from random_programs import programs
from rows import bits
from written_programs import constant, instruction, made_up, program

import autograd
import nn
from autograd.compiler import program_files
from autograd.compiler.instructions import Guard, Instruction, verify
from autograd.compiler.ops import INPUT
from autograd.compiler.passes import optimised
from autograd.compiler.program import Program
from autograd.engine.primitives import PRIMITIVES
from autograd.files import StorageError, shortened

X = Instruction(INPUT, ())


def listing(p: Program) -> list[Any]:
    """All there is in a program, with the bits of its numbers."""
    instructions = [i._replace(number=struct.pack("d", i.number)) for i in p.instructions]  # type: ignore[arg-type]
    return [instructions, p.inputs, p.outputs, p.guards]


def again(p: Program, folder: Path) -> Program:
    p.save(folder / "p.jsonl")
    return Program.load(folder / "p.jsonl")


# ------------------------------------------------------------------------------------------------ there and back

notes = st.tuples(st.text(max_size=5), st.none() | st.tuples(st.text(max_size=5), st.integers(0, 10**6)))


@settings(max_examples=200)
@given(p=made_up(), data=st.data())
def test_made_up_programs_come_back_to_the_bit(
    p: Program, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any ops, numbers, labels and guards."""
    folder = tmp_path_factory.mktemp("programs")
    told = [data.draw(notes) for _ in p.instructions[:4]]
    for i, (label, origin) in enumerate(told):
        p.instructions[i] = p.instructions[i]._replace(label=label, origin=origin)
    loaded = again(p, folder)
    assert listing(loaded) == listing(p) and str(loaded) == str(p)
    before = (folder / "p.jsonl").read_bytes()
    loaded.save(folder / "p.jsonl")
    assert (folder / "p.jsonl").read_bytes() == before


@settings(max_examples=60)
@given(made=programs())
def test_recorded_programs_come_back_and_compute_the_same(
    made: random_programs.Program, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Of random functions over the whole table of primitives, with their derivatives."""
    leaves = [autograd.Value(x) for x in made.inputs]
    out = made.run(autograd, leaves)[-1]
    p = optimised(Program.from_graph([out, *autograd.gradients(out, leaves)], leaves))
    loaded = again(p, tmp_path_factory.mktemp("programs"))
    assert listing(loaded) == listing(p)
    assert [*map(bits, loaded.run(made.inputs))] == [*map(bits, p.run(made.inputs))]


def float_of(pattern: int) -> float:
    (number,) = struct.unpack("<d", pattern.to_bytes(8, "little"))
    return float(number)


@given(patterns=st.lists(st.integers(0, 2**64 - 1), max_size=50))
@example(patterns=[0x8000000000000000, 1, 0x000FFFFFFFFFFFFF, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF0000000000000])
@example(patterns=[0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001, 0xFFFFFFFFFFFFFFFF])
def test_every_double_comes_back_to_the_bit(patterns: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """-0.0, subnormals, infinities, and NaN with its sign and its payload."""
    numbers = [float_of(pattern) for pattern in patterns]
    p = Program([constant(x) for x in numbers], 0, ())
    found = again(p, tmp_path_factory.mktemp("programs")).instructions
    assert [struct.pack("d", i.number) for i in found] == [struct.pack("d", x) for x in numbers]


def branching(x: Any, p: Any) -> Any:
    y = autograd.softmax([x, p[0], 1.0])[1] + (x * 3).floor() * p[1] + autograd.where(x < p[0], x.erf(), x)
    return y * 2 if y > 0.25 else y.abs()


def test_it_runs_in_a_process_that_never_saw_the_source(tmp_path: Path) -> None:
    fast = autograd.compile(autograd.hessian(branching, argnums=1))
    fast(0.7, [0.5, 0.25])
    (p,) = fast.programs
    p.save(tmp_path / "p.jsonl")
    code = "from autograd.compiler.program import Program; print(Program.load('p.jsonl').outcome([0.7, 0.5, 0.25]))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, env=environment(autograd), cwd=tmp_path
    )
    assert done.stdout.strip() == repr(p.outcome([0.7, 0.5, 0.25]))


def test_a_loaded_program_runs_over_rows(tmp_path: Path) -> None:
    fast = autograd.compile(autograd.value_and_grad(branching), in_axes=(0, None))
    xs = [0.1, 0.7, 0.9]
    values, slopes = fast(xs, [0.5, 0.25])
    (p,) = fast.programs
    assert again(p, tmp_path).over_rows([xs, 0.5, 0.25]).tolist() == [values.tolist(), slopes.tolist()]
    with pytest.raises(ValueError, match="row 1 takes another branch"):
        p.over_rows([[0.1, -9.0], 0.5, 0.25])
    with pytest.raises(ValueError, match="takes 3 inputs, and was given 2"):
        p.over_rows([xs, 0.5])
    for columns in ([xs, [0.5], 0.25], [0.1, 0.5, 0.25], [[], 0.5, 0.25], [[xs], 0.5, 0.25]):
        with pytest.raises(ValueError, match="columns of one length"):
            p.over_rows(columns)


def test_names_lines_and_guards_are_kept(tmp_path: Path) -> None:
    fast = autograd.compile(autograd.value_and_grad(branching))
    fast(0.7, [0.5, 0.25])
    (p,) = fast.programs
    loaded = again(p, tmp_path)
    assert str(loaded) == str(p) and p.guards and loaded == p
    assert {guard.origin[0] for guard in loaded.guards} == {__file__}  # type: ignore[index]
    assert [i.label for i in loaded.instructions[:3]] == ["x", "p[0]", "p[1]"]
    assert pickle.loads(pickle.dumps(loaded)) == p


def test_the_file_is_as_documented(tmp_path: Path) -> None:
    x, y = autograd.Value(2.0, label="x"), autograd.Value(3.0, label="y")
    Program.from_graph([x * y + 1.0], [x, y]).save(tmp_path / "p.jsonl")
    text = (tmp_path / "p.jsonl").read_text()
    assert text and all(f"    {line}\n" in (program_files.__doc__ or "") for line in text.splitlines())


def test_a_program_of_a_hundred_thousand_instructions(tmp_path: Path) -> None:
    p = Program([X, *(instruction("sin", (i,), 0.0, "", ("f.py", 3)) for i in range(100_000))], 1, (100_000,))
    loaded = again(p, tmp_path)
    assert loaded == p
    assert loaded.instructions[1].origin[0] is loaded.instructions[9].origin[0]  # type: ignore[index]


# ------------------------------------------------------------------------------------------------ primitives of one's own


def test_a_primitive_of_ones_own_must_be_there(tmp_path: Path) -> None:
    triple = autograd.primitive("triple of test_program_files", lambda x: 3 * x, lambda x, out: 3.0)
    fast = autograd.compile(autograd.value_and_grad(lambda x: triple(x) ** 2))
    fast(2.0)
    fast.programs[0].save(tmp_path / "p.jsonl")
    assert Program.load(tmp_path / "p.jsonl").run([2.0]) == [36.0, 36.0]
    code = f"from autograd.compiler.program import Program; Program.load({str(tmp_path / 'p.jsonl')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(autograd), check=False)
    assert "p.jsonl: line 3: there is no primitive named 'triple of test_program_files' here: define it by" in done.stderr


# ------------------------------------------------------------------------------------------------ files that are refused

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


WRONG: dict[str, tuple[int, dict[str, Any], str]] = {
    "another format": (
        1,
        {"format": "scalar-autograd model"},
        "its format is 'scalar-autograd model', not",
    ),
    "no format": (1, {"format": None}, "its format is None"),
    "a later version": (1, {"version": 2}, "it has version 2 of the format, and this package reads version 1"),
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
}


@pytest.mark.parametrize("name", WRONG)
def test_each_thing_that_can_be_wrong_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    number, change, message = WRONG[name]
    changed = dict(GOOD[number - 1]) | change
    if change.get("op") == "input":
        del changed["operands"]
    rows = len(PRIMITIVES)
    assert refused(tmp_path / "p", lines(*GOOD[: number - 1], changed, *GOOD[number:])).startswith(message)
    assert len(PRIMITIVES) == rows, "what is refused leaves nothing behind"


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


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    whole = lines(*GOOD)
    for length in range(len(whole) - 1):  # its last byte ends the last line, and nothing is lost with it
        assert refused(tmp_path / "p", whole[:length])
    (tmp_path / "p").write_bytes(whole[:-1])
    assert len(Program.load(tmp_path / "p")) == 6


@settings(max_examples=600)
@given(data=st.data())
def test_a_file_with_some_bytes_changed_is_refused_or_well_made(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    contents = bytearray(lines(*GOOD))
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
    p.outcome([1.5] * p.inputs)


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


def test_without_assertions_nothing_gets_past(tmp_path: Path) -> None:
    """python -O leaves out the assertions of the verifier: the lines are checked all the same."""
    names = [name for name, (number, *_) in WRONG.items()]
    for i, name in enumerate(names):
        number, change, _ = WRONG[name]
        changed = dict(GOOD[number - 1]) | change
        if change.get("op") == "input":
            del changed["operands"]
        (tmp_path / f"{i}").write_bytes(lines(*GOOD[: number - 1], changed, *GOOD[number:]))
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


# ------------------------------------------------------------------------------------------------ writing


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    p = program(X, instruction("exp", (0,)))
    p.save(tmp_path / "p")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        program(X, instruction("sin", (0,))).save(tmp_path / "p")
    assert Program.load(tmp_path / "p") == p and [file.name for file in tmp_path.iterdir()] == ["p"]


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_files, "LONGEST_LINE", 200)
    many = program(X, instruction("fsum", (0,) * 40))
    assert again(many, tmp_path) == many
    with pytest.raises(ValueError, match="has less than 200 bytes, and an instruction takes more"):
        program(X, instruction("fsum", (0,) * 60)).save(tmp_path / "too long")
    assert not (tmp_path / "too long").exists()


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Program.load(tmp_path / "none")
    with pytest.raises(OSError, match="directory"):
        Program.load(tmp_path)
    with pytest.raises(OSError, match="none"):
        program(X).save(tmp_path / "none" / "p")


def test_paths_may_be_text(tmp_path: Path) -> None:
    program(X).save(str(tmp_path / "p"))
    assert Program.load(str(tmp_path / "p")) == program(X)


def test_errors_are_those_of_model_files() -> None:
    assert StorageError is nn.StorageError and issubclass(StorageError, ValueError)


FLATS: list[tuple[str, Callable[..., Any]]] = [
    ("floor", lambda x: x.floor()),
    ("round", round),
    ("round", lambda x: round(x, 1)),
    ("//", lambda x: x // 0.3),
    ("sign", autograd.sign),
    ("rint", autograd.rint),
    ("trunc", autograd.trunc),
    ("ceil", autograd.ceil),
]


@pytest.mark.parametrize(("name", "f"), FLATS)
def test_what_is_flat_comes_back(name: str, f: Callable[..., Any], tmp_path: Path) -> None:
    fast = autograd.compile(lambda x: x * f(x))
    fast(2.25)
    p = fast.programs[0]
    assert f"flat {name}" in p.counts and again(p, tmp_path) == p
