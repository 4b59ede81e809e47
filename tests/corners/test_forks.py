"""A process forked while other threads are busy: the child computes, records and runs as its parent does."""

import functools
import importlib
import os
import pkgutil
from types import ModuleType

import pytest
from corners import outcomes

import autograd
import nn


@functools.cache
def forked(build: str) -> dict[str, str]:
    from builds import BUILDS

    return outcomes(BUILDS[build], FORKING, FORKS, seconds=10)


FORKING = """
import os, threading, time
from autograd import Value
compiled = autograd.compile(lambda x: x * x)
compiled(1.0)

def in_child(work):
    '''The exit code of a child that does some work; 99 if it hangs.'''
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + 3.0
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done: return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return 99

def while_another(busy, work):
    '''Forks while a thread is in the middle of `busy`, which is given a function that waits.'''
    inside, go = threading.Event(), threading.Event()
    def wait(*_):
        inside.set()
        go.wait(8.0)
        return 0.0
    thread = threading.Thread(target=busy, args=(wait,))
    thread.start()
    assert inside.wait(5.0)
    code = in_child(work)
    go.set()
    thread.join()
    assert code == 0, code

def graph():
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0

def call():
    assert compiled(4.0) == 16.0
    assert compiled([2.0, 3.0][0]) == 4.0

def record_anew():
    assert autograd.compile(autograd.grad(lambda x: x * x))(3.0) == 6.0
"""
_RECORDING = "lambda wait: autograd.compile(lambda x: x * x + wait())(3.0)"
FORKS = {
    "backward, while a thread records": f"while_another({_RECORDING}, graph)",
    "a known call, while a thread records": f"while_another({_RECORDING}, call)",
    "another recording, while a thread records": f"while_another({_RECORDING}, record_anew)",
    "the same function, while a thread records it": """
f = autograd.compile(lambda x: x * x + wait_here())
wait_here = lambda: 0.0
def busy(wait):
    global wait_here
    wait_here = wait
    f([1.0, 2.0][1])
def work():
    global wait_here
    wait_here = lambda: 0.0
    assert f(3.0) == 9.0
while_another(busy, work)
""",
    "over rows, while a thread runs over rows": """
import numpy as np
from autograd import primitive
armed = []
def rule(x):
    if armed: armed.pop()()
    return x * 1.0
own = primitive("waits", rule, lambda x, out: 1.0)
f = autograd.compile(lambda x: own(x) * 2.0, in_axes=0)
f(np.arange(3.0))
def busy(wait):
    armed.append(wait)
    f(np.arange(3.0))
def work():
    armed.clear()
    assert f(np.arange(5.0)).tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
while_another(busy, work)
""",
    "backward, while a thread is in backward": """
def busy(wait):
    import sys
    x = Value(1.0)
    y = x * x
    if autograd.build == "pure":  # compiled, a pass keeps the interpreter to itself
        sys.setprofile(lambda frame, event, argument: wait() if frame.f_code.co_name == "whole_pass" else None)
    y.backward()
    sys.setprofile(None)
    wait()
while_another(busy, graph)
""",
    "every lock of the package held": """
import sys
kinds = type(threading.Lock()), type(threading.RLock())
locks = [v for name, m in [*sys.modules.items()] if name.startswith("autograd") for v in vars(m).values() if type(v) in kinds]
def busy(wait):
    for lock in locks: lock.acquire()
    wait()
    for lock in locks: lock.release()
def work():
    graph()
    call()
    record_anew()
    assert autograd.compile(autograd.derivative(lambda x: x.mish().arctan2(x.gelu()), 2))(0.3)  # of rows that are made for it
while_another(busy, work)
""",
    "a property that is computed once, while a thread computes it": """
from autograd import derivative, jvp, primitive
armed = []
def slope(x, out):
    if armed and isinstance(x, Value): armed.pop()()
    return 2.0 * x
own = primitive("waits", lambda x: x * x, slope)
def twice():
    return derivative(lambda x: jvp(own, (x,), (1.0,))[1])(3.0)
def busy(wait):
    armed.append(wait)
    twice()
def work():
    armed.clear()
    assert twice() == 2.0
while_another(busy, work)
""",
    "a picture and a film, while a thread draws": """
import sys, nn
autograd.explore
module = sys.modules[autograd.explore.__module__]
plain = module.names_of
def busy(wait):
    module.names_of = lambda nodes: (wait(), plain(nodes))[1]
    autograd.explore(Value(1.0) * 2.0).names
def work():
    module.names_of = plain
    assert autograd.explore(Value(1.0) * 2.0).names[-1] == "y"
    autograd.draw(Value(1.0) * 2.0)
while_another(busy, work)
""",
    "in a block of no_grad": """
with autograd.no_grad():
    def work():
        assert not (Value(1.0) * 2.0).parents
    assert in_child(work) == 0
assert in_child(graph) == 0
""",
    "the next pass of a graph made before": """
x = Value(3.0)
y = x * x
y.backward()
def work():
    y.backward()
    assert x.grad == 12.0
assert in_child(work) == 0 and x.grad == 6.0
""",
}


def test_nothing_holds_a_lock_while_it_computes_a_property() -> None:
    """functools.cached_property of Python 3.11 has one, which a child that is forked meanwhile waits for without end."""
    for package in (autograd, nn):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.rpartition(".")[2] in ("__main__", "native_sources"):
                continue
            for thing in [*vars(importlib.import_module(found.name)).values()]:
                if isinstance(thing, type) and thing.__module__ == found.name:
                    locked = [name for name, what in vars(thing).items() if hasattr(what, "lock")]
                    assert not locked, (thing, locked)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize(
    "case",
    [*FORKS],
)
def test_a_fork(ag: ModuleType, case: str) -> None:
    assert forked(ag.build)[case] == ""
