"""This library beside its peers: one table of works, with the check that all computed the same numbers.

    python benchmarks/peers.py --peers PYTHON [--only WORK,...] [--contenders NAME,...] [--rounds N] [--quick]
        [--process-time]

PYTHON is the interpreter of an environment with benchmarks/peers-requirements.txt; without one, only what needs none takes
part. WORK and NAME are beginnings of names: `--only rosenbrock-10 --contenders ours,numba`.

For each work every contender has a process of its own, which sleeps while others are timed. They are timed in turns, round by
round, and the medians printed, so that a busy machine slows all alike. "Times ours" is a contender's time over that of this
library, compiled, in the same round: the median of these. "Ready" is the time from the call that makes a contender's function
to the end of its first run: recording, compiling, running once. Imports are not in it.

One thread means one CPU to run on. The settings for one thread are given too, but do not bind all (XLA takes two CPUs with its
flags for one). A contender whose numbers differ from those by NumPy is an error, printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import importlib.metadata
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from contenders import EVERYBODY, OURS, Contender
from contenders.models import works
from contenders.works import Building, Data, Work

SHORTEST = 0.1
"""Seconds: what takes less is repeated until it takes as long."""
LONGEST = 60.0
"""Seconds that a contender may take to get ready, or for one timing."""
PATIENCE = 20.0
"""Seconds that the larger of two works may be expected to take before it is timed."""
ENOUGH = 5.0
"""Seconds of timings after which a slow contender is not timed again."""
SCALES = {"ns": 1e9, "us": 1e6, "ms": 1e3, "s": 1.0}

# ------------------------------------------------------------------------------------------------ in a contender's process


class Measured:
    """A contender's function for one work, made ready, run once and timed as often as asked."""

    def __init__(self, contender: Contender, work: Work, data: Data, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        module = importlib.import_module(f"contenders.{contender.module}")
        self.work, self.data = work, data
        self.times = 1
        start = time.perf_counter()
        self.function = module.CONTENDERS[contender.name][work.task](data)
        work.first(self.function, data)
        self.ready = time.perf_counter() - start
        self.numbers = work.numbers(self.function, data)

    def seconds(self) -> float:
        """For one unit of the work."""
        gc.collect()
        while (taken := self._once()) < SHORTEST:
            self.times = max(self.times + 1, round(self.times * 1.2 * SHORTEST / max(taken, 1e-6)))
        return taken / self.times / self.work.units(self.data)

    def _once(self) -> float:
        start = self.clock()
        self.work.repeated(self.function, self.data, self.times)
        return self.clock() - start


def serve(contender: Contender, work: Work, data: Path, folder: Path, clock: Callable[[], float] = time.perf_counter) -> None:
    """Says what `Measured` found, and then a time for each line that comes in: JSON, a line each."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-work.threads :])
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not for the parent

    def say(**what: Any) -> None:
        print(json.dumps(what), file=out, flush=True)

    try:
        measured = Measured(contender, work, load(data), clock)
        np.save(folder / "numbers.npy", measured.numbers)
        say(ready=measured.ready, versions={name: importlib.metadata.version(name) for name in contender.packages})
        for _ in sys.stdin:
            say(seconds=measured.seconds())
    except ImportError as missing:
        say(**{"error" if contender.at_home else "absent": f"not installed here: {missing}"})
    except Exception as problem:
        say(error=f"{type(problem).__name__}: {problem}")


def save(data: Data, path: Path) -> Path:
    np.savez(path, **data)
    return path


def load(path: Path) -> Data:
    with np.load(path) as arrays:
        return {name: array if array.ndim else array.item() for name, array in arrays.items()}


# ------------------------------------------------------------------------------------------------ in the parent


class Child:
    """A contender at one work, in a process of its own. `said` is what it told of itself, `seconds` its timings."""

    def __init__(self, contender: Contender, work: Work, data: Path, folder: Path, python: str, flags: list[str]) -> None:
        self.contender = contender
        self.seconds: list[float] = []
        self.spent = 0.0
        folder.mkdir()
        command = [python, __file__, "--serve", contender.name, work.name, str(data), str(folder), *flags]
        with (folder / "stderr.txt").open("w") as errors:
            self.process = subprocess.Popen(
                command,
                env=environment(contender, work.threads, folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self.folder = folder
        try:
            self.said = self._answer()
        except BaseException:
            self.end()
            raise

    @property
    def at_work(self) -> bool:
        return "ready" in self.said and not self.said.keys() & {"error", "late"}

    def time(self) -> None:
        if not self.at_work or self.spent > ENOUGH:
            return
        assert self.process.stdin is not None
        start = time.perf_counter()
        print(file=self.process.stdin, flush=True)
        self.said |= self._answer()
        self.spent += time.perf_counter() - start
        if self.at_work:
            self.seconds.append(self.said["seconds"])

    def numbers(self) -> np.ndarray:
        return np.asarray(np.load(self.folder / "numbers.npy"))

    def end(self) -> None:
        self._kill()
        self.process.communicate()

    def _kill(self) -> None:
        """With the compilers it has started, which would go on, and slow down the next ones."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._kill()

        timer = threading.Timer(LONGEST, give_up)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if line:
            return dict(json.loads(line))
        if late.is_set():
            return {"late": f"not finished in {LONGEST:.0f} s"}
        last_words = (self.folder / "stderr.txt").read_text().splitlines()[-1:]
        return {"error": " ".join(["its process ended", *last_words])}


def environment(contender: Contender, threads: int, folder: Path) -> dict[str, str]:
    """That of a contender's process. What torch.compile makes goes into its folder, so that it is made anew each time."""
    variables = dict(os.environ)
    if not contender.at_home:
        variables.pop("PYTHONPATH", None)
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        variables[f"{name}_NUM_THREADS"] = str(threads)
    if threads == 1:
        variables["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return variables | {
        "JAX_PLATFORMS": "cpu",
        "JAX_ENABLE_X64": "1",
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "torch"),
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    }


class Table:
    """Printed work by work. `wrong` has what must not be in it, `versions` those of all who took part."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.versions: dict[str, str] = {}
        self._line("work and contender", "median", "times ours", "ready in", "numbers differ by")
        self._line("---", *["---:"] * 4)

    def add(self, work: Work, lines: dict[Contender, dict[str, Any]]) -> None:
        """A line for each contender: what it said, and if it came so far, `median` in seconds, `ratio` and `difference`."""
        self._line(f"**{work.title}**", "", "", "", f"(allowed {work.tolerance:.0e})")
        for contender, said in lines.items():
            self.versions |= said.get("versions", {})
            why_not = next((said[key] for key in ("error", "late", "absent") if key in said), None)
            if why_not is not None:
                self._line(contender.name, shortened(why_not), "", "", "")
            else:
                ratio = f"{rounded(said['ratio'])}x" if said["ratio"] else ""
                ready = "" if isinstance(work, Building) else f"{said['ready']:.2g} s"
                self._line(contender.name, shown(said["median"], work.unit), ratio, ready, f"{said['difference']:.0e}")
            if "error" in said:
                self.wrong.append(f"{work.name}, {contender.name}: {said['error']}")
            elif "difference" in said and not said["difference"] <= work.tolerance:
                self.wrong.append(f"{work.name}, {contender.name}: its numbers differ by {said['difference']:.1e}")

    def _line(self, first: str, *cells: str) -> None:
        padded = [f"{first:<72}", *(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))]
        print(f"| {' | '.join(padded)} |", flush=True)


WIDTHS = (12, 10, 9, 18)


def shown(seconds: float, unit: str) -> str:
    return f"{rounded(seconds * SCALES[unit])} {unit}"


def rounded(x: float) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def shortened(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")[:100]


def measure(work: Work, contenders: Sequence[Contender], options: argparse.Namespace) -> dict[Contender, dict[str, Any]]:
    """What each contender said, with its median and how far its numbers are from those by NumPy."""
    from contenders.with_numpy import REFERENCE

    data = work.data()
    few = work.fewer(data)
    flags = ["--quick"] * options.quick + ["--process-time"] * options.process_time
    expected, expected_of_few = (work.numbers(REFERENCE[work.task](d), d) for d in (data, few))
    children: list[Child] = []
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        all_data, few_data = save(data, folder / "all.npz"), save(few, folder / "few.npz")
        try:
            for contender in contenders:
                python = sys.executable if contender.at_home else options.peers
                given = few_data if contender.few else all_data
                children.append(Child(contender, work, given, folder / contender.name, python, flags))
            for _ in range(options.rounds):
                for child in children:
                    child.time()
        finally:
            for child in children:
                child.end()
        ours = [child.seconds for child in children if child.contender == OURS and child.at_work]
        for child in children:
            if child.at_work:
                right = expected_of_few if child.contender.few else expected
                child.said["difference"] = work.difference(child.numbers(), right)
                child.said["median"] = statistics.median(child.seconds)
                ratios = [a / b for seconds in ours for a, b in zip(child.seconds, seconds, strict=False)]
                child.said["ratio"] = statistics.median(ratios) if ratios else None
    return {child.contender: child.said for child in children}


class Growing:
    """Keeps contenders from works that would take too long: ten times the operations take ten times as long at the least."""

    def __init__(self) -> None:
        self.before: dict[tuple[str, str], tuple[int, float]] = {}

    def why_not(self, contender: Contender, work: Work) -> str | None:
        size, seconds = self.before.get((contender.name, work.task), (work.size, 0.0))
        expected = seconds * work.size / size
        too_long = work.runs_untimed * expected > PATIENCE
        return f"not tried: {rounded(expected)} s or more" if too_long else None

    def note(self, contender: Contender, work: Work, said: dict[str, Any]) -> None:
        self.before[contender.name, work.task] = (work.size, said.get("median", LONGEST))


def chosen(things: Sequence[Any], beginnings: str | None) -> list[Any]:
    """Those whose names begin with one of the comma-separated beginnings; all for None. ValueError where one fits nothing."""
    wanted = beginnings.split(",") if beginnings else [""]
    for beginning in wanted:
        if not any(thing.name.startswith(beginning) for thing in things):
            raise ValueError(f"{beginning!r} begins no name of {', '.join(thing.name for thing in things)}")
    return [thing for thing in things if thing.name.startswith(tuple(wanted))]


def print_versions(versions: dict[str, str]) -> None:
    print(f"\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs; float64")
    print(", ".join(f"{name} {version}" for name, version in sorted(versions.items())))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="This library beside its peers: times, ratios, and whether the numbers agree.")
    parser.add_argument("--peers", metavar="PYTHON", help="a Python that has what benchmarks/peers-requirements.txt names")
    parser.add_argument(
        "--only", metavar="WORK,...", help=f"of {', '.join(work.name for work in works())}, or beginnings of them"
    )
    parser.add_argument("--contenders", metavar="NAME,...", help=f"of {', '.join(c.name for c in EVERYBODY)}, or beginnings")
    parser.add_argument("--rounds", type=int, help="timings behind each median (default: 5, or 2 with --quick)")
    parser.add_argument(
        "--quick", action="store_true", help="less of everything, without those that compile for long: less than two minutes"
    )
    parser.add_argument(
        "--process-time",
        action="store_true",
        help="measure the processor's time, not the clock's: for a busy machine, and one thread",
    )
    parser.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        name, work_name, data, folder = options.serve
        (work,) = (work for work in works(options.quick) if work.name == work_name)
        (contender,) = (contender for contender in EVERYBODY if contender.name == name)
        serve(contender, work, Path(data), Path(folder), time.process_time if options.process_time else time.perf_counter)
        return 0
    try:
        to_do, contenders = chosen(works(options.quick), options.only), chosen(EVERYBODY, options.contenders)
    except ValueError as problem:
        parser.error(str(problem))
    if options.quick and not options.contenders:
        contenders = [contender for contender in contenders if not contender.patient]
    if options.rounds is None:
        options.rounds = 2 if options.quick else 5
    if options.rounds < 1:
        parser.error("a median takes at least one round")
    table, growing = Table(), Growing()
    for work in to_do:
        able = [c for c in contenders if work.task in c.tasks and work.threads <= c.threads and (c.at_home or options.peers)]
        reasons = {c: why for c in able if (why := growing.why_not(c, work))}
        found = measure(work, [c for c in able if c not in reasons], options)
        for contender, said in found.items():
            growing.note(contender, work, said)
        table.add(work, {c: found[c] if c in found else {"late": reasons[c]} for c in able})
    print_versions(table.versions)
    for problem in table.wrong:
        print(f"wrong: {problem}", file=sys.stderr)
    return 1 if table.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
