"""Writes the ends of value.pyi and functions.pyi: the methods and functions that are made from the table of primitives.

python tools/stubs.py           writes them; the rest of those files is written by hand
python tools/stubs.py --check   exit code 1 when they are not what would be written
"""

import sys
from pathlib import Path

from autograd.engine.functions import OPERATORS
from autograd.engine.primitives import PRIMITIVES

ENGINE = Path(__file__).parent.parent / "autograd" / "engine"
FROM_HERE = "# Written by tools/stubs.py from here on, from the table of primitives.\n"


def second_parameter(row, kind):
    """What follows the first parameter: nothing, or ", x2: kind", or the name and the default that the row gives."""
    if row.arity == 1:
        return ""
    if not row.defaults:
        return f", x2: {kind}"
    ((name, default),) = row.defaults.items()
    return f", {name}: {kind} = {default!r}"


def methods(rows):
    return "".join(f"    def {row.name}(self{second_parameter(row, 'Value | Number')}) -> Value: ...\n" for row in rows)


def functions(rows):
    lines = []
    for row in rows:
        first = "x1" if row.arity == 2 and not row.defaults else "x"
        lines.append(f"@overload\ndef {row.name}({first}: Value{second_parameter(row, 'Value | Number')}) -> Value: ...\n")
        if first == "x1":
            lines.append(f"@overload\ndef {row.name}(x1: Number, x2: Value) -> Value: ...\n")
        lines.append(f"@overload\ndef {row.name}({first}: Number{second_parameter(row, 'Number')}) -> float: ...\n")
    return "".join(lines)


def main():
    rows = [row for row in PRIMITIVES if row.arity in (1, 2) and row.name not in OPERATORS and not row.hidden]
    stale = []
    for file, made in ((ENGINE / "value.pyi", methods(rows)), (ENGINE / "functions.pyi", functions(rows))):
        by_hand, written = file.read_text().split(FROM_HERE)
        if written == made:
            continue
        if "--check" in sys.argv[1:]:
            stale.append(file.name)
        else:
            file.write_text(by_hand + FROM_HERE + made)
    if stale:
        sys.exit(f"{', '.join(stale)} is not what the table says: run `python tools/stubs.py`")


if __name__ == "__main__":
    main()
