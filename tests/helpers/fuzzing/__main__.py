"""`make fuzz`: runs random cases until the time or the number is out, and keeps what fails in tests/corpus.

    python -m fuzzing [KIND ...] [--seed S] [--seconds N | --count N]

With the same seed and the same count the same cases run. What failed is cut down, shown, and kept; the exit code is 1 then.
"""

import argparse
import hashlib
import json
import secrets
import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType

from . import batches, files, listings, oracles

KINDS: dict[str, ModuleType] = {"graphs": oracles, "listings": listings, "files": files}
CORPUS = Path(__file__).parents[2] / "corpus"
BATCH = 500
MOST_KEPT = 3
"""Of failures of one kind: more say the same again."""


def kept(folder: Path, name: str, failure: batches.Failure) -> Path:
    text = json.dumps({"kind": name, "seed": failure.seed, "said": failure.sort, "case": failure.case}, indent=1) + "\n"
    path = folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    path.write_text(text)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", choices=[[], *KINDS], help=f"of {', '.join(KINDS)} (default: all)")
    parser.add_argument("--seed", help="any text (default: a new one, which is shown)")
    parser.add_argument("--seconds", type=float, help="how long (default: 60)")
    parser.add_argument("--count", type=int, help="how many cases of each kind, in place of a time")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="where failures are kept (default: tests/corpus)")
    options = parser.parse_args()
    seed = options.seed or secrets.token_hex(4)
    names = options.kinds or list(KINDS)
    seconds = (options.seconds or 60.0) if options.count is None else None
    print(f"SEED={seed}", flush=True)
    failed = 0
    for name in names:
        start, count, seen = time.perf_counter(), 0, Counter[str]()
        while count < options.count if seconds is None else time.perf_counter() - start < seconds / len(names):
            size = BATCH if seconds is not None else min(BATCH, options.count - count)
            for failure in batches.failures(KINDS[name], [f"{seed}/{name}/{count + i}" for i in range(size)]):
                seen[failure.sort] += 1
                if seen[failure.sort] <= MOST_KEPT:
                    least = batches.cut_down(KINDS[name], failure)
                    path = kept(options.corpus, name, least)
                    print(f"\n{path}\n{KINDS[name].shown(least.case)}\n{least.said}", flush=True)
            count += size
        failed += seen.total()
        took = time.perf_counter() - start
        print(f"{name}: {count:,} cases in {took:,.0f} s, {seen.total()} failures", *seen.most_common(), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
