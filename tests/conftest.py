"""Every test that takes `ag` runs against both builds of the engine; `-k compiled` or `-k pure` chooses one."""

import signal

import pytest
from builds import BUILDS

pytest.register_assert_rewrite("edge_cases", "finite_field", "processes")  # their failures say as much as those of tests


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "ag" in metafunc.fixturenames:
        metafunc.parametrize("ag", list(BUILDS.values()), ids=list(BUILDS), scope="session")


def pytest_report_header(config: pytest.Config) -> str:
    missing = "" if "compiled" in BUILDS else "; the engine is not compiled here, so only its plain Python files are tested"
    return f"engine builds under test: {', '.join(BUILDS)}{missing}"


def pytest_configure() -> None:
    """Tests press Ctrl-C, which a shell lets its background jobs ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
