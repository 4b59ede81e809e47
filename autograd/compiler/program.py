"""Program: what `compile` records of a function, to be read, drawn, kept in a file and run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..derivatives.trees import Tree, as_array, refuse_more_than_numbers
from ..engine.value import Value
from ..pictures.drawing import notebook_bundle
from ..texts import source_name
from . import program_drawing, program_files
from .from_graph import listing_of
from .instructions import Listing, verify
from .javascript import to_javascript
from .loops import Loop, unrolled
from .ops import CONSTANT, PART, Op
from .passes import optimised
from .running import runner_of
from .slopes import slopes_written_out

if TYPE_CHECKING:
    from ..pictures.rendering import Picture


MOST_OPERANDS = 40
"""How many operands of a loop a listing prints."""


class Program(Listing):
    """The instructions, of which the first `inputs` are inputs, the registers that are outputs, and the guards.

    instructions    each gives one register: (op, operands, number, label, origin), as `Instruction` explains. The label of an
                    input is the name of the argument; origin is the (file, line) it comes from, or None
    inputs          how many of them are inputs
    outputs         the registers that are outputs
    guards          the branches taken: (relation, left, right, outcome, origin), as `Guard` explains

    >>> from autograd import Value
    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> program = Program.from_graph([x * y + 1.0], [x, y])
    >>> print(program)
    r0 = input                    x
    r1 = input                    y
    r2 = mul r0 r1
    r3 = constant 1.0
    r4 = add r2 r3                output 0
    >>> program, program.counts
    (<Program: 5 instructions, 2 flops>, {'input': 2, 'mul': 1, 'constant': 1, 'add': 1})
    >>> program.save("product.jsonl")
    >>> Program.load("product.jsonl").run([3.0, 4.0])
    [13.0]
    """

    _tree: Tree | None = None

    @classmethod
    def of(cls, listing: Listing, tree: Tree | None = None) -> Program:
        """A listing as a program; `tree` is what stands around the outputs in the result of the function it is from."""
        program = cls(listing.instructions, listing.inputs, listing.outputs, listing.guards)
        object.__setattr__(program, "_tree", tree)
        return program

    @classmethod
    def from_graph(cls, outputs: Sequence[Value], inputs: Sequence[Value]) -> Program:
        """What a graph computes: its `outputs`, from the numbers of its `inputs`. All other leaves are constants."""
        return cls.of(listing_of(outputs, inputs))

    def __str__(self) -> str:
        """A listing: numbered instructions, with the label, the output and the line of code that each comes from.

        What a step of a loop does stands below the loop, further in.
        """
        return "\n".join(_lines(self, [f"output {k}" for k in range(len(self.outputs))]))

    def __repr__(self) -> str:
        return f"<Program: {self.summary}>"

    @property
    def summary(self) -> str:
        """What there is of it, in a line: "5 instructions, 2 flops"; the guards too, if there are any."""
        counts = {"instruction": len(self), "flop": self.flops}
        counts |= {"guard": len(self.guards)} if self.guards else {}
        return ", ".join(f"{count:,} {what}{'s' * (count != 1)}" for what, count in counts.items())

    @property
    def counts(self) -> dict[str, int]:
        """How many instructions there are of each op, the most frequent first; inputs and constants too."""
        return dict(Counter(instruction.op for instruction in self.instructions).most_common())

    @property
    def operations(self) -> list[Op]:
        """The operations of its instructions, each once. An `Op` is text, its name, and knows what that means.

        >>> from autograd import Value
        >>> x = Value(2.0)
        >>> [(op, op.kind, op.arity) for op in Program.from_graph([x.tanh() + 1.0], [x]).operations]
        [('input', 'input', 0), ('tanh', 'primitive', 1), ('constant', 'constant', 0), ('add', 'primitive', 2)]
        """
        return list(dict.fromkeys(instruction.op for instruction in self.instructions))

    @property
    def result(self) -> Any:
        """The registers of the outputs as the function's result has them: in its lists, tuples, dicts and arrays.

        Of a program that is from a graph, a file or a pickle it is the list of them: those have no result around.

        >>> from autograd import compile
        >>> f = compile(lambda x: {"twice": 2 * x, "and": [x, x + 1]})
        >>> f(3.0)
        {'twice': 6.0, 'and': [3.0, 4.0]}
        >>> f.programs[0].result
        {'twice': 2, 'and': [0, 4]}
        """
        if self._tree is None:
            return list(self.outputs)
        return self._tree.rebuilt(
            [
                self.outputs[start] if leaf.shape is None else as_array(self.outputs[start:end], leaf.shape).astype(int)
                for leaf, start, end in self._tree.parts
            ]
        )

    def __getstate__(self) -> dict[str, Any]:
        """Without what stands around the results: it may have classes that nobody else can find."""
        return {**self.__dict__, "_tree": None}

    @property
    def flops(self) -> int:
        """How many arithmetic operations a run takes, an elementary function counting as one."""
        return sum(op.flops(len(operands)) for op, operands, *_ in self.instructions)

    def over_rows(self, columns: Sequence[Any]) -> Any:
        """The outputs for many rows at once, an array (outputs, rows), as compiled functions run them.

        columns     for each input a column of numbers, or one number that all rows share

        ValueError for columns of other lengths, for a row that takes another branch than the program was recorded on, and for
        instructions put together by hand that are not well made; RuntimeError for a column resized by a rule of your own.

        >>> from autograd import Value
        >>> x, y = Value(2.0), Value(3.0)
        >>> Program.from_graph([x * y + 1.0], [x, y]).over_rows([[1.0, 2.0], 10.0]).tolist()
        [[11.0, 21.0]]
        """
        import numpy as np

        refuse_more_than_numbers(columns)
        given = [np.asarray(x, dtype=float).view() if np.ndim(x) else float(x) for x in columns]
        try:
            verify(self)  # after the columns, whose code may change it: from here on nothing looks at indices
        except AssertionError as problem:
            raise ValueError(f"this program is not well made: {problem}") from None
        if len(given) != self.inputs:
            raise ValueError(f"this program takes {self.inputs} inputs, and was given {len(given)}")
        tables = [x for x in given if isinstance(x, np.ndarray)]
        shapes = {x.shape for x in tables}
        if len(shapes) != 1 or min(map(len, shapes)) != 1 or (0,) in shapes:
            raise ValueError(
                f"inputs that differ from row to row are columns of one length, and these have the shapes {shapes}"
            )
        ((rows,),) = shapes
        results, holds = np.empty((len(self.outputs), rows)), np.ones(rows, dtype=np.uint8)
        runner = runner_of(self, [np.ndim(x) > 0 for x in given])
        if not runner.over_rows([[x for x in given if not np.ndim(x)]], tables, rows, results, holds):
            holds[:] = 0
        if not holds.all():
            raise ValueError(f"row {int(np.argmin(holds))} takes another branch than the one this program was recorded on")
        return results

    def expanded(self, *, unroll: bool = True) -> Program:
        """The same program with its slopes written out: each as what its rule computes, its branches as selects.

        What is left are primitives, "select <" and its like, and "flat ..." instructions; and the slopes of primitives of your
        own, whose rules are Python. So an executor needs no derivatives. Results are the same to the last bit.

        unroll      whether loops are written out, too, step by step; else they stay loops

        >>> from autograd import Value, compile, grad
        >>> slope = compile(grad(lambda x: x.relu()))
        >>> slope(2.0)
        1.0
        >>> slope.programs[0].counts, slope.programs[0].expanded().counts
        ({'input': 1, 'relu': 1, 'slope relu 0': 1}, {'constant': 3, 'input': 1, 'select <=': 1, 'select <': 1})
        """
        return Program.of(optimised(slopes_written_out(unrolled(self) if unroll else self)), self._tree)

    def to_javascript(self, name: str = "program") -> str:
        """The text of a JavaScript function of this name: it takes an array of the inputs, and gives one of the outputs.

        It is a script as it stands, without modules and `eval`, for pages and for Node; it has of the rules of primitives those
        that it needs; loops are loops there, too. Its results are within a few units in the last place of those here, an
        operation. For inputs by which the program would take another branch it throws a RangeError, which says which.

        ValueError for a program with primitives of your own, whose rules are Python, and for a name that is no identifier, or
        one that the script itself has for something else, as r.

        >>> from autograd import Value
        >>> x = Value(2.0, label="x")
        >>> print(Program.from_graph([x.relu() + 1.0], [x]).to_javascript())
        const program = (() => {
        "use strict";
        const relu = (x) => x <= 0 ? 0 : x;
        const r = new Float64Array(4);
        function part0(inputs) {
          r[0] = inputs[0]; // "x"
          r[1] = relu(r[0]);
          r[2] = 1.0;
          r[3] = r[1] + r[2];
        }
        return function program(inputs) {
          if (inputs.length !== 1) throw new RangeError("program takes 1 number");
          part0(inputs);
          return [r[3]];
        };
        })();
        <BLANKLINE>
        """
        return to_javascript(self, name)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file of text, in the format that `autograd.compiler.program_files` describes.

        The file is complete or not there; equal programs give equal files. ValueError for an instruction of millions of
        operands, OSError where the file cannot be written.
        """
        program_files.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Program:
        """The program in a file, ready to run. It needs nothing of what it was recorded from, but primitives of your own.

        StorageError (a ValueError with `path` and `reason`) for a file that is damaged, no program, made by a later version, or
        uses a primitive that is not defined here. Nothing in a file is ever executed. OSError for a file that cannot be read.
        """
        return cls.of(program_files.load(path))

    def draw(self, *, max_nodes: int = program_drawing.MOST_NODES, theme: str = "light") -> Picture:
        """A picture, as a graphviz.Digraph: inputs green, outputs yellow, guards as diamonds.

        One of more than `max_nodes` instructions or operands has a box for each line of source; for the rest see
        `autograd.compiler.program_drawing.draw`.
        """
        return program_drawing.draw(self, max_nodes=max_nodes, theme=theme)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return notebook_bundle(repr(self), self.draw)


def _lines(listing: Listing, outputs: Sequence[str]) -> Iterator[str]:
    """The lines of a listing, whose outputs are called so."""
    called: dict[int, list[str]] = {}
    for register, name in zip(listing.outputs, outputs, strict=True):
        called.setdefault(register, []).append(name)
    for i, (op, operands, number, label, origin) in enumerate(listing.instructions):
        shown = [repr(number)] if op is CONSTANT else [f"r{k}" for k in operands]
        notes = [*([label] if label else []), *called.get(i, [])]
        if isinstance(op, Loop):
            shown[MOST_OPERANDS:] = ["..."] * (len(shown) > MOST_OPERANDS)
        elif op is PART:
            loop: Any = listing.instructions[operands[0]].op
            notes.append(loop.part_named(int(listing.instructions[operands[1]].number)))
        if origin:
            notes.append(f"{source_name(origin[0])}:{origin[1]}")
        computed = f"r{i} = {op} {' '.join(shown)}"
        yield f"{computed:<28}  {', '.join(notes)}".rstrip()
        if isinstance(op, Loop):
            yield from ("    " + line for line in _lines(op.described_body(), op.named_outputs()))
    for g in listing.guards:
        place = f"{source_name(g.origin[0])}:{g.origin[1]}" if g.origin else ""
        yield f"{f'guard: r{g.left} {g.relation} r{g.right} was {g.outcome}':<28}  {place}".rstrip()
