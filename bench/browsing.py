"""Pages in a headless Chromium: how long until they can be used, how long they block, and what they take.

Each visit has a new browser with an empty profile.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, CDPSession, Page, async_playwright

QUIET_S: Final = 1.0
"""A page is quiet when no task of 50 ms or more has run for so long."""
PATIENCE_S: Final = 120.0
_ARGUMENTS: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    # The address bar's own pages: their process takes more memory than that of most pages.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)
_WATCH: Final = """
(() => {
  const bench = (window.bench = { shown: null, tasks: [] });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) bench.tasks.push([one.startTime, one.duration]);
  }).observe({ type: "longtask", buffered: true });
  const look = () => {
    if (document.body && (SHOWN)) bench.shown = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
_SEARCH: Final = """
async ([selector, text, hit]) => {
  const input = document.querySelector(selector);
  const started = performance.now();
  // React looks at the property of the prototype.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  const found = new Function(`return ${hit}`);
  while (!found()) await new Promise(requestAnimationFrame);
  // Until the frame is painted.
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return (performance.now() - started) / 1000;
}
"""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One visit of a page. Times are in seconds since the start of the navigation."""

    interactive: float
    """When the page showed what it is for and, from then on, was quiet."""
    blocked: float
    """The sum of what tasks took beyond 50 ms each."""
    longest: float
    """The longest task; 0 if none took 50 ms."""
    memory: float
    """The most memory that the process of the page held, in MB."""
    heap: float
    """JavaScript's heap after a collection, in MB."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Searches in one page. Times are in seconds."""

    first: float
    """From turning to the search until the hit is painted."""
    again: float
    """The same text once more."""
    keystrokes: Sequence[float]
    """The same text letter by letter, until hits are painted."""
    memory: float
    """The most memory that the process of the page held, in MB."""


async def visit(chromium: Path, url: str, shown: str) -> Visit:
    """Visit a page.

    Args:
        chromium: The browser.
        url: The address.
        shown: An expression of JavaScript that is true when the page shows what it is for.
    """
    async with _opened(chromium, url, shown) as (browser, page):
        state = await _quiet(page)
        ends = [start + duration for start, duration in state["tasks"]]
        session = await page.context.new_cdp_session(page)
        return Visit(
            interactive=max([state["shown"], *ends]) / 1000,
            blocked=sum(duration - 50 for _, duration in state["tasks"]) / 1000,
            longest=max((duration for _, duration in state["tasks"]), default=0) / 1000,
            memory=await _peak_memory(browser),
            heap=await _heap(session),
        )


async def find(chromium: Path, url: str, shown: str, *, opener: str, search: str, text: str, hit: str) -> Found:
    """Search in a page.

    Args:
        chromium: The browser.
        url: The address of the page.
        shown: As of `visit`.
        opener: Selector of what opens the search.
        search: Selector of its input.
        text: What to search for.
        hit: An expression that is true when it has been found.
    """
    async with _opened(chromium, url, shown) as (browser, page):
        await _quiet(page)
        started = time.perf_counter()
        await page.click(opener)
        await page.wait_for_selector(search)
        await page.evaluate(_SEARCH, [search, text, hit])
        first = time.perf_counter() - started
        await _quiet(page)
        await page.evaluate(_SEARCH, [search, "", "true"])
        again = await page.evaluate(_SEARCH, [search, text, hit])
        keystrokes = [
            await page.evaluate(_SEARCH, [search, text[:length], "true"]) for length in range(1, len(text) + 1)
        ]
        return Found(first=first, again=again, keystrokes=keystrokes, memory=await _peak_memory(browser))


async def version_of(chromium: Path) -> str:
    """Return the name and version of the browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            return f"Chromium {browser.version}"
        finally:
            await browser.close()


@asynccontextmanager
async def _opened(chromium: Path, url: str, shown: str) -> AsyncIterator[tuple[Browser, Page]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(PATIENCE_S * 1000)
            await page.add_init_script(_WATCH.replace("SHOWN", shown))
            await page.goto(url)
            yield browser, page
        finally:
            await browser.close()


async def _quiet(page: Page) -> dict[str, Any]:
    """Wait until the page has shown what it is for and is quiet; return what the script in it has seen."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        state: dict[str, Any] = await page.evaluate("({...window.bench, now: performance.now()})")
        ends = [start + duration for start, duration in state["tasks"]]
        if state["shown"] is not None and state["now"] - max([state["shown"], *ends]) > QUIET_S * 1000:
            return state
        if time.monotonic() > deadline:
            lack = "does not show what it was opened for" if state["shown"] is None else "is not quiet"
            raise TimeoutError(f"{page.url} {lack} after {PATIENCE_S:.0f} s")
        await asyncio.sleep(0.1)


async def _peak_memory(browser: Browser) -> float:
    """Return the most memory that the process of the page held; a spare process that waits for a page is smaller."""
    session = await browser.new_browser_cdp_session()
    found = await session.send("SystemInfo.getProcessInfo")
    pids = [process["id"] for process in found["processInfo"] if process["type"] == "renderer"]
    return max(map(_peak_of, pids)) * 1024 / 1e6


def _peak_of(pid: int) -> int:
    """Return the most memory that a process held, in KiB."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    return int(match[1]) if match else 0


async def _heap(session: CDPSession) -> float:
    await session.send("HeapProfiler.collectGarbage")
    used = await session.send("Runtime.getHeapUsage")
    return float(used["usedSize"]) / 1e6
