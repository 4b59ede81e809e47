"""Who takes part in benchmarks/peers.py. Each module has CONTENDERS: for every name, what makes its form of each task.

A maker is given the data of a work (arrays by name, see works.py) and gives a function; works.py says what that is to do.
"""

from __future__ import annotations

from dataclasses import dataclass

NETWORKS = ("moons", "digits")
FITS = ("fit_moons", "fit_digits", "fit_many")
ESTIMATORS = ("classifier", "predict")
FUNCTIONS = ("rosenbrock", "black_scholes")
GRAPHS = ("graph", "graph_gradient")
MODELS = ("gpt", "rnn", "gaussian_process", "logsumexp", "second")


@dataclass(frozen=True)
class Contender:
    """One line of the table.

    module      where it is written, in this package
    tasks       those it has a maker for
    packages    the distributions whose versions are quoted
    at_home     whether it runs in the environment of this library; the others have an environment of their own
    few         whether it gets fewer rows where there are very many
    threads     how many it can use
    patient     whether it compiles for many seconds, and so is left out of the quick table
    """

    name: str
    module: str
    tasks: tuple[str, ...]
    packages: tuple[str, ...] = ()
    at_home: bool = False
    few: bool = False
    threads: int = 1
    patient: bool = False


EVERYBODY = [
    Contender(
        "ours compiled",
        "with_autograd",
        (*NETWORKS, *FITS, "prepare", *ESTIMATORS, *FUNCTIONS, *MODELS, *GRAPHS),
        ("scalar-autograd", "numpy"),
        at_home=True,
        threads=2,
    ),
    Contender("ours eager", "with_autograd", (*NETWORKS, *FUNCTIONS, *MODELS), ("scalar-autograd",), at_home=True, few=True),
    Contender("ours nn.descend", "with_autograd", NETWORKS, ("scalar-autograd",), at_home=True),
    Contender("python by hand", "with_python", ("rosenbrock",), at_home=True),
    Contender("python Values", "with_python", ("gpt",), at_home=True, patient=True),
    Contender("scikit-learn", "with_sklearn", ESTIMATORS, ("scikit-learn",), at_home=True),
    Contender(
        "numpy by hand",
        "with_numpy",
        (*NETWORKS, *FITS, "prepare", *ESTIMATORS, *FUNCTIONS, *MODELS),
        ("numpy", "scipy"),
        at_home=True,
    ),
    Contender("numba by hand", "with_numba", (*NETWORKS, *FUNCTIONS), ("numba", "llvmlite"), threads=2, patient=True),
    Contender("jax.jit", "with_jax", (*NETWORKS, *FUNCTIONS, *MODELS, *GRAPHS), ("jax", "jaxlib"), threads=2),
    Contender("jax lax.scan", "with_jax", (*NETWORKS, *FITS), ("jax", "jaxlib")),
    Contender("torch", "with_torch", (*NETWORKS, *FITS, "prepare", *FUNCTIONS, *MODELS), ("torch",), threads=2),
    Contender("torch.compile", "with_torch", (*NETWORKS, "black_scholes"), ("torch",), patient=True),
    Contender("casadi", "with_casadi", (*NETWORKS, "rosenbrock", *GRAPHS), ("casadi",)),
    Contender("casadi buffer", "with_casadi", FUNCTIONS, ("casadi",), threads=2),
    Contender("casadi C by gcc", "with_casadi", (*NETWORKS, *FUNCTIONS, *GRAPHS), ("casadi",), patient=True),
    Contender("ddx-ad", "with_ddx", ("rosenbrock", *GRAPHS), ("ddx-ad",)),
    Contender("ddx-ad buffer", "with_ddx", ("moons", *FUNCTIONS), ("ddx-ad",)),
    Contender("micrograd", "with_micrograd", ("moons", "rosenbrock"), ("micrograd",)),
    Contender("micrograd GC off", "with_micrograd", ("moons", "rosenbrock"), ("micrograd",)),
]
OURS = EVERYBODY[0]
