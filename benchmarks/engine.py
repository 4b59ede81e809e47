"""How fast the engine is, in ratios: against plain floats, against the classic engine, on ten million nodes, on digits.

    python benchmarks/engine.py [--quick]

Every ratio divides two timings taken one right after the other, and is the median of many such pairs, so that a busy machine
moves it little. Before anything is timed, its values and gradients are checked. `benchmarks/README.md` says what is compared.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import math
import multiprocessing
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import autograd
from autograd import Value, topological_order

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Sizes:
    operations: int = 100_000
    memory: int = 2_000_000
    chain: int = 10_000_000
    classic: int = 20_000
    pairs: int = 101  # of timings behind a median
    classic_pairs: int = 7
    epochs: int = 5
    recorded: tuple[int, ...] = (100_000, 1_000_000)


QUICK = Sizes(
    operations=20_000,
    memory=200_000,
    chain=1_000_000,
    classic=5_000,
    pairs=11,
    classic_pairs=3,
    epochs=1,
    recorded=(10_000, 100_000),
)

# ------------------------------------------------------------------------------------------------ the programs
# Each takes pairs of numbers and a namespace of elementary functions, and runs alike on floats and on Values. Every turn adds
# to a total, so that adjoints neither grow nor decay along the way (products with subnormal numbers would be slow ones).


def mixed(pairs: list[tuple[Any, Any]], ops: Any) -> Any:
    """20 operations a turn: 14 of arithmetic, 1 power, 5 elementary functions."""
    exp, log, relu, sin, tanh = ops.exp, ops.log, ops.relu, ops.sin, ops.tanh
    total = 0.0
    for x, y in pairs:
        a = x * y + 1.5
        b = tanh(a - x)
        c = exp(b) / (y + 2.0)
        d = log(a + c) - b * y
        e = relu(d) + sin(x + c)
        total = total + (e**2 + d / a) * 0.5
    return total


def arithmetic(pairs: list[tuple[Any, Any]], ops: Any) -> Any:
    """10 operations a turn: + - * / alone."""
    total = 0.0
    for x, y in pairs:
        a = x * y + 1.5
        b = a + 2.0 * x
        c = (b - y) / a - 0.5
        total = total + c * (x - b)
    return total


def common(pairs: list[tuple[Any, Any]], ops: Any) -> Any:
    """10 operations a turn, all known to both engines. The classic one recurses to the depth of a graph: the turns are added
    pairwise, as a tree of small depth."""
    relu = ops.relu
    terms = []
    for x, y in pairs:
        a = x * y + 1.5
        b = relu(a - x)
        c = (b + y) / a
        terms.append(c**2 * x - b)
    while len(terms) > 1:
        odd_one = terms[len(terms) // 2 * 2 :]
        terms = [x + y for x, y in zip(terms[::2], terms[1::2], strict=False)] + odd_one
    return terms[0]


OPERATIONS_A_TURN = {mixed: 20, arithmetic: 10, common: 10}


def relu_of_float(x: float) -> float:
    """What `math` lacks, as fast as Python has it: max(x, 0.0) takes longer."""
    if x > 0.0:
        return x
    return 0.0


FLOATS = SimpleNamespace(exp=math.exp, log=math.log, sin=math.sin, tanh=math.tanh, relu=relu_of_float)


def make_leaves(kind: Callable[[float], Any]) -> list[Any]:
    uniform = random.Random(3).uniform
    return [kind(uniform(0.5, 1.5)) for _ in range(100)]


def pairs_for(operations: int, program: Callable, leaves: list[Any]) -> list[tuple[Any, Any]]:
    """As many pairs of leaves as it takes for a program to do so many operations."""
    n = len(leaves)
    return [(leaves[i % n], leaves[(7 * i + 3) % n]) for i in range(operations // OPERATIONS_A_TURN[program])]


# ------------------------------------------------------------------------------------------------ checking and timing


class WrongResultError(Exception):
    pass


def check(right: bool, what: str) -> None:
    if not right:
        raise WrongResultError(f"a check failed: {what}")


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-12)


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


@dataclass(frozen=True)
class Phases:
    """Seconds for making a graph, for its backward pass, and for freeing it."""

    forward: float
    backward: float
    free: float

    @property
    def total(self) -> float:
        return self.forward + self.backward + self.free


PHASES = ("forward", "backward", "free")


def time_phases(build: Callable[[], Any], after_free: Callable[[], Any] = lambda: None) -> Phases:
    forward, root = timed(build)
    backward, _ = timed(root.backward)
    holder = [root]
    del root
    free, _ = timed(lambda: (holder.clear(), after_free()))
    return Phases(forward, backward, free)


def median_of(samples: list[Phases], phase: str) -> float:
    return statistics.median(getattr(sample, phase) for sample in samples)


def in_fresh_process(function: Callable, *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def peak_bytes() -> int:
    """The most memory this process has had; 0 where the system does not tell."""
    if resource is None:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident_bytes() -> int:
    """The memory this process has now; its peak where the system tells only that."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else peak_bytes()


# ------------------------------------------------------------------------------------------------ the table


def heading(title: str, *columns: str) -> None:
    print(f"\n{title:<60}" + "".join(f"{column:>12}" for column in columns))


def line(label: str, measured: str, ratio: str = "", target: str = "", met: bool = True) -> None:
    mark = "" if not target or autograd.build != "compiled" else "  ok" if met else "  MISSED"
    print(f"  {label:<58}{measured:>12}{ratio:>12}{target:>12}{mark}".rstrip())


def print_versions() -> None:
    print(
        f"scalar-autograd {autograd.__version__}, {autograd.build} build; {platform.python_implementation()} "
        f"{platform.python_version()}; {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"
    )
    if autograd.build != "compiled":
        print("The targets are for the compiled build, and so are the full sizes: this is a run at the sizes of --quick.")


# ------------------------------------------------------------------------------------------------ against plain floats

AGAINST_FLOATS = {"forward": 2.5, "backward": 1.5, "free": 3.0}


def check_against_floats(program: Callable, operations: int) -> None:
    """One node for each operation, the value of the float program, and adjoints far from overflow and underflow."""
    leaves = make_leaves(Value)
    root = program(pairs_for(operations, program, leaves), autograd)
    expected = program(pairs_for(operations, program, make_leaves(float)), FLOATS)
    check(close(root.data, expected), f"the program gives {root.data} on Values and {expected} on floats")
    root.backward()
    nodes = topological_order(root)
    made = sum(1 for v in nodes if v.op)
    check(made == operations, f"{operations} operations recorded {made} nodes")
    check(all(v.grad == 0.0 or 1e-3 <= abs(v.grad) <= 1e3 for v in nodes), "gradients stay between 1e-3 and 1e3")


def compare_with_floats(sizes: Sizes, program: Callable, kinds: str) -> None:
    heading(f"{sizes.operations:,} operations: {kinds}", "ns/op", "ratio", "target")
    check_against_floats(program, sizes.operations)
    of_floats = pairs_for(sizes.operations, program, make_leaves(float))
    floats, samples = [], []
    for _ in range(sizes.pairs):
        of_values = pairs_for(sizes.operations, program, make_leaves(Value))
        floats.append(timed(lambda: program(of_floats, FLOATS))[0])
        samples.append(time_phases(lambda: program(of_values, autograd)))  # noqa: B023 (called at once)
    line("the program itself, on floats", f"{statistics.median(floats) / sizes.operations * 1e9:.1f}", "1.00x")
    for phase, target in AGAINST_FLOATS.items():
        ratio = statistics.median(getattr(sample, phase) / base for sample, base in zip(samples, floats, strict=True))
        ns = median_of(samples, phase) / sizes.operations * 1e9
        line(f"on Values: {phase}", f"{ns:.1f}", f"{ratio:.2f}x", f"<= {target:.1f}x", ratio <= target)


def growth_of_memory(operations: int) -> int:
    pairs = pairs_for(operations, mixed, make_leaves(Value))
    before = resident_bytes()
    root = mixed(pairs, autograd)
    return resident_bytes() - before if root.op else 0


def measure_memory(sizes: Sizes) -> None:
    per_node = in_fresh_process(growth_of_memory, sizes.memory) / sizes.memory
    heading(f"Memory of {sizes.memory:,} nodes of the mix", "bytes", "", "target")
    line("growth of resident memory, per node", f"{per_node:.1f}", "", "<= 104", per_node <= 104)
    line("sys.getsizeof", f"{sys.getsizeof(Value(0.0))}")


# ------------------------------------------------------------------------------------------------ recordings


def recording(operations: int) -> tuple[float, int, int]:
    """What the first call of a compiled gradient takes: seconds of the processor, the most memory, and what is kept of it."""

    def program(leaves: list[Any]) -> Any:
        return mixed(pairs_for(operations, mixed, leaves), autograd)

    autograd.compile(autograd.value_and_grad(lambda x: x * x))(1.0)  # which imports what is needed
    fast = autograd.compile(autograd.value_and_grad(program))
    numbers = make_leaves(float)
    before, peak_before = resident_bytes(), peak_bytes()
    begin = time.process_time()
    value, gradient = fast(numbers)
    seconds = time.process_time() - begin
    check((value, gradient) == autograd.value_and_grad(program)(numbers), "a recording gives what the function gives")
    return seconds, peak_bytes() - peak_before, resident_bytes() - before


def measure_recording(sizes: Sizes) -> None:
    for operations in sizes.recorded:
        seconds, peak, kept = in_fresh_process(recording, operations)
        heading(f"Recording {operations:,} operations of the mix with their gradient", "", "per op", "target")
        line(
            "until the first result, processor time",
            f"{seconds:.2f} s",
            f"{seconds / operations * 1e6:.2f} us",
            "<= 4 us",
            seconds <= 4e-6 * operations,
        )
        line("memory at most", f"{peak / 1e6:.0f} MB", f"{peak / operations:.0f} B", "<= 1000 B", peak <= 1000 * operations)
        line("memory kept", f"{kept / 1e6:.0f} MB", f"{kept / operations:.0f} B")


# ------------------------------------------------------------------------------------------------ against the classic engine


@contextlib.contextmanager
def cyclic_collector(on: bool) -> Iterator[None]:
    """The collector on or off, and blind to what existed before."""
    gc.collect()
    gc.freeze()
    (gc.enable if on else gc.disable)()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def check_against_classic(classic: type, operations: int) -> None:
    ours, theirs = make_leaves(Value), make_leaves(classic)
    roots = [common(pairs_for(operations, common, leaves), type(leaves[0])) for leaves in (ours, theirs)]
    for root in roots:
        root.backward()
    check(close(roots[0].data, roots[1].data), "both engines give the same value")
    check(all(close(a.grad, b.grad) for a, b in zip(ours, theirs, strict=True)), "both engines give the same gradients")


def time_engine(kind: type, operations: int) -> Phases:
    """Of the second go: the first brings the engine back into the caches, which the other one has just filled."""

    def go() -> Phases:
        pairs = pairs_for(operations, common, make_leaves(kind))
        return time_phases(lambda: common(pairs, kind), after_free)

    # The classic engine's nodes are in cycles, which only a collection frees. Ours are freed by reference counting.
    after_free = (lambda: None) if kind is Value else gc.collect
    go()
    return go()


def compare_with_classic(sizes: Sizes) -> None:
    heading(f"Against the classic engine, {sizes.classic:,} operations", "ns/op", "speed-up", "target")
    from micrograd.engine import Value as Classic

    check_against_classic(Classic, sizes.classic)
    for on in (False, True):
        with cyclic_collector(on):
            pairs = [[time_engine(kind, sizes.classic) for kind in (Classic, Value)] for _ in range(sizes.classic_pairs)]
        for phase in (*PHASES, "total"):
            theirs, ours = ([getattr(pair[i], phase) for pair in pairs] for i in (0, 1))
            ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
            per_operation = " -> ".join(f"{statistics.median(side) / sizes.classic * 1e9:,.0f}" for side in (theirs, ours))
            speed_up = f"{ratio:,.{0 if ratio >= 10 else 2}f}x"
            target = (">= 30x", ratio >= 30.0) if phase == "total" and not on else ()
            line(f"garbage collector {'on' if on else 'off'}: {phase}", per_operation, speed_up, *target)


# ------------------------------------------------------------------------------------------------ a long chain


def chain(length: int) -> tuple[Phases, int]:
    """Doubles and halves a number in turn, so the gradient must be 1 exactly. The bytes are those of the peak."""

    def build() -> Value:
        y = x
        for _ in range(length // 2):
            y = y * 2.0 * 0.5
        return y

    x = Value(3.0)
    before = resident_bytes()
    phases = time_phases(build)
    check(x.grad == 1.0, f"the gradient of the chain is {x.grad}")
    return phases, peak_bytes() - before


def measure_chain(sizes: Sizes) -> None:
    phases, grown = in_fresh_process(chain, sizes.chain)
    heading(f"A chain of {sizes.chain:,} nodes, gradient exact", "seconds", "ns/node")
    for phase in PHASES:
        seconds = getattr(phases, phase)
        line(phase, f"{seconds:.2f}", f"{seconds / sizes.chain * 1e9:.1f}")
    line("peak memory: MB, and bytes per node", f"{grown / 1e6:,.0f}", f"{grown / sizes.chain:.1f}")


# ------------------------------------------------------------------------------------------------ an epoch of digits


def digits_or_random() -> tuple[str, list[list[float]], list[int]]:
    from nn.data import load_digits

    try:
        return "digits", *load_digits()
    except ImportError:
        rng = random.Random(0)
        rows = [[rng.random() for _ in range(64)] for _ in range(1797)]
        return "random data, for want of scikit-learn", rows, [rng.randrange(10) for _ in rows]


def measure_epoch(sizes: Sizes) -> None:
    from nn import MLP, SGD, cross_entropy, fit
    from nn.data import train_test_split

    what, rows, labels = digits_or_random()
    train_rows, test_rows, train_labels, test_labels = train_test_split(rows, labels, test_size=0.2, seed=0)
    model = MLP(64, [32, 10], rng=0)
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    heading(f"Training as the demo does: {model}", "seconds")

    def epoch() -> None:
        fit(
            model,
            train_rows,
            train_labels,
            loss=cross_entropy,
            optimizer=optimizer,
            epochs=1,
            validation=(test_rows, test_labels),
            metrics=["accuracy"],
            progress=False,
            compile=False,
        )

    seconds = statistics.median([timed(epoch)[0] for _ in range(sizes.epochs)])
    line(f"an epoch of {len(train_rows):,} rows ({what})", f"{seconds:.2f}")


# ------------------------------------------------------------------------------------------------


def measure(section: Callable, *arguments: Any) -> None:
    """Benchmarks are not tests: a section that cannot be measured says why, and the others go on."""
    try:
        section(*arguments)
    except ImportError as missing:
        print(f"  not measured: {missing}; pip install {missing.name}")
    except (WrongResultError, MemoryError, BrokenProcessPool) as problem:
        print(f"  not measured: {problem or type(problem).__name__}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast the engine is, in ratios.")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: a few seconds, and rougher numbers")
    sizes = QUICK if parser.parse_args().quick or autograd.build != "compiled" else Sizes()
    print_versions()
    measure(compare_with_floats, sizes, mixed, "+ - * / ** relu tanh exp log sin")
    measure(compare_with_floats, sizes, arithmetic, "+ - * /")
    for section in (measure_memory, measure_recording, compare_with_classic, measure_chain, measure_epoch):
        measure(section, sizes)


if __name__ == "__main__":
    main()
