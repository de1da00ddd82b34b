"""Fixtures of the tests of pages: one browser for the session, a new context for each page.

The browser lives in the event loop of the session, and so do its tests: a module of them has
`pytest.mark.asyncio(loop_scope="session")` in its `pytestmark`.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from aiokube.testing.real.binaries import cache_directory
from tests.codegen.command import ROOT
from tests.pages.reference import reference_of
from tests.support.chromium import NoBrowser, find_chromium
from tests.support.pages import Pages, launched

_CHROMIUM = pytest.StashKey[Path]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Finds or installs the browser before the first test: no test's timeout is spent on that, and progress is seen,
    which pytest captures once tests run."""
    needed = any("browser" in getattr(item, "fixturenames", ()) for item in session.items)
    if not needed or session.config.option.collectonly:
        return
    try:
        session.config.stash[_CHROMIUM] = find_chromium(cache=cache_directory(), progress=_report)
    except NoBrowser as error:
        pytest.exit(str(error), returncode=1)


def _report(line: str) -> None:
    sys.stderr.write(f"tests of pages: {line}\n")
    sys.stderr.flush()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(pytestconfig: pytest.Config) -> AsyncIterator[Browser]:
    """A headless Chromium, shared by all tests of the session."""
    async with launched(pytestconfig.stash[_CHROMIUM]) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def pages(browser: Browser) -> AsyncIterator[Pages]:
    """Opens pages. What the browser complains of in them fails the test."""
    opened = Pages(browser)
    yield opened
    await opened.close()
    assert not opened.complaints


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference of the shipped API."""
    return reference_of(ROOT / "spec" / "v3", tmp_path_factory.mktemp("reference") / "shipped")


@pytest.fixture(scope="session")
def custom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference of a few custom resources."""
    return reference_of(ROOT / "tests" / "codegen" / "crds.json", tmp_path_factory.mktemp("reference") / "custom")
