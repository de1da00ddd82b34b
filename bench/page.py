"""docs/performance.md: the chart, the rows of each section with their sentences, and earlier runs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from .chart import BLOCKS
from .clients import CLIENT_GO_VERSION
from .history import Run
from .peers import SOURCES
from .rows import Row, Section, table
from .works import PROTOBUF

_DISTRIBUTIONS = ("aiohttp", "orjson", *dict.fromkeys(source.distribution for source in SOURCES.values()))
_EARLIER = 10

INTRODUCTIONS: Mapping[Section, str] = {
    "Import": "The price of a start.",
    "Get": "Many small calls: what aiokube adds to plain aiohttp, which receives the same bytes.",
    "Calls": "Calls of several kinds in one process, on asyncio's own event loop, and a get on that of uvloop.",
    "Decode": "The part of lists, watches and informers that is the client's own, without a server.",
    "Watch": "Changes that the server holds already, so that the client sets the pace.",
    "List": "All pods of a namespace, as an application gets them when it starts.",
    "Informer": "A cache that follows the server. client-go fills it by a streaming list, as it does by default.",
    "Other kinds": (
        "Memory of cached objects that are smaller or larger than pods. The custom resource has 20 KB of JSON and no "
        "class; client-go keeps it as maps."
    ),
    "Event loop": (
        "The lateness of a task that sleeps for a millisecond in the event loop of an informer. The pods come from a "
        "scripted server. A stall has no reference: its limit is absolute."
    ),
    "Apply": "Manifests of real operators, out of their Go modules, against `kubectl apply --server-side`.",
    "Pages": """The pages of `aiokube reference` in a headless Chromium, against viewers of the same OpenAPI document.
The method lists pods, and the field is the `livenessProbe` of a container.

- **interactive**: time until the page shows what it was opened for, and until the end of the last task of 50 ms or more
  after which none follows for a second.
- **blocked**: the sum of what tasks took beyond 50 ms each; **longest task**: nothing if none took 50 ms.
- **memory**: the peak of the process of the page, most of which is the browser's program; **heap**: JavaScript's, after
  a collection.
- **first search**: time from turning to the search until the hit is painted, the loading of the index included;
  **search**: of the same text once more; **keystroke**: of the slowest letter of it, typed one by one.""",
}
_LAST = "## Earlier runs"

_PAGE = """# Performance

Written by `make bench` on {date}, in one run on one machine: {machine}.

![Times and memory of aiokube and other clients](performance.svg)

Each client runs in new processes against a real kube-apiserver whose pods were created, scheduled and reported as
running, and receives the same objects. Clients take turns, and a time is that of the best round, because other load
can only make a round slower. A ratio is the number of aiokube divided by that of the reference: below 1, aiokube is
ahead. The ratios matter; the seconds are those of one small machine.

- **bytes only** is aiohttp, which receives the response and does not decode it: the floor of a client in Python.
- **client-go JSON** and **client-go protobuf** are Kubernetes' own client in Go, {client_go}, without its limit of
  calls in a second. aiokube speaks JSON.
{packages}

`make bench-quick` measures fewer objects, without the slow clients, in under two minutes. Both commands compare their
ratios with those of the last committed run of their kind in `bench/history.jsonl`, and fail if one is worse by 15 %.
{sections}
## Earlier runs

Ratios to {reference}, of which below 1 is ahead.

{history}
"""


def page(run: Run, rows: Sequence[Row], earlier: Iterable[Run]) -> str:
    """Write the page of a full run; `earlier` are the runs before it, oldest first."""
    sections = [
        _section(name, found) for name in INTRODUCTIONS if (found := [row for row in rows if row.section == name])
    ]
    runs = [each for each in (*earlier, run) if each.kind == run.kind][-_EARLIER:]
    return _PAGE.format(
        date=run.date,
        machine=run.machine,
        client_go=CLIENT_GO_VERSION,
        packages=textwrap.fill(
            f"- The Python packages are {', '.join(_versions())}. Slow ones have one round.",
            120,
            subsequent_indent="  ",
        ),
        sections="".join(sections),
        reference=PROTOBUF,
        history=history_table(runs),
    )


def with_section(text: str, name: Section, rows: Sequence[Row], note: str) -> str:
    """Return a page with a section that has a command of its own, in the place of an earlier one.

    Args:
        text: The page.
        name: The section.
        rows: Its rows.
        note: When and with what it was measured.
    """
    return _placed(text, name, _section(name, rows, note))


def keep_section(text: str, name: Section, earlier: str) -> str:
    """Return a page with a section of an earlier page; without it if that had none."""
    _, found, rest = earlier.partition(_heading(name))
    return _placed(text, name, f"{found}{rest[: rest.index(_LAST)]}") if found else text


def _placed(text: str, name: Section, section: str) -> str:
    """Return a page with a section before its last one."""
    before, _, after = text.partition(_LAST)
    head = before.partition(_heading(name))[0].rstrip()
    return f"{head}\n{section.rstrip()}\n\n{_LAST}{after}"


def _heading(name: Section) -> str:
    return f"\n## {name}\n"


def _section(name: Section, rows: Sequence[Row], note: str = "") -> str:
    sentences = {row.measure: row.sentence for row in rows if row.sentence}
    lines = [f"- **{measure}**: {sentence}" for measure, sentence in sentences.items()]
    paragraphs = (f"\n## {name}", INTRODUCTIONS[name], textwrap.fill(note, 120), "\n".join(lines), table(rows))
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _versions() -> Iterator[str]:
    for name in _DISTRIBUTIONS:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} (not installed)"


def history_table(runs: Sequence[Run]) -> str:
    """Format the ratios that the chart shows, with the newest run first."""
    head = ["date", "commit", "machine", *(f"{section}: {measure}" for section, measure in BLOCKS)]
    lines = [head, ["---"] * len(head)]
    for run in reversed(runs):
        ratios = [run.ratios.get(f"{section}: {measure}, against {PROTOBUF}") for section, measure in BLOCKS]
        lines.append(
            [run.date, run.commit, run.machine, *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios)]
        )
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
