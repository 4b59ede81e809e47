"""Transforms and what surrounds a call: blocks, threads, exceptions, the leaves and graphs of others, names."""

import functools
import importlib
import math
import threading

import pytest


def functional(ag):
    return importlib.import_module(f"{ag.__name__}.derivatives.functional")


def nothing_is_running(ag):
    with importlib.import_module(f"{ag.__name__}.engine.modes").Call() as call:
        return call.around is None


# ------------------------------------------------------------------------------------------------ what surrounds a call


def everything(ag):
    """Of x³ at 2, by every transform: pairs of got and wanted."""

    def f(x):
        return x**3

    return [
        (ag.grad(f)(2.0), 12.0),
        (ag.value_and_grad(f)(2.0), (8.0, 12.0)),
        (ag.derivative(f, 3)(2.0), 6.0),
        (ag.jacobian(f, mode="forward")(2.0), 12.0),
        (ag.jacobian(f, mode="reverse")(2.0), 12.0),
        (ag.hessian(f)(2.0), 12.0),
        (ag.hvp(f, 2.0, 10.0), 120.0),
        (ag.jvp(f, (2.0,), (10.0,)), (8.0, 120.0)),
        (ag.vjp(f, 2.0)[1](10.0), (120.0,)),
        (ag.grad(ag.grad(f))(2.0), 12.0),
        (ag.jvp(ag.grad(f), (2.0,), (1.0,)), (12.0, 12.0)),
        (ag.grad(lambda x: ag.jvp(f, (x,), (x,))[1])(2.0), 36.0),
        (ag.jacobian(f, sparse=True)(2.0).toarray().tolist(), [[12.0]]),
        (ag.hessian(f, sparse=True)(2.0).toarray().tolist(), [[12.0]]),
    ]


def test_inside_no_grad_derivatives_are_what_they_are(ag):
    with ag.no_grad():
        for got, want in everything(ag):
            assert got == want
        assert not ag.is_grad_enabled()
        x = ag.Value(2.0)
        for got in (
            ag.grad(lambda v: v**3)(x),
            *ag.value_and_grad(lambda v: v**3)(x),
            ag.vjp(lambda v: v**3, x)[0],
            *ag.jvp(lambda v: v**3, (x,), (1.0,)),
            ag.derivative(lambda v: v**3, 2)(x),
        ):
            assert isinstance(got, ag.Value) and got.parents == ()
        assert ag.derivative(lambda v: v**3, 2)(x).data == ag.jvp(lambda v: v**3, (x,), (1.0,))[1].data == 12.0


def test_what_is_computed_inside_no_grad_is_a_constant_further_out(ag):
    def f(x):
        with ag.no_grad():
            slope = ag.grad(lambda y: y**3)(x)
            value = ag.value_and_grad(lambda y: y**2)(x)[0]
        return slope * x + value

    assert ag.value_and_grad(f)(2.0) == (28.0, 12.0)


def test_enable_grad_is_of_each_thread_and_each_call(ag):
    recorded = ag.enable_grad()
    inside, go = threading.Event(), threading.Event()

    @recorded
    def slow():
        inside.set()
        assert go.wait(10)
        return ag.is_grad_enabled()

    seen = []

    def other_thread():
        with ag.no_grad():
            seen.append(slow())
            seen.append(ag.is_grad_enabled())

    thread = threading.Thread(target=other_thread)
    thread.start()
    assert inside.wait(10)
    with recorded:  # the same object, entered here in between
        assert ag.is_grad_enabled()
    assert ag.is_grad_enabled()
    go.set()
    thread.join()
    assert seen == [True, False]
    with ag.no_grad(), recorded, recorded, ag.no_grad():
        assert not ag.is_grad_enabled()
    assert ag.is_grad_enabled()


def test_a_generator_inside_enable_grad_may_be_closed_by_another_thread(ag):
    def numbers():
        with ag.enable_grad():
            yield 1

    failures = []

    def close(generator):
        try:
            generator.close()
        except BaseException as error:
            failures.append(error)

    generator = numbers()
    next(generator)
    thread = threading.Thread(target=close, args=(generator,))
    thread.start()
    thread.join()
    assert failures == [] and ag.is_grad_enabled()


def test_four_threads_at_once(ag):
    failures = []
    start = threading.Barrier(4)

    def work():
        start.wait()
        for _ in range(10 if ag.build == "compiled" else 3):
            for got, want in everything(ag):
                if got != want:
                    failures.append((got, want))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and nothing_is_running(ag)


def test_a_derivative_taken_in_a_thread_that_f_starts(ag):
    def f(x):
        found = []
        thread = threading.Thread(target=lambda: found.append(ag.grad(lambda y: x * y * y)(3.0)))
        thread.start()
        thread.join()
        return found[0] * x

    assert ag.grad(f)(2.0) == 24.0  # 6x · x


def test_parameters_in_closures_keep_their_gradients(ag):
    w = ag.Value(2.0)
    w.grad = 7.0
    for transform in (ag.grad, ag.hessian, ag.jacobian, ag.derivative):
        transform(lambda x: w * x**3)(1.0)
    ag.hvp(lambda x: w * x**3, 1.0, 1.0), ag.jvp(lambda x: w * x, (1.0,), (1.0,)), ag.vjp(lambda x: w * x, 1.0)[1](1.0)
    assert (w.data, w.grad) == (2.0, 7.0)


def test_an_exception_in_f_passes_through_and_leaves_nothing_behind(ag):
    class MineError(Exception):
        pass

    def f(x):
        if x > 1.0:
            raise MineError
        return ag.grad(f)(x + 1.0)

    with ag.no_grad():
        for transform in (ag.grad, ag.jacobian, ag.hessian, ag.derivative):
            with pytest.raises(MineError):
                transform(f)(0.5)
        assert not ag.is_grad_enabled()
    assert ag.is_grad_enabled() and nothing_is_running(ag)
    assert ag.grad(lambda x: x * x)(3.0) == 6.0

    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ag.grad(interrupted)(1.0)
    assert nothing_is_running(ag)


def test_a_value_that_escaped_is_a_number_like_another(ag):
    kept = []
    assert ag.grad(lambda x: (kept.append(x), x * x)[1])(3.0) == 6.0
    assert (kept[0].data, kept[0].grad) == (3.0, 0.0)
    assert ag.grad(lambda x: kept[0] * x)(1.0) == 3.0
    assert ag.grad(lambda x: x * 2.0)(kept[0]).data == 2.0


def test_backward_inside_f_does_no_harm(ag):
    def f(x):
        y = x**3
        y.backward()
        return y * 2.0

    assert ag.grad(f)(2.0) == 24.0


def test_a_chain_of_a_million_nodes(ag):
    n = 1_000_000 if ag.build == "compiled" else 20_000

    def f(x):
        for _ in range(n):
            x = x * 0.999 + 0.001
        return x

    assert ag.grad(f)(2.0) == pytest.approx(0.999**n, rel=1e-9)
    assert ag.jvp(f, (2.0,), (1.0,))[1] == pytest.approx(0.999**n, rel=1e-9)


def test_an_inner_derivative_does_not_walk_through_what_came_before_it(ag, monkeypatch):
    """A simulation of many steps, each with a derivative in it, differentiated: work in proportion to the steps."""
    module = functional(ag)
    walked = []

    def order_down_to(xs, root):
        order = original(xs, root)
        walked.append(len(order))
        return order

    original = module.order_down_to
    monkeypatch.setattr(module, "order_down_to", order_down_to)

    def energy(q):
        return 0.5 * q * q + 0.1 * q**4

    def final(q, slope):
        p = 0.0
        for _ in range(50):
            p = p - 0.01 * slope(q)
            q = q + 0.01 * p
        return q

    for slope, walks in ((ag.grad(energy), 1), (lambda q: ag.jvp(energy, (q,), (1.0,))[1], 2)):
        h = 1e-6
        numerical = (final(1.0 + h, slope) - final(1.0 - h, slope)) / (2 * h)
        walked.clear()
        assert ag.grad(lambda q, slope=slope: final(q, slope))(1.0) == pytest.approx(numerical, rel=1e-8)
        assert len(walked) == 50 * walks and max(walked) < 25


def test_an_order_down_to_some_nodes_ends_there(ag):
    backward = importlib.import_module(f"{ag.__name__}.engine.backward")
    start = ag.Value(2.0)
    x = start * start
    y = x.exp() * x + 1.0
    assert [v.op for v in backward.order_down_to([x], y)] == ["mul", "exp", "mul", "add"]
    assert backward.order_down_to([x], x) == [x]
    ag.topological_order(y), y.backward()  # later passes are none the worse
    assert start.grad == pytest.approx(2 * 2 * (math.exp(4.0) * 4.0 + math.exp(4.0)))


def test_nan_and_infinity_pass_through(ag):
    assert math.isnan(ag.grad(lambda x: x * x)(math.nan)) and ag.grad(lambda x: x * x)(math.inf) == math.inf
    assert ag.value_and_grad(lambda x: x.log())(0.0) == (-math.inf, math.inf)
    assert math.isnan(ag.hessian(lambda x: x.log())(-1.0))


def test_transforms_say_what_they_are(ag):
    def speed(x):
        return x * x

    for made, name in [
        (ag.grad(speed), "grad(speed)"),
        (ag.value_and_grad(speed), "value_and_grad(speed)"),
        (ag.hessian(speed), "hessian(speed)"),
        (ag.jacobian(speed), "jacobian(speed)"),
        (ag.derivative(speed, 2), "derivative of order 2(speed)"),
        (ag.grad(ag.grad(speed)), "grad(grad(speed))"),
        (ag.grad(functools.partial(speed)), "grad(speed)"),
    ]:
        assert made.__name__ == name and "speed" in made.__doc__
    assert ag.grad(speed).__wrapped__ is speed
