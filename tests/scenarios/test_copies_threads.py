"""Scenarios 18 to 20 of an engine's list: copies and pickles, threads, fork."""

import copy
import io
import math
import pickle
import random
import sys
import threading
import types
from contextlib import contextmanager
from fractions import Fraction

import pytest
from processes import run

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


def test_18_a_pickle_ends_without_a_call_that_would_swallow_an_interrupt(ag):
    """Python drops what is raised in the callback of a weak reference, a KeyboardInterrupt too."""
    called = []
    pickler = pickle.Pickler(io.BytesIO())
    *_, y = example(ag)
    pickler.dump([y, y + 1.0])
    sys.setprofile(lambda frame, event, argument: called.append((event, frame.f_code.co_filename)))
    try:
        del pickler
    finally:
        sys.setprofile(None)
    assert not [where for event, where in called if event == "call"]
    assert pickled(y).data == y.data


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
    save = """
        import pickle, sys
        from autograd import Value, primitive

        cube = primitive("a_cube", lambda x: x * x * x, lambda x, out: 3 * x * x)
        with open(sys.argv[1], "wb") as file:
            pickle.dump(cube(Value(2.0, "x")) + 1.0, file)
    """
    run(ag, save, file)
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
    save = """
        import pickle, sys
        from autograd import Value

        w, x = Value(2.0, "w"), Value(3.0)
        y = (w * x).tanh() + w
        with open(sys.argv[1], "wb") as file:
            pickle.dump({"w": w, "y": y}, file)
    """
    load = """
        import pickle, sys

        with open(sys.argv[1], "rb") as file:
            loaded = pickle.load(file)
        loaded["y"].backward()
        print(loaded["w"].label, loaded["w"].grad > 1.0)
    """
    run(ag, save, file)
    assert run(ag, load, file) == "w True\n"


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


def test_19_threads_defining_primitives_and_compiling(ag, table_as_before):
    made = [[] for _ in range(4)]

    def work(k):
        for i in range(100):
            made[k].append(ag.primitive(f"times {k} {i}", lambda x, by=100 * k + i: x * by, lambda x, out, by=100 * k + i: by))
        assert ag.compile(ag.value_and_grad(made[k][50]))(2.0) == (2.0 * (100 * k + 50), 100.0 * k + 50)

    in_four_threads(work)
    x = ag.Value(1.0)
    assert [[own(x).op for own in several] for several in made] == [[f"times {k} {i}" for i in range(100)] for k in range(4)]


def test_19_while_another_thread_is_still_importing_numpy(ag, monkeypatch):
    known = ag.compile(ag.grad(lambda x, by=0: x * x))
    assert known(3.0) == 6.0
    monkeypatch.setitem(sys.modules, "numpy", types.ModuleType("numpy"))  # there, and empty so far
    assert ag.Value(Fraction(1, 2)).data == 0.5 and ag.Value(2.0) > Fraction(1, 2)
    assert ag.hessian(lambda v: v[0] * v[1])([1.0, 2.0]) == [[0.0, 1.0], [1.0, 0.0]]
    assert known(3) == 6.0 and known(3.0) == 6.0
    with pytest.raises(TypeError, match="told apart by hash"):
        known(3.0, by=type("Rate", (), {"__hash__": None})())


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
