"""One browser for all tests of pages; each test's pages are closed after it, and have to have been quiet."""

from collections.abc import Iterator

import pytest
from browser import Browser, running_browser


@pytest.fixture(scope="session")
def _browser() -> Iterator[Browser]:
    yield from running_browser()


@pytest.fixture
def browser(_browser: Browser) -> Iterator[Browser]:
    yield _browser
    _browser.close_pages()
