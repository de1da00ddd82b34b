"""Pages in a real browser, watched: a complaint of the browser or a request to another host fails the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

TIMEOUT_MS = 10_000
# No name is resolved and no address reached but that of a server of this machine.
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--no-first-run",
)
# The package is here for this file; its own functions have no types.
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_LOCAL_SCHEMES = ("about", "blob", "data", "file")


@asynccontextmanager
async def launched(chromium: Path) -> AsyncIterator[Browser]:
    """A headless browser, which ends with the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


class Pages:
    """Opens pages, each in a browser context of its own, and collects what must not happen in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts = AsyncExitStack()
        self._opened: list[Page] = []
        self.complaints: list[str] = []
        """Console errors, exceptions, and requests to other hosts. A test that expects some looks and clears them."""

    async def open(self, url: str, **options: Any) -> Page:
        """Open an address in a new context.

        Args:
            url: The address; `about:blank` opens nothing.
            options: Those of Playwright's `Browser.new_context`, such as `java_script_enabled`.
        """
        context = await self._browser.new_context(**options)
        self._contexts.push_async_callback(context.close)
        context.set_default_timeout(TIMEOUT_MS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"exception: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._request_failed)
        page = await context.new_page()
        self._opened.append(page)
        await page.goto(url)
        return page

    async def close(self) -> None:
        """Close every page, when all that it has said has come."""
        for page in filter(lambda page: not page.is_closed(), self._opened):
            # Events come in order, so those before the answer to this are there with it.
            await page.evaluate("0")
        self._opened.clear()
        await self._contexts.aclose()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in _LOCAL_SCHEMES and url.hostname != "127.0.0.1":
            self.complaints.append(_to_another_host(request))

    def _request_failed(self, request: Request) -> None:
        # The policy of the page has stopped it before it was sent, and the console says so.
        if request.failure == "csp" and _to_another_host(request) in self.complaints:
            self.complaints.remove(_to_another_host(request))


def _to_another_host(request: Request) -> str:
    return f"request to another host: {request.url}"


async def accessibility_problems(page: Page) -> str:
    """Findings of axe in the visible part of a page, a line for each element; empty if it finds nothing.

    What is closed is taken out of the page: nobody sees it, and axe takes long to find that out.
    """
    await page.evaluate(
        "document.querySelectorAll('details:not([open]) > :not(summary)').forEach((one) => one.remove())"
    )
    await page.evaluate(_AXE)
    # Without `preload`, which requests stylesheets once more.
    violations = await page.evaluate("axe.run({ preload: false }).then((results) => results.violations)")
    return "\n".join(
        f"{violation['id']}: {violation['help']}: {node['html']}\n{node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    )


async def ready_to_search(page: Page) -> None:
    """Load the search of a page of the reference, as turning to it does, and turn away again."""
    search = page.get_by_role("combobox")
    await search.focus()
    await page.evaluate("window.aiokubeSearch.ready")
    await search.blur()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A server of the files below a folder; yields its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of a request."""
