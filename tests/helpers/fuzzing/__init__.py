"""Random graphs, random programs and damaged files, each held to an oracle: `make fuzz`.

A kind of case is a module of this package with four functions. A case is plain data that JSON can hold:

    make(rng)           a case
    check(case)         raises where the oracle is broken
    smaller(case)       simpler cases, of which one may fail in the same way
    shown(case)         the case as a person would write it down

`batches.py` runs cases in processes with bounds of time and memory, and cuts down those that fail; `__main__.py` counts, and
keeps failures in tests/corpus, which the tests replay.
"""
