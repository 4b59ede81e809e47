"""The situations a scalar engine must stand, numbered as in the project's list: graphs, numbers, copies, threads, processes."""

import copy
import gc
import math
import operator
import pickle
import random
import signal
import sys
import threading
import time
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from processes import EIGHT_MEGABYTES, run

OPERATORS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow,
    "remainder": operator.mod,
}  # fmt: skip


def same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


# ------------------------------------------------------------------------------------------------ 1: one node, two operands


def test_1_same_node_as_both_operands_of_every_binary_primitive(ag):
    rows = [row for row in ag.primitives.PRIMITIVES if row.arity == 2 and row.inline]
    assert len(rows) >= 14
    for row in rows:
        function = OPERATORS.get(row.name) or getattr(ag, row.name)
        for data in (0.7, 1.5, 2.0):
            a, b, x = ag.Value(data), ag.Value(data), ag.Value(data)
            function(a, b).backward()
            z = function(x, x)
            z.backward()
            assert z.op == row.name
            assert len(z.parents) == 2 and z.parents[0] is x and z.parents[1] is x, row.name
            assert z.local_derivatives == (a.grad, b.grad) or a.grad != a.grad, row.name
            assert same(x.grad, a.grad + b.grad), row.name


def test_1_operators_on_one_node(ag):
    for function, slope in [
        (lambda x: x * x, 6.0), (lambda x: x + x, 2.0), (lambda x: x - x, 0.0), (lambda x: x / x, 0.0),
        (lambda x: x**x, 27.0 * (math.log(3.0) + 1.0)),
    ]:  # fmt: skip
        x = ag.Value(3.0)
        function(x).backward()
        assert x.grad == pytest.approx(slope, rel=1e-15, abs=1e-15)
        y = ag.Value(3.0)
        assert ag.gradients(function(y), [y])[0].data == pytest.approx(slope, rel=1e-15, abs=1e-15)


def test_1_same_node_many_times_in_a_list(ag):
    x = ag.Value(3.0)
    z = ag.dot([x, x, 2.0], [x, 4.0, x])
    z.backward()
    assert z.data == 9.0 + 12.0 + 6.0 and x.grad == 6.0 + 4.0 + 2.0
    assert len(z.parents) == 4
    x.grad = 0
    ag.fsum([x, x, x]).backward()
    assert x.grad == 3.0
    x.grad = 0
    ag.prod([x, x, x]).backward()
    assert x.grad == 27.0
    x.grad = 0
    ag.max([x, x]).backward()
    assert x.grad == 1.0


# ------------------------------------------------------------------------------------------------ 2: many paths


def test_2_diamond_with_two_to_the_sixty_paths(ag):
    x = ag.Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert y.data == x.grad == 2.0**60
    assert len(ag.topological_order(y)) == 61
    assert ag.gradients(y, [x])[0].data == 2.0**60


def test_2_diamond_of_different_branches(ag):
    x = ag.Value(1.0)
    y = x
    for _ in range(60):
        left, right = y * 1.0, y * 2.0
        y = left + right - y
    y.backward()
    assert x.grad == 2.0**60


# ------------------------------------------------------------------------------------------------ 3: depth

CHAIN = """
    import copy, pickle, sys, threading

    from autograd import Value, draw, gradients, topological_order

    n, copied = int(sys.argv[1]), int(sys.argv[2])
    assert sys.getrecursionlimit() == 1000

    def chain(n):
        x = Value(1.0, "x")
        y = x
        for _ in range(n):
            y = y + 1.0
        return x, y

    def build_differentiate_free():
        x, y = chain(n)
        assert y.data == n + 1.0
        y.backward()
        assert x.grad == 1.0
        del y
        assert x.grad == 1.0

    build_differentiate_free()
    thread = threading.Thread(target=build_differentiate_free)
    thread.start()
    thread.join()

    x, y = chain(n)
    y.backward()
    try:
        draw(y)
    except ValueError as error:
        assert f"{n + 1:,} nodes" in str(error) and "max_nodes" in str(error), error
    else:
        raise AssertionError("drawn")
    assert repr(y) == f"Value(data={n + 1.0!r}, grad=1.0)"
    assert y == n + 1.0 and y == y and y > x and not y < x and hash(y) == hash(y)
    assert len(topological_order(y)) == n + 1
    del x, y

    x, y = chain(copied)
    y.backward()
    for twin in (pickle.loads(pickle.dumps(y)), copy.deepcopy(y)):
        assert twin is not y and twin == y and twin.grad == 1.0
        twin.backward()
        leaf = topological_order(twin)[0]
        assert leaf is not x and leaf.label == "x" and leaf.grad == 2.0
        del leaf, twin
    assert x.grad == 1.0
    assert gradients(y, [x])[0].data == 1.0
    kept = [y]
    while kept[-1].parents:  # let go from the other end: each node is freed alone
        kept.append(kept[-1].parents[0])
    del y
    while kept:
        del kept[0:1000]
    print("done")
"""


def test_3_chain_of_a_million(ag):
    n, copied = (1_000_000, 300_000) if ag.build == "compiled" else (300_000, 60_000)
    assert run(ag, CHAIN, n, copied, stack=EIGHT_MEGABYTES) == "done\n"


def test_3_chain_of_ten_million(ag):
    code = """
        import sys
        from autograd import Value

        x = Value(1.0)
        y = x
        for _ in range(int(sys.argv[1])):
            y = y * 1.0
        y.backward()
        assert x.grad == 1.0
        del y
        z = x * 2
        z.backward()
        assert x.grad == 3.0
        print("done")
    """
    n = 10_000_000 if ag.build == "compiled" else 200_000
    assert run(ag, code, n, stack=EIGHT_MEGABYTES) == "done\n"


def test_3_chain_through_nodes_of_many_operands(ag):
    code = """
        import copy, pickle, sys, threading
        import autograd
        from autograd import Value, clip, dot, fsum, max, primitive, prod, softmax, where

        same = primitive("same", lambda x, y: x + y, (lambda x, y, out: 1.0, lambda x, y, out: 1.0))
        steps = [
            lambda y: dot([y, 2.0], [1.0, 0.0]), lambda y: fsum([y, 0.0, 0.0]), lambda y: prod([1.0, y]),
            lambda y: max([y, -5.0]), lambda y: where(True, y, 0.0), lambda y: clip(y, -9.0, 9.0), lambda y: same(y, 0.0),
            lambda y: dot([y], [1.0]) * 1.0,
        ]

        def go(n):
            x = Value(1.0)
            for each in [*([step] for step in steps), steps]:  # each kind of node alone, then all in turn
                x.grad = 0.0
                y = x
                for i in range(n):
                    y = each[i % len(each)](y)
                y.backward()
                assert x.grad == 1.0 and y.data == 1.0
                if each is steps:
                    assert copy.deepcopy(y) == pickle.loads(pickle.dumps(y)) == 1.0
                del y

        n = int(sys.argv[1])
        go(n)
        thread = threading.Thread(target=go, args=(n,))
        thread.start()
        thread.join()
        print("done")
    """
    assert run(ag, code, 60_000 if ag.build == "compiled" else 15_000, stack=EIGHT_MEGABYTES) == "done\n"


def test_3_deep_zigzag(ag):
    code = """
        import sys
        from autograd import Value

        x = Value(1.0)
        a, b = x * 1.0, x * 2.0
        da, db = 1.0, 2.0
        for i in range(int(sys.argv[1])):
            a, b = a * 0.5 + b, b * 0.25 - a
            da, db = da * 0.5 + db, db * 0.25 - da
            if i % 64 == 63:  # 64 steps make these 2**30 times larger or so: keep them in range
                a, b, da, db = a * 2.0**-20, b * 2.0**-20, da * 2.0**-20, db * 2.0**-20
        y = a + b
        y.backward()
        assert abs(y.data - (da + db)) <= 1e-9 * abs(da + db), (y.data, da + db)
        assert abs(x.grad - (da + db)) <= 1e-9 * abs(da + db), (x.grad, da + db)
        del a
        del b
        del y
        print("done")
    """
    assert run(ag, code, 300_000 if ag.build == "compiled" else 30_000, stack=EIGHT_MEGABYTES) == "done\n"


def test_3_wide_graph(ag):
    n = 100_000 if ag.build == "compiled" else 20_000
    x = ag.Value(2.0)
    leaves = [ag.Value(float(i)) for i in range(n)]
    products = [leaf * x for leaf in leaves]
    y = ag.fsum(products) + sum(products)
    y.backward()
    assert y.data == 2.0 * n * (n - 1)
    assert x.grad == 1.0 * n * (n - 1)
    assert all(leaf.grad == 4.0 for leaf in leaves)
    assert len(ag.topological_order(y)) == 3 * n + 3


# ------------------------------------------------------------------------------------------------ 4, 5, 6


def test_4_backward_twice_doubles_leaves_only(ag):
    x = ag.Value(2.0)
    a = x * 3.0
    y = a * a
    y.backward()
    assert (x.grad, a.grad, y.grad) == (36.0, 12.0, 1.0)
    y.backward()
    assert (x.grad, a.grad, y.grad) == (72.0, 12.0, 1.0)
    x.grad = 0
    y.backward()
    assert (x.grad, a.grad, y.grad) == (36.0, 12.0, 1.0)


def test_4_two_losses_accumulate_in_the_leaves(ag):
    x = ag.Value(2.0)
    shared = x * x
    (shared * 3.0).backward()
    (shared * 5.0).backward()
    assert x.grad == 12.0 + 20.0
    assert shared.grad == 5.0


def test_4_backward_from_a_node_in_the_middle(ag):
    x = ag.Value(2.0)
    a = x * 3.0
    y = a * a
    a.backward()
    assert (x.grad, a.grad, y.grad) == (3.0, 1.0, 0.0)


def test_4_backward_of_a_leaf(ag):
    x = ag.Value(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_5_not_an_ancestor_has_slope_zero(ag):
    x, other = ag.Value(2.0), ag.Value(3.0, label="other")
    y = x * x
    other_y = other * 2.0
    y.backward()
    assert other.grad == 0.0 and other_y.grad == 0.0
    slopes = ag.gradients(y, [other, x, other_y])
    assert [s.data for s in slopes] == [0.0, 4.0, 0.0]
    assert all(isinstance(s, ag.Value) for s in slopes)


def test_5_strict_names_every_one_that_is_missing(ag):
    x, other, third = ag.Value(2.0), ag.Value(3.0, label="other"), ag.Value(4.0)
    y = x * x
    with pytest.raises(ValueError, match=r"xs\[1\].*other.*xs\[2\].*strict=True"):
        ag.gradients(y, [x, other, third], strict=True)
    assert ag.gradients(y, [x], strict=True)[0].data == 4.0
    with pytest.raises(ValueError, match=r"xs\[0\]"):
        ag.gradients(x, [y], strict=True)  # a descendant is no ancestor
    gated = x * 0.0 + ag.where(x > 5, other, 1.0)  # the branch not taken is not recorded
    with pytest.raises(ValueError, match="other"):
        ag.gradients(gated, [other], strict=True)


def test_6_data_changed_between_forward_and_backward(ag):
    x, w = ag.Value(3.0), ag.Value(2.0)
    y = (x * w).exp() * 0.0 + x * x + ag.dot([x, w], [w, 5.0]) + ag.softmax([x, w], 0) * 0.0
    x.data = w.data = 100.0
    y.backward()
    assert x.grad == 6.0 + 2.0
    assert w.grad == 3.0 + 5.0
    assert y.data == 9.0 + 6.0 + 10.0


# ------------------------------------------------------------------------------------------------ 7: Ctrl-C


@contextmanager
def after_cpu_time(seconds, handler):
    """Runs `handler` once this process has used that much more time on the processor."""
    before = signal.signal(signal.SIGPROF, handler)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def long_sum(ag, terms):
    leaves = [ag.Value(float(i)) for i in range(100)]
    y = ag.Value(0.0)
    for i in range(terms):
        y = y + leaves[i % 100] * 2.0
    return leaves, y, [2.0 * (terms // 100)] * 100


def terms_for(ag):
    return 2_000_000 if ag.build == "compiled" else 60_000


def test_7_ctrl_c_in_the_middle_of_backward(ag):
    leaves, y, one_pass = long_sum(ag, terms_for(ag))
    start = time.process_time()
    y.backward()
    whole = time.process_time() - start
    arrived = []

    def ctrl_c(number, frame):
        arrived.append(time.process_time())
        raise KeyboardInterrupt

    interrupted = 0
    for fraction in (0.1, 0.25, 0.4, 0.6):
        for i, leaf in enumerate(leaves):
            leaf.grad = float(i)
        start = time.process_time()
        with pytest.raises(KeyboardInterrupt), after_cpu_time(whole * fraction, ctrl_c):
            y.backward()
            while True:  # the pass ended first: wait
                pass
        assert arrived[-1] - (start + whole * fraction) < 0.2
        grads = [leaf.grad for leaf in leaves]
        untouched, all_of_it = [float(i) for i in range(100)], [i + g for i, g in enumerate(one_pass)]
        assert grads in (untouched, all_of_it)
        interrupted += grads == untouched
    assert interrupted >= 2, "the interrupt did not arrive before the pass would have ended"

    for leaf in leaves:
        leaf.grad = 0
    y.backward()
    assert [leaf.grad for leaf in leaves] == one_pass
    assert len(ag.topological_order(y)) == 101 + 2 * terms_for(ag)


def test_7_leaf_gradients_are_all_or_nothing_whenever_it_arrives(ag):
    n = 150_000 if ag.build == "compiled" else 2_000
    leaves = [ag.Value(1.0) for _ in range(n)]
    y = ag.fsum([leaf * 2.0 for leaf in leaves])
    y.backward()
    start = time.perf_counter()
    y.backward()
    whole = time.perf_counter() - start

    def ctrl_c(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ctrl_c)
    seen = set()
    rounds = 60 if ag.build == "compiled" else 400
    try:
        for k in range(rounds):
            for leaf in leaves:
                leaf.grad = 0
            with pytest.raises(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, whole * (0.1 + k / rounds))
                y.backward()
                while True:
                    pass
            grads = frozenset(leaf.grad for leaf in leaves)
            assert len(grads) == 1, f"some leaves were changed and some were not: {sorted(grads)}"
            seen |= grads
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert seen == {0.0, 2.0}, "the interrupts did not arrive both during and after the pass"


def test_7_engine_works_after_any_of_many_interrupts(ag):
    code = """
        import signal, time
        from autograd import Value

        class Stuck(Exception):
            pass

        def ctrl_c(number, frame):
            raise KeyboardInterrupt

        def stuck(number, frame):
            raise Stuck

        x = Value(2.0)
        z = x * x
        end = time.perf_counter() + 2.0
        while time.perf_counter() < end:
            try:
                signal.signal(signal.SIGALRM, ctrl_c)
                signal.setitimer(signal.ITIMER_REAL, 3e-5)
                while True:
                    z.backward()
            except KeyboardInterrupt:
                pass
            signal.signal(signal.SIGALRM, stuck)
            signal.setitimer(signal.ITIMER_REAL, 5.0)
            x.grad = 0
            z.backward()
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            assert x.grad == 4.0
        print("done")
    """
    assert run(ag, code) == "done\n"


def test_7_exception_from_another_signal_handler(ag):
    leaves, y, one_pass = long_sum(ag, terms_for(ag))

    def give_up(number, frame):
        raise TimeoutError("too long")

    with pytest.raises(TimeoutError, match="too long"), after_cpu_time(0.02, give_up):
        y.backward()
    assert [leaf.grad for leaf in leaves] == [0.0] * 100
    with pytest.raises(TimeoutError, match="too long"), after_cpu_time(0.02, give_up):
        ag.topological_order(y)
    y.backward()
    assert [leaf.grad for leaf in leaves] == one_pass


def test_7_backward_inside_a_signal_handler_is_refused(ag):
    leaves, y, one_pass = long_sum(ag, terms_for(ag))
    a = ag.Value(3.0)
    other = a * a
    refusals = []

    def reenter(number, frame):
        for action in (other.backward, y.backward, lambda: ag.topological_order(other), lambda: ag.gradients(other, [a])):
            try:
                action()
            except RuntimeError as error:
                refusals.append(str(error))

    with after_cpu_time(0.02, reenter):
        y.backward()
    assert len(refusals) == 4 and all("already in one" in refusal for refusal in refusals)
    assert [leaf.grad for leaf in leaves] == one_pass  # the pass itself went on
    assert a.grad == 0.0
    other.backward()
    assert a.grad == 6.0

    with pytest.raises(RuntimeError, match="signal handler"), after_cpu_time(0.02, lambda number, frame: other.backward()):
        y.backward()
    assert [leaf.grad for leaf in leaves] == one_pass


# ------------------------------------------------------------------------------------------------ 8, 9, 10, 11


@pytest.mark.parametrize("name", ["iadd", "isub", "imul", "itruediv", "ipow", "imod", "ifloordiv"])
def test_8_in_place_operators_rebind(ag, name):
    a = before = ag.Value(3.0, label="a")
    b = a * 2.0
    a = getattr(operator, name)(a, 2.0)
    assert a is not before
    assert before.data == 3.0 and before.label == "a" and before.parents == ()
    assert b.parents[0] is before
    b.backward()
    assert before.grad == 2.0 and a.grad == 0.0


def test_8_gradient_through_a_rebound_name(ag):
    x = ag.Value(3.0)
    y = x
    y += y
    y *= x
    y.backward()
    assert y.data == 18.0 and x.grad == 12.0 and x.data == 3.0


def test_9_bit_identical_whatever_the_hash_seed(ag):
    code = """
        import random
        from autograd import Value, dot, gradients, logsumexp, softmax

        rng = random.Random(7)
        leaves = [Value(rng.gauss(0, 10.0 ** rng.randint(-6, 6)), label=str(i)) for i in range(60)]
        nodes = list(leaves)
        for i in range(3000):
            a, b, c = rng.choices(nodes, k=3)
            nodes.append([a * 0.7 + b, (a - c).tanh(), dot([a, b, c], [0.1, c.tanh(), 0.3]), (b.sin() + a) / 1.7][i % 4])
        y = logsumexp(nodes[-5:]) + softmax(nodes[-20:], 3) + sum(n.tanh() for n in nodes)
        y.backward()
        second = gradients(gradients(y, [leaves[0]])[0], leaves[:5])
        print(y.data.hex(), *[v.grad.hex() for v in nodes], *[s.data.hex() for s in second])
    """
    outputs = {run(ag, code, variables={"PYTHONHASHSEED": seed}) for seed in ("0", "1", "12345", "random")}
    assert len(outputs) == 1
    assert len(outputs.pop().split()) > 3000


def test_10_no_cycles_and_flat_memory(ag):
    code = """
        import gc, sys
        from pathlib import Path
        from autograd import Value, dot, fsum, gradients, softmax

        def memory():
            statm = Path("/proc/self/statm")
            if statm.exists():
                return int(statm.read_text().split()[1]) * 4096
            import resource
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

        ws = [Value(0.1 * i) for i in range(4)]

        def step(k):
            xs = [0.5, -1.0, k % 7, 2.0]
            h = [(dot(ws, xs) + w).tanh() for w in ws]
            loss = fsum([a * a for a in h]) + softmax(h, 1) - sum(h) / (ws[0].exp() + 1.0)
            loss.backward()
            for w in ws:
                w.data -= 1e-6 * w.grad
                w.grad = 0.0
            if k % 50 == 0:
                gradients(gradients(loss, [ws[0]])[0], [ws[1]])
            if k % 51 == 0:
                try:
                    loss * "a"
                except TypeError:
                    pass

        gc.collect()
        gc.disable()
        n = int(sys.argv[1])
        for k in range(n // 10):
            step(k)
        before = memory()
        for k in range(n):
            step(k)
        growth = memory() - before
        assert growth < 4_000_000, f"{growth:,} bytes in {n} steps"
        assert gc.collect() == 0, "unreachable cycles were found"
        print("done")
    """
    assert run(ag, code, 100_000 if ag.build == "compiled" else 8_000) == "done\n"


def test_10_dropping_the_result_frees_the_graph_at_once(ag):
    class Told(float):
        gone = 0

        def __del__(self):
            Told.gone += 1

    gc.disable()
    try:
        x = ag.Value(1.0)
        y = ag.dot([x, Told(2.0)], [Told(3.0), x])
        z = (y * y).exp() + y
        z.backward()
        del y
        assert x.grad != 0.0
        count = Told.gone
        del z
        assert Told.gone == 2 or count == 2  # kept as plain floats, or freed now
    finally:
        gc.enable()


def test_11_running_total_is_documented_with_its_remedy(ag):
    text = " ".join(ag.Value.__doc__.split())
    assert "total += loss" in text and "add `loss.data`" in text
    total = 0.0
    x = ag.Value(2.0)
    for _ in range(3):
        total += (x * x).data
    assert type(total) is float and total == 12.0


# ------------------------------------------------------------------------------------------------ 12, 13, 17: numbers

IEEE = [
    (lambda v: v(1.0) / 0.0, math.inf), (lambda v: v(-1.0) / 0, -math.inf), (lambda v: 1 / v(-0.0), -math.inf),
    (lambda v: 1 / v(0.0), math.inf), (lambda v: v(0.0) / v(0.0), math.nan), (lambda v: v(1e200) ** 2, math.inf),
    (lambda v: v(-1e200) ** 3, -math.inf), (lambda v: v(0.0) ** -1, math.inf), (lambda v: v(-0.0) ** -3, -math.inf),
    (lambda v: v(0.0) ** 0, 1.0), (lambda v: v(0.0).log(), -math.inf), (lambda v: v(-1.0).log(), math.nan),
    (lambda v: v(1000.0).exp(), math.inf), (lambda v: v(-1000.0).exp(), 0.0), (lambda v: v(-1.0).sqrt(), math.nan),
    (lambda v: v(1000.0).sinh(), math.inf), (lambda v: v(-1000.0).sinh(), -math.inf), (lambda v: v(2.0).arcsin(), math.nan),
    (lambda v: v(1.0).arctanh(), math.inf), (lambda v: v(math.inf).sin(), math.nan), (lambda v: v(0.5).arccosh(), math.nan),
    (lambda v: v(-8.0) ** (1 / 3), math.nan), (lambda v: (-8) ** v(1 / 3), math.nan), (lambda v: v(-8.0) ** v(1 / 3), math.nan),
    (lambda v: v(-8.0).cbrt(), -2.0), (lambda v: v(5.0) % 0.0, math.nan), (lambda v: v(math.inf) - math.inf, math.nan),
    (lambda v: v(1e308) * 10.0, math.inf), (lambda v: v(-1e308) + -1e308, -math.inf), (lambda v: v(1000.0).exp2(), 2.0**1000),
    (lambda v: v(-1.0).log1p(), -math.inf), (lambda v: v(710.0).cosh(), math.cosh(710.0)),
    (lambda v: v(2000.0).exp2(), math.inf),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(IEEE)))
def test_12_ieee_values_and_never_an_exception(ag, case):
    compute, expected = IEEE[case]
    z = compute(ag.Value)
    assert type(z.data) is float
    assert same(z.data, expected)
    assert math.copysign(1.0, z.data) == math.copysign(1.0, expected) or expected != expected
    z.backward()
    ag.gradients(z, [p for p in z.parents])


def test_12_gradients_at_the_edges(ag):
    x = ag.Value(0.0)
    x.log().backward()
    assert x.grad == math.inf
    x = ag.Value(0.0)
    x.sqrt().backward()
    assert x.grad == math.inf
    x = ag.Value(1000.0)
    x.exp().backward()
    assert x.grad == math.inf
    x = ag.Value(-3.0)
    (x**2).backward()  # a constant exponent is asked for no slope, which would be log(-3)
    assert x.grad == -6.0
    x, y = ag.Value(2.0), ag.Value(0.0)
    (x / y).backward()
    assert x.grad == math.inf and y.grad == -math.inf


def test_13_nan_through_relu_stays_nan(ag):
    x = ag.Value(math.nan)
    z = x.relu()
    z.backward()
    assert math.isnan(z.data) and math.isnan(x.grad)
    assert math.isnan(ag.relu(math.nan))
    for function in (ag.max, ag.min):
        assert math.isnan(function([x, 1.0]).data) and math.isnan(function([ag.Value(1.0), math.nan]).data)
    assert math.isnan(ag.maximum(x, 1.0).data) and math.isnan(ag.minimum(1.0, x).data)


def test_13_where_has_a_clean_gradient_beside_a_pole(ag):
    x = ag.Value(0.0)
    z = ag.where(x > 0, ag.log(x), 0)
    z.backward()
    assert z.data == 0.0 and x.grad == 0.0
    assert ag.gradients(z, [x])[0].data == 0.0
    x = ag.Value(2.0)
    z = ag.where(x > 0, ag.log(x), 0)
    z.backward()
    assert z.data == math.log(2.0) and x.grad == 0.5


def test_13_where_takes_the_branch_and_records_only_it(ag):
    x, y = ag.Value(2.0), ag.Value(3.0)
    z = ag.where(x > y, x, y)
    assert z.data == 3.0 and z.op == "where" and z.parents == (y,) and z.parents[0] is y
    z.backward()
    assert (x.grad, y.grad) == (0.0, 1.0)
    assert isinstance(ag.where(True, 1.0, y), ag.Value) and ag.where(True, 1, y).parents == ()
    number = ag.where(False, 1, 2)
    assert type(number) is float and number == 2.0
    assert ag.where(ag.Value(0.0), x, y).data == 3.0
    a = ag.Value(2.0)
    assert ag.gradients(ag.gradients(ag.where(a > 0, a**3, a), [a])[0], [a])[0].data == 12.0


def test_17_subnormals_survive_the_import(ag):
    code = """
        import sys, threading
        from autograd import Value

        def check():
            tiny = float(sys.argv[1])
            assert tiny > 0.0 and tiny / 2**51 > 0.0 and tiny / 2**51 * 2**51 == tiny
            v = Value(tiny)
            w = v / 2**51
            assert w.data == 5e-324 * 2 and (w * 0.5).data == 5e-324 and (w * 0.25).data == 0.0
            (v * 5e-324).backward()
            assert v.grad == 5e-324
            assert Value(-745.0).exp().data == 5e-324

        check()
        thread = threading.Thread(target=check)
        thread.start()
        thread.join()
        import numpy
        assert numpy.finfo(float).smallest_subnormal > 0
        print("done")
    """
    assert run(ag, code, sys.float_info.min) == "done\n"


# ------------------------------------------------------------------------------------------------ 14: numbers coming in

ACCEPTED = [
    (3, 3.0), (2.5, 2.5), (True, 1.0), (False, 0.0), (2**53 + 1, float(2**53 + 1)), (2**63, 2.0**63), (-(10**300), -1e300),
    (Fraction(1, 3), 1 / 3), (Decimal("0.1"), 0.1), (np.float64(1.5), 1.5), (np.float32(0.1), float(np.float32(0.1))),
    (np.float16(0.1), float(np.float16(0.1))), (np.longdouble(1.5), 1.5), (np.int8(-100), -100.0), (np.uint8(200), 200.0),
    (np.int16(-300), -300.0), (np.uint16(60000), 6e4), (np.int32(7), 7.0), (np.uint32(7), 7.0), (np.int64(2**53 + 1), 2.0**53),
    (np.uint64(2**64 - 1), 2.0**64), (np.bool_(True), 1.0), (math.inf, math.inf), (-0.0, -0.0),
]  # fmt: skip


@pytest.mark.parametrize("given, expected", ACCEPTED, ids=lambda x: f"{type(x).__name__}_{x}")
def test_14_every_kind_of_real_number_becomes_a_float(ag, given, expected):
    v = ag.Value(given)
    assert type(v.data) is float and v.data == expected
    assert math.copysign(1.0, v.data) == math.copysign(1.0, expected)
    v = ag.Value(0.0)
    v.data = given
    v.grad = given
    assert type(v.data) is float and type(v.grad) is float and v.data == v.grad == expected
    one = ag.Value(1.0)
    for z in (one + given, given + one, ag.fsum([one, given]), ag.dot([one, 1.0], [1, given]), ag.dot([given, one], [1, 1])):
        assert type(z) is ag.Value and type(z.data) is float and z.data == 1.0 + expected
        z.backward()
        assert type(one.grad) is float
    numbers = [ag.exp(given), ag.maximum(given, given), ag.dot([given], [given]), ag.fsum([given]), ag.where(True, given, 0)]
    for number in numbers:
        assert type(number) is float


def test_14_small_integers_do_not_wrap(ag):
    assert (ag.Value(np.int8(100)) + np.int8(100)).data == 200.0
    assert (np.int8(100) + ag.Value(np.int8(100))).data == 200.0
    assert (ag.Value(np.uint8(1)) - np.uint8(2)).data == -1.0
    assert (-ag.Value(np.uint8(1))).data == -1.0
    assert ag.fsum([np.int8(100), np.int8(100), ag.Value(0)]).data == 200.0


def test_14_an_integer_beyond_floats(ag):
    with pytest.raises(OverflowError, match=r"math\.inf"):
        ag.Value(10**400)
    for compute in (lambda v: v * 10**400, lambda v: 10**400 - v, lambda v: ag.fsum([v, -(10**400)])):
        with pytest.raises(OverflowError, match="beyond the largest float"):
            compute(ag.Value(1.0))
    v = ag.Value(1.0)
    with pytest.raises(OverflowError, match="bits"):
        v.data = 10**400
    assert v.data == 1.0


REFUSED = [
    (1j, r"complex.*x\.real"), (np.complex128(1j), r"complex.*x\.real"), (np.complex64(1), "real numbers"),
    ("3.5", r"float\('3\.5'\)"),
    (b"3", "bytes"), (None, "return forgotten"), (np.array([1.0, 2.0]), r"\[Value\(e\) for e in x\]"),
    (np.array(3.0), r"x\.item\(\)"),
    ([1.0], r"\[Value\(e\) for e in x\]"), ((1.0, 2.0), "tuple"), ({"a": 1}, "dict"), ({1.0}, "set"),
    (object(), "int or a float"),
    (np.datetime64(1, "s"), "real numbers"), (np.str_("1"), r"float\("), (len, "int or a float"),
]  # fmt: skip


@pytest.mark.parametrize("given, advice", REFUSED, ids=lambda x: type(x).__name__ if not isinstance(x, str) else x[:8])
def test_14_other_things_are_a_type_error_that_says_what_to_do(ag, given, advice):
    with pytest.raises(TypeError, match=advice):
        ag.Value(given)
    v = ag.Value(1.0)
    with pytest.raises(TypeError, match=advice):
        v.data = given
    with pytest.raises(TypeError, match=advice):
        v.grad = given
    assert v.data == 1.0 and v.grad == 0.0
    with pytest.raises(TypeError, match=advice):
        ag.exp(given)
    with pytest.raises(TypeError, match=advice):
        ag.fsum([v, given])
    with pytest.raises(TypeError, match=advice):
        ag.dot([v], [given])
    if not isinstance(given, np.ndarray):  # arrays go element by element
        for compute in (lambda: v + given, lambda: v**given, lambda: given - v, lambda: v // given, lambda: v.maximum(given)):
            with pytest.raises(TypeError):
                compute()


def test_14_arrays_given_to_functions_of_two_numbers(ag):
    v = ag.Value(1.0)
    for compute in (lambda: ag.maximum(v, np.ones(2)), lambda: ag.hypot(np.ones(2), v), lambda: v.maximum(np.ones(2))):
        with pytest.raises(TypeError, match="array"):
            compute()


def test_14_a_value_inside_a_value(ag):
    v = ag.Value(1.0)
    with pytest.raises(TypeError, match=r"x\.detach\(\)"):
        ag.Value(v)
    with pytest.raises(TypeError, match=r"x\.detach\(\)"):
        v.data = v * 2
    assert v.data == 1.0


# ------------------------------------------------------------------------------------------------ 15, 16: comparing, reading


def test_15_order_and_equality_by_data_hash_by_identity(ag):
    a, b, c = ag.Value(1.0), ag.Value(1.0), ag.Value(2.0)
    assert a == b and not operator.ne(a, b) and a <= b and a >= b and not a < b and not a > b
    assert a < c and c > a and a <= c and c >= a and a != c and not operator.eq(a, c)
    assert a == 1 and operator.eq(1, a) and a < 2 and operator.gt(2, a)
    assert 0.5 < a <= 1.0 and a == Fraction(1) and operator.gt(Fraction(3, 2), a)
    assert a != "1" and not operator.eq(a, None) and a != [1.0]
    with pytest.raises(TypeError):
        a < "1"  # noqa: B015
    nan = ag.Value(math.nan)
    assert operator.ne(nan, nan) and not operator.eq(nan, nan) and not nan < a and not nan >= a
    assert hash(a) != hash(b) and hash(a) == hash(a)
    assert len({a: 1, b: 2, c: 3}) == 3
    assert sorted([c, a, ag.Value(-1.0)])[0].data == -1.0 and max([a, c, b]) is c and min(c, b) is b
    assert type(a < c) is bool and type(a == b) is bool
    assert bool(a) and not ag.Value(0.0) and not ag.Value(-0.0) and nan


def test_15_internals_do_not_rely_on_equality(ag):
    """Leaves with equal data, and with NaN, which equals nothing, are nodes of their own."""
    for data in (1.0, math.nan):
        leaves = [ag.Value(data) for _ in range(5)]
        y = ag.fsum([leaf * float(i) for i, leaf in enumerate(leaves)])
        y.backward()
        assert [leaf.grad for leaf in leaves] == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert [g.data for g in ag.gradients(y, leaves)] == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert len(ag.topological_order(y)) == 11
        twin = copy.deepcopy(y)
        assert len(ag.topological_order(twin)) == 11
        assert len(ag.topological_order(pickle.loads(pickle.dumps(y)))) == 11


def test_16_formatting(ag):
    v = ag.Value(3.14159, label="pi")
    assert f"{v:.3f}" == "3.142" and f"{v:>10.2e}" == "  3.14e+00" and f"{v:g}" == "3.14159" and f"{v:08.2f}" == "00003.14"
    assert f"{v}" == str(v) == repr(v) == "Value(data=3.14159, grad=0.0, label='pi')"
    assert repr(ag.Value(2)) == "Value(data=2.0, grad=0.0)"
    assert repr(ag.Value(math.nan)) == "Value(data=nan, grad=0.0)"
    v.backward()
    assert repr(v) == "Value(data=3.14159, grad=1.0, label='pi')"
    assert "%s" % ag.Value(1) == "Value(data=1.0, grad=0.0)"  # noqa: UP031
    with pytest.raises(ValueError):
        format(v, "d")


def test_16_round(ag):
    v = ag.Value(3.14159)
    assert round(v, 2).data == 3.14 and round(v).data == 3.0 and isinstance(round(v), ag.Value)
    assert round(ag.Value(2.5)).data == 2.0 and round(ag.Value(-0.4)).data == 0.0
    assert math.copysign(1.0, round(ag.Value(-0.4)).data) == -1.0
    assert round(ag.Value(math.inf)).data == math.inf and math.isnan(round(ag.Value(math.nan)).data)
    assert round(v, 2).parents == ()
    assert math.floor(ag.Value(-1.5)).data == -2.0 and math.ceil(ag.Value(1.2)).data == 2.0
    assert math.trunc(ag.Value(-1.5)).data == -1.0


# ------------------------------------------------------------------------------------------------ 18: copies


def example(ag):
    x, w = ag.Value(0.5, label="x"), ag.Value(-1.5, label="w")
    a = x * w + 2.0
    a.label = "a"
    b = ag.dot([a, w, 3.0], [x, 2.0, a])
    b.label = "b"
    y = (ag.where(b > 0, b, 0.0) + ag.softmax([a, b, 1.0], 1)) ** 2 + 3.0 / a - ag.fsum([a, b]).tanh() - ag.log(a)
    return x, w, a, b, y


def pickled(y):
    return pickle.loads(pickle.dumps(y))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickled], ids=["deepcopy", "pickle"])
def test_18_a_copy_of_a_graph_is_a_graph_of_its_own(ag, duplicate):
    x, w, _, _, y = example(ag)
    y.backward()
    originals = ag.topological_order(y)
    twin = duplicate(y)
    twins = ag.topological_order(twin)
    assert len(twins) == len(originals) and not {id(v) for v in twins} & {id(v) for v in originals}
    assert [(v.op, v.data, v.grad, v.label, v.local_derivatives) for v in twins] == [
        (v.op, v.data, v.grad, v.label, v.local_derivatives) for v in originals
    ]
    place, place_of_twin = {id(v): i for i, v in enumerate(originals)}, {id(v): i for i, v in enumerate(twins)}
    assert [[place[id(p)] for p in v.parents] for v in originals] == [[place_of_twin[id(p)] for p in v.parents] for v in twins]
    leaves = {v.label: v for v in twins if not v.op}
    before = leaves["x"].grad
    twin.backward()
    assert leaves["x"].grad == 2 * before == 2 * x.grad and leaves["w"].grad == 2 * w.grad
    assert y.grad == 1.0
    (second,) = ag.gradients(ag.gradients(y, [x])[0], [x])
    (second_of_twin,) = ag.gradients(ag.gradients(twin, [leaves["x"]])[0], [leaves["x"]])
    assert second_of_twin.data == second.data != 0.0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickled], ids=["deepcopy", "pickle"])
def test_18_what_was_shared_stays_shared(ag, duplicate):
    x, w, a, b, y = example(ag)
    for order in ([y, b, a, w, x], [x, w, a, b, y], [a, y, x, b, w]):
        position = {id(v): i for i, v in enumerate(order)}
        twins = duplicate({"nodes": order, "again": [y, x]})
        twin = {v: twins["nodes"][position[id(v)]] for v in order}
        assert twins["again"][0] is twin[y] and twins["again"][1] is twin[x]
        everyone = {id(v) for v in ag.topological_order(twin[y])}
        assert all(id(twin[v]) in everyone for v in order)
        assert len(everyone) == len(ag.topological_order(y))
        twin[y].backward()
        y.backward()
        assert twin[x].grad == x.grad and twin[a].grad == a.grad
        x.grad = w.grad = 0


def test_18_every_pickle_protocol(ag):
    x, w, _, _, y = example(ag)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        x.grad = w.grad = 0
        twin, leaf = pickle.loads(pickle.dumps((y, x), protocol))
        twin.backward()
        y.backward()
        assert twin.data == y.data and leaf.grad == x.grad and leaf.label == "x"


def test_18_copy_of_one_node_keeps_its_parents(ag):
    x, w, a, b, y = example(ag)
    for v in (x, a, b, y):
        twin = copy.copy(v)
        assert twin is not v and (twin.data, twin.op, twin.label) == (v.data, v.op, v.label)
        assert all(p is q for p, q in zip(twin.parents, v.parents, strict=True))
        assert twin.local_derivatives == v.local_derivatives
    copy.copy(a).backward()
    assert x.grad == w.data and w.grad == x.data


def test_18_copies_made_without_recording_are_still_graphs(ag):
    """no_grad() is about operations: a copy made inside is a copy, not a leaf with dead gradients."""
    y = example(ag)[-1]
    data = pickle.dumps(y)
    with ag.no_grad():
        twins = [copy.deepcopy(y), copy.copy(y), pickle.loads(data)]
    for twin in twins:
        assert twin.op == y.op and len(twin.parents) == len(y.parents)


def test_18_pickle_of_values_that_share_nothing(ag):
    values = [ag.Value(float(i)) * 2.0 for i in range(200)]
    twins = pickled(values)
    for i, twin in enumerate(twins):
        assert twin.data == 2.0 * i and twin.op == "mul"
        twin.backward()
        assert twin.parents[0].grad == 2.0


def test_18_special_numbers_and_labels_survive(ag):
    for data in (math.nan, math.inf, -0.0, 5e-324, 0.1):
        v = ag.Value(data, label='quote " \\ \n 😀')
        v.grad = data
        for twin in (pickled(v), copy.deepcopy(v), copy.copy(v), pickled(v * 1.0).parents[0]):
            assert twin.data.hex() == twin.grad.hex() == data.hex() and twin.label == v.label


def test_18_custom_primitive_missing_at_load(ag, tmp_path):
    file = tmp_path / "graph.pickle"
    run(ag, """
        import pickle, sys
        from autograd import Value, primitive

        cube = primitive("a_cube", lambda x: x * x * x, lambda x, out: 3 * x * x)
        with open(sys.argv[1], "wb") as file:
            pickle.dump(cube(Value(2.0, "x")) + 1.0, file)
    """, file)  # fmt: skip
    load = """
        import pickle, sys
        from autograd import Value, primitive

        if sys.argv[2] == "defined":
            primitive("another", lambda x: x, lambda x, out: 1.0)
            primitive("a_cube", lambda x: x * x * x, lambda x, out: 3 * x * x)
        with open(sys.argv[1], "rb") as file:
            try:
                y = pickle.load(file)
            except ValueError as error:
                assert "'a_cube'" in str(error) and "autograd.primitive" in str(error), error
                print("refused")
            else:
                y.backward()
                leaf = y.parents[0].parents[0]
                print(y.data, y.parents[0].op, leaf.label, leaf.grad)
    """
    assert run(ag, load, file, "missing") == "refused\n"
    assert run(ag, load, file, "defined") == "9.0 a_cube x 12.0\n"


def test_18_a_pickle_from_one_process_in_another(ag, tmp_path):
    file = tmp_path / "model.pickle"
    run(ag, """
        import pickle, sys
        from autograd import Value

        w, x = Value(2.0, "w"), Value(3.0)
        y = (w * x).tanh() + w
        with open(sys.argv[1], "wb") as file:
            pickle.dump({"w": w, "y": y}, file)
    """, file)  # fmt: skip
    assert run(ag, """
        import pickle, sys

        with open(sys.argv[1], "rb") as file:
            loaded = pickle.load(file)
        loaded["y"].backward()
        print(loaded["w"].label, loaded["w"].grad > 1.0)
    """, file) == "w True\n"  # fmt: skip


# ------------------------------------------------------------------------------------------------ 19: threads


@contextmanager
def eager_switching():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def in_four_threads(action):
    failures = []
    ready = threading.Barrier(4)

    def work(i):
        try:
            ready.wait()
            action(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(4)]
    with eager_switching():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "a thread never came back"
    assert not failures, failures


def whole_number_graph(ag, leaves, seed):
    """A graph whose adjoints are whole numbers, so that their sums do not depend on the order."""
    rng = random.Random(seed)
    nodes = list(leaves)
    makers = [lambda a, b: a - b, lambda a, b: ag.fsum([a, b, 1.0]) - b, lambda a, b: ag.where(True, a, b), lambda a, b: -a]
    for _ in range(600):
        nodes.append(rng.choice(makers)(*rng.choices(nodes[-12:], k=2)))
    return ag.fsum(nodes)


def one_pass(leaves, y):
    for leaf in leaves:
        leaf.grad = 0
    y.backward()
    found = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = 0
    return found


def test_19_four_threads_on_disjoint_graphs(ag):
    leaves = [[ag.Value(float(i)) for i in range(8)] for _ in range(4)]
    graphs = [whole_number_graph(ag, leaves[k], k) for k in range(4)]
    expected = [one_pass(leaves[k], graphs[k]) for k in range(4)]

    def work(k):
        for _ in range(25):
            graphs[k].backward()

    in_four_threads(work)
    for k in range(4):
        assert [leaf.grad for leaf in leaves[k]] == [25 * g for g in expected[k]]
        assert any(expected[k])


def test_19_four_threads_on_one_graph(ag):
    leaves = [ag.Value(float(i)) for i in range(8)]
    y = whole_number_graph(ag, leaves, 1)
    expected = one_pass(leaves, y)
    size = len(ag.topological_order(y))

    def work(k):
        for _ in range(20):
            y.backward()
            if k == 0:
                assert len(ag.topological_order(y)) == size
            if k == 1:
                assert [g.data for g in ag.gradients(y, leaves)] == expected

    in_four_threads(work)
    assert [leaf.grad for leaf in leaves] == [80 * g for g in expected] and any(expected)


def test_19_four_threads_sharing_leaves(ag):
    leaves = [ag.Value(float(i)) for i in range(8)]
    graphs = [whole_number_graph(ag, leaves, k) for k in range(4)]
    expected = [one_pass(leaves, y) for y in graphs]

    def work(k):
        for _ in range(20):
            graphs[k].backward()
            whole_number_graph(ag, leaves[:2], k)

    in_four_threads(work)
    assert [leaf.grad for leaf in leaves] == [20 * sum(column) for column in zip(*expected, strict=True)]


def test_19_threads_building_on_shared_leaves_and_freeing(ag):
    x = ag.Value(1.0)
    results = [0.0] * 4

    def work(k):
        for _ in range(5):
            y = x
            for _ in range(2000):
                y = y + 1.0
            results[k] = y.data
            y.backward()

    in_four_threads(work)
    assert results == [2001.0] * 4 and x.grad == 20.0


# ------------------------------------------------------------------------------------------------ 20: fork


def test_20_a_forked_child_works(ag):
    code = """
        import os, sys
        from autograd import Value, gradients, no_grad

        x = Value(3.0)
        y = x * x
        y.backward()

        def child(paused):
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    y.backward()
                    z = (x * y).exp().log()
                    z.backward()
                    assert (z.parents == ()) == paused
                    assert x.grad == (13.0 if paused else 39.0), x.grad
                    assert gradients(y, [x])[0].data == 6.0
                    code = 0
                finally:
                    os._exit(code)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

        x.grad = 6.0
        child(False)
        x.grad = 7.0
        with no_grad():
            child(True)
        x.grad = 6.0
        y.backward()
        assert x.grad == 12.0
        print("done")
    """
    assert run(ag, code) == "done\n"


def test_20_no_threads_at_import(ag):
    code = """
        import os, sys, threading
        from pathlib import Path

        assert threading.active_count() == 1
        assert "multiprocessing" not in sys.modules and "concurrent.futures" not in sys.modules
        tasks = Path("/proc/self/task")
        assert not tasks.exists() or len(list(tasks.iterdir())) == 1
        print("done")
    """
    assert run(ag, code) == "done\n"


# ------------------------------------------------------------------------------------------------ recording or not


def test_no_grad_records_nothing(ag):
    x = ag.Value(2.0)
    assert ag.is_grad_enabled()
    with ag.no_grad():
        assert not ag.is_grad_enabled()
        results = [
            x * x, x + 1, -x, 2**x, x.exp(), ag.dot([x], [x]), ag.fsum([x, x]), ag.prod([x]), ag.max([x]),
            ag.softmax([x, 1], 0),
            ag.clip(x, 0, 1), ag.where(True, x, 0), x.maximum(1.0), ag.leaky_relu(x), abs(x),
        ]  # fmt: skip
    assert ag.is_grad_enabled()
    for result in results:
        assert isinstance(result, ag.Value) and result.parents == () and result.op == "" and result is not x
    assert [result.data for result in results[:5]] == [4.0, 3.0, -2.0, 4.0, math.exp(2.0)]
    for result in results:
        result.backward()
    assert x.grad == 0.0
    (x * x).backward()
    assert x.grad == 4.0


def test_no_grad_nests_and_survives_exceptions(ag):
    x = ag.Value(2.0)
    with ag.no_grad():
        with ag.no_grad():
            pass
        assert not ag.is_grad_enabled() and (x * 2).parents == ()
        with pytest.raises(ZeroDivisionError), ag.no_grad():
            raise ZeroDivisionError
        assert not ag.is_grad_enabled()
    assert ag.is_grad_enabled()
    with pytest.raises(KeyError), ag.no_grad():
        raise KeyError
    assert ag.is_grad_enabled() and (x * 2).parents == (x,)


def test_no_grad_as_a_decorator(ag):
    x = ag.Value(2.0)

    @ag.no_grad()
    def evaluate(n):
        """Doc."""
        assert not ag.is_grad_enabled()
        return evaluate(n - 1) if n else x * 3.0

    assert evaluate(3).parents == () and evaluate.__doc__ == "Doc." and ag.is_grad_enabled()

    @ag.no_grad()
    def fail():
        raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert ag.is_grad_enabled()


def test_no_grad_holds_for_its_own_thread_only(ag):
    x = ag.Value(2.0)
    inside, checked = threading.Event(), threading.Event()
    seen = []

    def pause():
        with ag.no_grad():
            inside.set()
            checked.wait(30)
            seen.append((x * 3).parents)
        seen.append((x * 3).parents)

    thread = threading.Thread(target=pause)
    thread.start()
    assert inside.wait(30)
    assert ag.is_grad_enabled() and (x * 2).parents == (x,)
    with ag.no_grad():
        assert (x * 2).parents == ()
    assert (x * 2).parents == (x,)
    checked.set()
    thread.join(30)
    assert seen == [(), (x,)] and ag.is_grad_enabled()


def test_backward_works_inside_no_grad(ag):
    x = ag.Value(3.0)
    y = x * x
    with ag.no_grad():
        y.backward()
        slope = ag.gradients(y, [x])[0]
    assert x.grad == 6.0 and slope.data == 6.0


def test_detach(ag):
    x = ag.Value(3.0, label="x")
    y = x * x
    cut = y.detach()
    assert cut.data == 9.0 and cut.parents == () and cut.grad == 0.0 and cut is not y
    (cut * x).backward()
    assert x.grad == 9.0 and cut.grad == 3.0 and y.grad == 0.0
    leaf = x.detach()
    leaf.data = 5.0
    assert x.data == 3.0


# ------------------------------------------------------------------------------------------------ leaving the graph


def test_conversions_that_would_cut_the_graph(ag):
    v = ag.Value(2.0, label="speed")
    for convert in (float, math.exp, math.sqrt, math.isnan, lambda x: math.hypot(x, 1.0)):
        with pytest.raises(TypeError, match=r"speed.*v\.data.*v\.exp\(\)"):
            convert(v)
    with pytest.raises(TypeError, match=r"int\(v\.data\).*v\.trunc\(\)"):
        int(v)
    with pytest.raises(TypeError, match=r"complex\(v\.data\)"):
        complex(v)
    with pytest.raises(TypeError):
        operator.getitem([1, 2, 3], v)
    with pytest.raises(TypeError):
        range(v)


# ------------------------------------------------------------------------------------------------ functions over lists


def test_dot_of_lists_of_different_length(ag):
    x = ag.Value(1.0)
    with pytest.raises(ValueError, match="2 and 3"):
        ag.dot([x, 1.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="0 and 1"):
        ag.dot([], [x])
    z = ag.dot((v for v in [x, 2.0]), iter([3.0, x]))
    z.backward()
    assert z.data == 5.0 and x.grad == 5.0


def test_empty_lists(ag):
    assert ag.dot([], []) == 0.0 and ag.fsum([]) == 0.0 and ag.prod([]) == 1.0
    assert type(ag.fsum([])) is float
    for name in ("max", "min", "logsumexp", "softmax", "log_softmax"):
        with pytest.raises(ValueError, match=rf"{name}\(\) of an empty list"):
            getattr(ag, name)([])
    with pytest.raises(ValueError, match="softmax"):
        ag.softmax([], 0)


def test_fsum_is_exact(ag):
    assert ag.fsum([ag.Value(0.1)] * 10).data == 1.0
    xs = [ag.Value(x) for x in (1e16, 1.0, -1e16, 1e-30)]
    z = ag.fsum(xs)
    assert z.data == 1.0
    z.backward()
    assert [x.grad for x in xs] == [1.0] * 4
    rng = random.Random(5)
    numbers = [rng.gauss(0, 10.0 ** rng.randint(-20, 20)) for _ in range(500)]
    exact = float(sum(map(Fraction, numbers)))
    assert ag.fsum([ag.Value(x) for x in numbers]).data == exact == ag.fsum(numbers)


def test_fsum_beyond_the_range(ag):
    big = ag.Value(1e308)
    assert ag.fsum([big, 1e308, -1e308]).data == 1e308
    assert ag.fsum([big, big, big]).data == math.inf
    assert ag.fsum([-big, -1e308, -1e308]).data == -math.inf
    assert math.isnan(ag.fsum([ag.Value(math.inf), -math.inf]).data)
    assert ag.fsum([ag.Value(math.inf), 1.0]).data == math.inf
    assert math.isnan(ag.fsum([big, math.nan]).data)


@pytest.mark.parametrize(
    "numbers, slopes",
    [([2.0, 3.0, 4.0], [12.0, 8.0, 6.0]), ([0.0, 3.0, 4.0], [12.0, 0.0, 0.0]), ([0.0, 0.0, 4.0], [0.0] * 3), ([5.0], [1.0])],
)
def test_prod_with_zeros(ag, numbers, slopes):
    xs = [ag.Value(x) for x in numbers]
    z = ag.prod(xs)
    z.backward()
    assert z.data == math.prod(numbers)
    assert [x.grad for x in xs] == slopes
    assert [g.data for g in ag.gradients(ag.prod(xs), xs)] == slopes
    if len(xs) == 3:
        mixed = ag.gradients(ag.gradients(ag.prod(xs), xs[:1])[0], xs[1:2])[0]
        assert mixed.data == numbers[2]


def test_softmax(ag):
    xs = [ag.Value(1.0), ag.Value(2.0), 3.0]
    all_of_them = ag.softmax(xs)
    total = sum(math.exp(k) for k in (1, 2, 3))
    assert [s.data for s in all_of_them] == pytest.approx([math.exp(k) / total for k in (1, 2, 3)], rel=1e-15)
    assert ag.softmax(xs, 1).data == all_of_them[1].data and ag.softmax(xs, -1).data == all_of_them[2].data
    ag.fsum(all_of_them).backward()
    assert abs(xs[0].grad) < 1e-16 and abs(xs[1].grad) < 1e-16
    assert ag.log_softmax(xs, 2).data == pytest.approx(math.log(math.exp(3) / total), rel=1e-14)
    for name in ("softmax", "log_softmax"):
        for index in (3, -4):
            with pytest.raises(IndexError, match=f"3 components.*{index}"):
                getattr(ag, name)(xs, index)
    assert ag.softmax([ag.Value(1000.0), 0.0], 0).data == 1.0
    assert ag.log_softmax([ag.Value(0.0), 1000.0], 0).data == -1000.0


# ------------------------------------------------------------------------------------------------ looking at a graph


def test_labels(ag):
    v = ag.Value(1.0)
    assert v.label == ""
    v.label = "speed"
    assert v.label == "speed" and ag.Value(1.0, "a").label == "a" and ag.Value(1.0, label="b").label == "b"
    for node in (v * 2, ag.dot([v], [v]), v.tanh(), ag.where(True, v, 0)):
        assert node.label == ""
        node.label = "n"
        assert node.label == "n" and node.parents[0] is v
        node.label = ""
        assert node.label == ""
    with pytest.raises(TypeError, match="str"):
        v.label = 3
    with pytest.raises(TypeError, match="str"):
        ag.Value(1.0, label=3)
    assert v.label == "speed"


def test_values_take_no_other_attributes(ag):
    """They could make a cycle, which reference counting alone would never free."""
    v = ag.Value(1.0)
    with pytest.raises(AttributeError):
        v.child = v
    with pytest.raises(AttributeError):
        v.parents = ()
    with pytest.raises(TypeError, match="already a node"):
        (v * 2).__init__(3.0)


def test_topological_order(ag):
    x, w = ag.Value(2.0, "x"), ag.Value(3.0, "w")
    a = x * w
    b = a + x
    y = ag.dot([a, b], [b, w])
    order = ag.topological_order(y)
    assert len(order) == 5 and order[-1] is y and {id(v) for v in order} == {id(v) for v in (x, w, a, b, y)}
    place = {id(v): i for i, v in enumerate(order)}
    assert all(place[id(p)] < place[id(v)] for v in order for p in v.parents)
    assert not any(v.op for v in order[:2]) and all(v.op for v in order[2:])
    assert ag.topological_order(x) == [x]
    assert x.grad == 0.0  # nothing was changed


def test_topological_order_of_random_graphs(ag):
    for seed in range(20):
        rng = random.Random(seed)
        nodes = [ag.Value(rng.random()) for _ in range(5)]
        for _ in range(60):
            some = rng.choices(nodes, k=rng.randint(1, 4))
            nodes.append(ag.fsum(some) if rng.random() < 0.5 else nodes[-1] * some[0])
        ancestors, todo = set(), [nodes[-1]]
        while todo:
            v = todo.pop()
            if id(v) not in ancestors:
                ancestors.add(id(v))
                todo.extend(v.parents)
        order = ag.topological_order(nodes[-1])
        assert len(order) == len(ancestors) and {id(v) for v in order} == ancestors
        place = {id(v): i for i, v in enumerate(order)}
        assert all(place[id(p)] < place[id(v)] for v in order for p in v.parents)


@pytest.mark.parametrize("thing", [3, None, "x", [1.0]], ids=repr)
def test_only_values_have_a_graph(ag, thing):
    x = ag.Value(1.0)
    for call in (ag.topological_order, ag.backward, ag.draw, lambda y: ag.gradients(y, [x]), lambda y: ag.gradients(x, [x, y])):
        with pytest.raises(TypeError):
            call(thing)
    (x * x).backward()
    assert x.grad == 2.0
