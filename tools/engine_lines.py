"""Counts what a reader must read to understand Value, the primitives and backward; exit code 1 if it is no longer one sitting.

    python tools/engine_lines.py

Of a file whose sections are named here only those are counted. Left out are the rules (one looks up the one that one wonders
about), labels and origins, and what copies, pictures and the transforms of functions ask of nodes.
"""

import re
import sys
from pathlib import Path

ENGINE = Path(__file__).parent.parent / "autograd" / "engine"
SITTING = 1200

MUST = {
    "table.py": None,
    "primitives.py": ["the table"],
    "value.pxd": None,
    "value.py": ["", "numbers coming in", "nodes", "comparing, and plain numbers", "making nodes"],
    "backward.py": ["", "first: count the uses", "then: the chain rule", "all or nothing"],
}
"""The files, and the sections of them, "" being all above the first heading; None is the whole file."""


def sections(text):
    """The number of lines under each heading."""
    parts = re.split(r"^# -{60,} (.+)\n", text, flags=re.MULTILINE)
    return {heading: len(part.splitlines()) for heading, part in zip(["", *parts[1::2]], parts[::2], strict=True)}


def main():
    total = 0
    for file, wanted in MUST.items():
        found = sections((ENGINE / file).read_text())
        lines = sum(found[heading] for heading in (found if wanted is None else wanted))
        print(f"{lines:5}  {file}" + (f": {', '.join(heading or 'beginning' for heading in wanted)}" if wanted else ""))
        total += lines
    print(f"{total:5}  in all, of at most {SITTING}")
    sys.exit(total > SITTING)


if __name__ == "__main__":
    main()
