"""A short part of `make fuzz`, with fixed seeds; and the failures it found before, which are in tests/corpus."""

import json
from pathlib import Path

import pytest
from fuzzing import batches
from fuzzing.__main__ import CORPUS, KINDS

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="the cases are forked, in bounds that Linux keeps"
)

COUNTS = {"graphs": 100, "listings": 100, "files": 150}


@pytest.mark.parametrize("name", KINDS)
def test_the_first_cases_of_every_kind(name: str) -> None:
    found = list(batches.failures(KINDS[name], [f"fixed/{name}/{i}" for i in range(COUNTS[name])]))
    assert not found, "\n\n".join(f"{failure.seed}\n{KINDS[name].shown(failure.case)}\n{failure.said}" for failure in found)


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.json")), ids=lambda file: file.stem)
def test_what_failed_once(file: Path) -> None:
    known = json.loads(file.read_text())
    assert batches.outcome(KINDS[known["kind"]], known["case"]) == ""
