from pathlib import Path

import pytest
from browser import Browser, Opened
from small_function import f as branchy

from autograd import explore


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Opened:
    explore(branchy, 0.5, -1.5, 1.25).save(tmp_path / "page.html")
    return browser.open(tmp_path / "page.html")
