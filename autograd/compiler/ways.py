"""The recordings of a function for one form of arguments, one for each way through its branches; and how they become fewer.

Two recordings that are the same but for the outcome of one branch are one, without that branch: it made no difference.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..engine.modes import calling_line
from .crossroads import Crossroads
from .instructions import Guard, Listing
from .passes import key_of_constant, optimised
from .program import Program

SEVERAL = 4
"""As many recordings are told apart by a Crossroads; fewer are tried one by one."""

PAYS = 16
"""After so many points at which recordings were tried one by one it pays to make one."""


class Ways(list[Any]):
    """The recordings that are kept, each a `Recorded`.

    used        the number of the last call that asked for them
    made        how many recordings were made, of which some became one
    crossroads  tells the first of them apart, once there are several
    missed      how many points it did not know of since it was made
    """

    used = 0
    made = 0
    crossroads: Crossroads | None = None
    missed = 0

    def full(self, most: int) -> bool:
        """Whether no more is to be recorded: so many are kept, or many times as many were made and became few."""
        return len(self) >= most or self.made >= 8 * most

    def possible(self, given: Any) -> tuple[Iterable[Any], int]:
        """Of the first recordings those that may hold at a point, and how many these first are: those after them are to be
        tried."""
        crossroads = self.crossroads
        covered = 0 if crossroads is None else len(crossroads.recordings)
        if covered < len(self) >= SEVERAL:
            self.missed += 1
            alike = all([*map(id, other.captured)] == [*map(id, self[0].captured)] for other in self)
            if self.missed > PAYS and alike:
                self.crossroads = crossroads = Crossroads(self)
                self.missed, covered = 0, len(crossroads.recordings)
        if crossroads is None:
            return (), 0
        return crossroads.at_point([*given.pieces, crossroads.recordings[0].outside()]), covered

    def take(self, recorded: Any) -> Any:
        """Keeps a recording, and gives it, or the one that it became with others."""
        self.made += 1
        found: Any = recorded
        while found is not None:
            recorded = found
            found = next((both for other in self if (both := self._joined(other, recorded)) is not None), None)
        self.append(recorded)
        return recorded

    def _joined(self, other: Any, recorded: Any) -> Any:
        """Both recordings as one, without the other among those that are kept; None if they are two."""
        same = [*map(id, other.captured)] == [*map(id, recorded.captured)] and other.form == recorded.form
        listing = without_difference(other.program, recorded.program) if same else None
        if listing is None:
            return None
        self.remove(other)
        self.crossroads = None
        return recorded.with_program(Program.of(optimised(listing), recorded.out))


def without_difference(one: Listing, other: Listing) -> Listing | None:
    """The listing of two that are the same but for the outcome of one guard, without it; None if they differ in more."""
    if len(one) != len(other) or len(one.guards) != len(other.guards) or one.outputs != other.outputs:
        return None
    if any(g[:3] != h[:3] for g, h in zip(one.guards, other.guards, strict=True)):
        return None
    same = tuple(g for g, h in zip(one.guards, other.guards, strict=True) if g.outcome == h.outcome)
    if len(same) < len(one.guards) - 1 or any(map(_differ, one.instructions, other.instructions)):
        return None
    return Listing(one.instructions, one.inputs, one.outputs, same)


def _differ(a: Any, b: Any) -> bool:
    return a[:2] != b[:2] or key_of_constant(a.number) != key_of_constant(b.number)


def say_that_branches_are_many(name: str, ways: Ways, strict: bool) -> None:
    """A warning that a function is recorded no more, and where it branches most; `strict`, a RuntimeError."""
    line, parted = busiest_branch([recorded.program for recorded in ways])
    found = f"{name} has been recorded {ways.made} times, for {len(ways)} ways through the branches of the function"
    if line is not None:
        found += f", of which {parted} part from those before at {line[0]}:{line[1]}"
    advice = (
        "choose by where(), maximum() or abs() instead of `if`, take no numbers out of Values, or give a larger max_branches"
    )
    if strict:
        raise RuntimeError(f"{found}, and is recorded no more: {advice}")
    _warn(f"{found}. It is recorded no more; elsewhere it is called itself, which is slow: {advice}")


def say_that_constants_change(name: str, times: int) -> None:
    """A warning that a function was recorded many times because of what it has from outside."""
    _warn(
        f"{name} has been recorded anew {times} times because a number, list or array changed that the function takes from "
        "outside (see its `constants`): give what changes as an argument"
    )


def say_that_programs_do_not_fit(name: str, problem: Exception) -> None:
    """A warning that programs that came in a pickle are not run."""
    _warn(f"the programs that came with {name} are not run, and it is recorded again: {problem}")


def _warn(text: str) -> None:
    file, number = (calling_line() or (__file__, 1))[:2]
    warnings.warn_explicit(text, RuntimeWarning, file, number)


def busiest_branch(programs: Iterable[Listing]) -> tuple[tuple[str, int] | None, int]:
    """The line at which most programs part from those before, and how many do."""
    parting: Counter[tuple[str, int] | None] = Counter()
    root: dict[Any, Any] = {}
    for program in programs:
        at, known = root, bool(root)
        for guard in program.guards:
            key = _parting_key(guard, program)
            if known and key not in at:
                parting[guard.origin] += 1
                known = False
            at = at.setdefault(key, {})
    return parting.most_common(1)[0] if parting else (None, 0)


def _parting_key(guard: Guard, program: Listing) -> Any:
    """A guard without the numbers of registers, which differ from program to program."""
    constants = [program.instructions[k].number for k in (guard.left, guard.right)]
    return guard.relation, guard.outcome, guard.origin, *map(key_of_constant, constants)
