"""Which of many recordings holds at a point: what their branches ask is computed once for all of them, and not run one by one.

Recordings of one function share much of what they ask. An answer that one of them does not have rules it out, and with it every
other that has not. What is left is run, and its own guards decide: nothing here can make a result wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .instructions import Instruction, Listing
from .ops import INPUT, RELATIONS
from .passes import key_of_constant
from .running import runner_of


class Question(NamedTuple):
    """A comparison that recordings have guards of.

    relation        "<", "<=", "==" or "!="
    left, right     the registers compared
    """

    relation: str
    left: int
    right: int


class Crossroads:
    """The questions of recordings that take the same inputs.

    recordings  in the order in which they were made
    runner      computes what the questions compare, two numbers for each
    """

    def __init__(self, recordings: Sequence[Any]) -> None:
        self.recordings = tuple(recordings)
        self._instructions: list[Instruction] = []
        self._known: dict[Any, int] = {}  # what computes a register, and its number
        questions: dict[Question, int] = {}
        self._answers: list[dict[int, bool]] = []  # of each recording, by the numbers of its questions
        for recorded in self.recordings:
            place = self._written(recorded.program)
            answers: dict[int, bool] = {}
            for guard in recorded.program.guards:
                left, right = place[guard.left], place[guard.right]
                if left is not None and right is not None:
                    question = Question(guard.relation, left, right)
                    answers[questions.setdefault(question, len(questions))] = guard.outcome
            self._answers.append(answers)
        self._compare = [RELATIONS[question.relation] for question in questions]
        self._left_by = [
            tuple([self._set_of([answers.get(q, answer) == answer for answers in self._answers]) for answer in (False, True)])
            for q in range(len(questions))
        ]
        inputs = self.recordings[0].program.inputs
        compared = tuple([k for question in questions for k in (question.left, question.right)])
        self.runner = runner_of(Listing(self._instructions, inputs, compared), [False] * inputs)

    @staticmethod
    def _set_of(members: Sequence[bool]) -> int:
        """A set of numbers of recordings, as the bits of a whole number."""
        return sum(1 << k for k, inside in enumerate(members) if inside)

    def _written(self, program: Listing) -> list[int | None]:
        """For each register of a program where it is computed here; None for what could be another number in each run, as a
        primitive of one's own may give, and for loops."""
        place: list[int | None] = []
        for i, (op, operands, number, *_) in enumerate(program.instructions):
            at = [place[k] for k in operands]
            if None in at or op.kind in ("primitive", "loop", "part", "block"):
                place.append(None)
                continue
            key = (op, i) if op is INPUT else (op, tuple(at), key_of_constant(number))
            if key not in self._known:
                self._known[key] = len(self._instructions)
                self._instructions.append(Instruction(op, tuple([k for k in at if k is not None]), number))
            place.append(self._known[key])
        return place

    def at_point(self, pieces: Sequence[Any]) -> Iterator[Any]:
        """The recordings that may hold at a point: none that the answers there rule out."""
        return self.possible(self.runner.at_point(pieces)[0])

    def possible(self, numbers: Sequence[float]) -> Iterator[Any]:
        """The same, given what the questions compare there, which `runner` computes."""
        left = (1 << len(self.recordings)) - 1
        while left:
            first = left & -left
            k = first.bit_length() - 1
            for q in self._answers[k]:
                left &= self._left_by[q][bool(self._compare[q](numbers[2 * q], numbers[2 * q + 1]))]
                if not left & first:
                    break
            else:
                yield self.recordings[k]
                left &= ~first
