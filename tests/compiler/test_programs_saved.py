"""Programs come back from their files to the bit, and run without their source."""

import os
import pickle
import re
import struct
import subprocess
import sys
from collections.abc import Callable
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
from autograd.compiler.instructions import Instruction
from autograd.compiler.ops import INPUT
from autograd.compiler.passes import optimised
from autograd.compiler.program import Program
from autograd.files import StorageError

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
    fast = autograd.compile(lambda x: autograd.scan(lambda s, _: (s * 0.5 + 1.0, None), x, 1000)[0])
    fast(1.0)
    fast.programs[0].save(tmp_path / "loop.jsonl")
    for file in ("p.jsonl", "loop.jsonl"):
        text = re.sub(', "origin": .*?]', "", (tmp_path / file).read_text()).replace("lambda", "step")
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
