"""One browser for all tests of a module; each test's pages are closed after it, and have to have been quiet."""

from collections.abc import Iterator

import pytest
from browser import Browser, running_browser


@pytest.fixture(scope="module")  # while it runs, Playwright has an event loop running: other modules want their own
def _browser() -> Iterator[Browser]:
    yield from running_browser()


@pytest.fixture
def browser(_browser: Browser) -> Iterator[Browser]:
    yield _browser
    _browser.close_pages()
