"""An explorable played in the terminal: step by step where somebody sits there, all at once into a file or a pipe."""

from __future__ import annotations

import sys

from .explorable import Explorable

KEYS = """\
  enter, n   the next step          b          one step back
  s          the start              d          where the way back begins
  e          the end                a number   that step
  q          quits                  ?          this
"""


def play(explorable: Explorable) -> None:
    """Shows the steps one by one, as the keys say. Where input or output is no terminal, all of them."""
    if not somebody_is_there():
        print(explorable.text())
        return
    frames = explorable.frames
    last = len(frames) - 1
    print(f"{last:,} steps, {frames.seed:,} of them forward.")
    print(KEYS)
    step = 0
    while True:
        print(shown(explorable, step))
        moved = step
        while moved == step:
            try:
                key = input("> ").strip().lower()
            except EOFError:
                print()
                return
            if key == "q":
                return
            moves = {"": step + 1, "n": step + 1, "b": step - 1, "s": 0, "d": frames.seed, "e": last}
            if key in moves or (key.isdecimal() and int(key) <= last):
                moved = max(0, min(last, moves[key] if key in moves else int(key)))
                if moved == step:
                    print("That is the last step: b goes back, q quits." if step else "That is the start: enter goes on.")
            else:
                print(KEYS if key == "?" else f"{key!r} is no key and none of the steps, 0 to {last:,}. The keys are:\n{KEYS}")
        step = moved


def somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def shown(explorable: Explorable, step: int) -> str:
    """A step, with the line of the source below it that it comes from.

    >>> from autograd import explore, Value
    >>> a = Value(3.0, label="a")
    >>> print(shown(explore(a * a), 1))
    1  y = a × a = 3 × 3 = 9
    """
    frame = explorable.frames[step]
    made = frame.user if frame.kind == "edge" else frame.node
    line = explorable.source_of(made) if made is not None and frame.kind in ("value", "edge") else None
    text = f"{step}  {frame.text}"
    if line is None:
        return text
    margin = f"    line {line.number}: "
    return f"{text}\n{margin}{line.text}\n{' ' * (len(margin) + line.start)}{'^' * (line.end - line.start)}"
