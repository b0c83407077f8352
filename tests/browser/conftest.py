"""One demo and one browser for each module."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.demo import chromium, running_browser, running_demo
from tests.browser.window import PATIENCE, Window, a_window

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def program() -> str:
    """Chromium; without it a failure in CI, elsewhere a skip."""
    found = chromium()
    if found is None and os.environ.get("CI"):
        pytest.fail("CI must have Chromium: apt-get install chromium")
    if found is None:
        pytest.skip("Chromium is not installed")
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(program: str) -> AsyncIterator[Browser]:
    """The browser of a module."""
    async with running_browser(program) as ready:
        yield ready


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(program: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:  # noqa: ARG001 - no demo without a browser
    """Where the page of the module's demo is."""
    async with running_demo(tmp_path_factory.mktemp("demo")) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: Browser, address: str) -> AsyncIterator[Window]:
    """Ana's window; afterwards its console must be clean, and nothing may have left this machine."""
    async with a_window(browser, address) as ready:
        yield ready
        assert ready.complaints == []
        assert ready.strangers == []
