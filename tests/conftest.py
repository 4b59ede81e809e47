"""Every test that takes `ag` runs against both builds of the engine; `-k compiled` or `-k pure` chooses one."""

import signal
from collections.abc import Iterator
from types import ModuleType

import pytest
from browser import Browser, running_browser
from builds import BUILDS
from hypothesis import HealthCheck, settings

# The same examples in every run; those of `make fuzz` differ.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fixed")

# Their failures say as much as those of tests.
pytest.register_assert_rewrite("commands", "compiled_trainings", "edge_cases", "finite_field", "processes")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "ag" in metafunc.fixturenames:
        metafunc.parametrize("ag", list(BUILDS.values()), ids=list(BUILDS), scope="session")


@pytest.fixture
def table_as_before(ag: ModuleType) -> Iterator[None]:
    """Takes the primitives that a test adds out of the table again."""
    table = ag.engine.primitives.BY_NAME
    before = dict(table)
    yield
    table.clear()
    table.update(before)


@pytest.fixture(scope="module")  # while it runs, Playwright has an event loop running: other modules want their own
def _browser() -> Iterator[Browser]:
    yield from running_browser()


@pytest.fixture
def browser(_browser: Browser) -> Iterator[Browser]:
    """The browser of a module; the pages of a test are closed after it, and have to have been quiet."""
    yield _browser
    _browser.close_pages()


def pytest_report_header(config: pytest.Config) -> str:
    missing = "" if "compiled" in BUILDS else "; the engine is not compiled here, so only its plain Python files are tested"
    return f"engine builds under test: {', '.join(BUILDS)}{missing}"


def pytest_configure() -> None:
    """Tests press Ctrl-C, which a shell lets its background jobs ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
