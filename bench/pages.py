"""`make bench-pages`: measure the pages of the reference beside Swagger UI and Redoc, and write their section of
docs/performance.md.

`CORPUS=FOLDER` measures the reference of a cluster with the CRDs of a folder as well.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from aiokube import Client
from aiokube.testing.real.binaries import cache_directory
from tests.cluster.cluster import Cluster
from tests.codegen.command import AIOKUBE, ROOT
from tests.corpus import Corpus
from tests.support.children import output_of
from tests.support.chromium import find_chromium
from tests.support.pages import served

from .browsing import Found, Visit, find, version_of, visit
from .clients import OURS
from .history import machine
from .page import with_section
from .rows import Row, table
from .viewers import FIELD, REDOC, SWAGGER_UI, Viewer, lay_out

_PAGE: Final = Path("docs/performance.md")
_ROUNDS: Final = 5
_ROUNDS_OF_MANY: Final = 3
_OPENED: Final = "document.readyState !== 'loading' && document.querySelector('main h1')"
_IN_VIEW: Final = """(() => {{
    const box = document.getElementById('{id}')?.getBoundingClientRect();
    return box && box.height > 0 && box.top >= 0 && box.top < innerHeight;
}})()"""
_EMPTY: Final = "an empty page"
_POD: Final = "kinds/core/v1/pod.html"
_METHOD_ID: Final = "kube.core_v1.pods.list"
_FIELD_ID: Final = f"Pod.spec.containers[].{FIELD}"
_VIEWERS: Final = (SWAGGER_UI, REDOC)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The reference of an API beside the viewers of its document, in folders of one server."""

    name: str
    """Name of the API in the rows."""
    address: str
    seconds: float
    """How long making it took."""
    size: int
    """Bytes of all files."""
    rounds: int

    def viewer(self, viewer: Viewer, fragment: str = "") -> str:
        """Return the address of a viewer's page."""
        return f"{self.address}/{viewer.package}/index.html#{fragment}"

    def page(self, path: str) -> str:
        """Return the address of a page of the reference."""
        return f"{self.address}/reference/{path}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A visit, by side: addresses, and expressions that are true when their target is shown."""

    name: str
    sides: Mapping[str, tuple[str, str]]
    missing: Mapping[str, str]
    measures: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing that is measured in a visit."""

    unit: str
    value: Callable[[Visit], float]
    most: float | None = None


_MEASURES: Final = {
    "interactive": Measure(unit="s", value=lambda one: one.interactive, most=0.15),
    "blocked": Measure(unit="s", value=lambda one: one.blocked),
    "longest task": Measure(unit="s", value=lambda one: one.longest, most=0.05),
    "memory": Measure(unit="MB", value=lambda one: one.memory, most=160),
    "heap": Measure(unit="MB", value=lambda one: one.heap),
}


def main() -> int:
    """Measure, write the section, and return 1 if a target is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path, nargs="?", help="folder of CRDs, such as `make corpus` takes")
    corpus: Path | None = parser.parse_args().corpus
    chromium = find_chromium(cache=cache_directory(), progress=_report)
    with tempfile.TemporaryDirectory(prefix="aiokube-") as scratch:
        rows = list(_rows(chromium, Path(scratch), corpus))
    print(table(rows))
    note = (
        f"Written by `make bench-pages` on {datetime.now(UTC):%Y-%m-%d}, on {machine()}, with "
        f"{asyncio.run(version_of(chromium))}, {' and '.join(one.title for one in _VIEWERS)}: medians of {_ROUNDS} "
        f"visits, or {_ROUNDS_OF_MANY} of the larger API, each with a new browser."
    )
    _PAGE.write_text(with_section(_PAGE.read_text(encoding="utf-8"), "Pages", rows, note), encoding="utf-8")
    failures = [f"target missed: {row.name}: {row.target}" for row in rows if not row.reached]
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _rows(chromium: Path, scratch: Path, corpus: Path | None) -> Iterator[Row]:
    with served(scratch) as address:
        document = (ROOT / "spec" / "openapi.json").read_bytes()
        shipped = _made("shipped", ["--spec", ROOT / "spec" / "v3"], document, scratch, address, _ROUNDS)
        yield from _made_rows(shipped, seconds=10, megabytes=25)
        for case in (_start(shipped), _kind(shipped), _method(shipped), _field(shipped)):
            yield from _case_rows(shipped, case, chromium)
        yield from _search_rows(shipped, chromium)
        if corpus is None:
            return
        with Cluster() as cluster:
            document = asyncio.run(_with_crds(cluster, corpus))
            source = ["--kubeconfig", cluster.kubeconfig]
            many = _made("with all CRDs", source, document, scratch, address, _ROUNDS_OF_MANY)
        yield from _made_rows(many, seconds=60, megabytes=None)
        yield from _case_rows(many, _start(many), chromium)
        yield from _search_rows(many, chromium)


async def _with_crds(cluster: Cluster, corpus: Path) -> bytes:
    """Install the CRDs of a folder, and return the document of version 2.0 that the server then serves."""
    async with Client(kubeconfig=cluster.kubeconfig) as kube:
        await Corpus(corpus).install(kube)
        response = await kube.request("GET", "/openapi/v2", accept="application/json")
        return bytes(response.body)


def _made(name: str, source: Sequence[object], document: bytes, scratch: Path, address: str, rounds: int) -> Reference:
    """Make a reference, and lay out the viewers beside it."""
    folder = scratch / name.replace(" ", "-")
    for viewer in _VIEWERS:
        lay_out(viewer, document, folder / viewer.package)
    (folder / "empty.html").write_text("<!doctype html><title>Empty</title>", encoding="utf-8")
    started = time.perf_counter()
    output_of(*AIOKUBE, "reference", *map(str, source), "--output", folder / "reference", timeout=300)
    seconds = time.perf_counter() - started
    size = sum(path.stat().st_size for path in (folder / "reference").rglob("*") if path.is_file())
    return Reference(name=name, address=f"{address}/{folder.name}", seconds=seconds, size=size, rounds=rounds)


def _start(reference: Reference) -> Case:
    return Case(
        name="start page",
        sides={
            OURS: (reference.page("index.html"), _OPENED),
            **{viewer.title: (reference.viewer(viewer), viewer.is_shown) for viewer in _VIEWERS},
        },
        missing={},
        measures=list(_MEASURES),
    )


def _kind(reference: Reference) -> Case:
    return Case(
        name="page of Pod",
        sides={OURS: (reference.page(_POD), _OPENED), _EMPTY: (f"{reference.address}/empty.html", "true")},
        missing={},
        measures=list(_MEASURES),
    )


def _method(reference: Reference) -> Case:
    return Case(
        name="link to a method",
        sides={
            OURS: (reference.page(f"{_POD}#{_METHOD_ID}"), _IN_VIEW.format(id=_METHOD_ID)),
            **{viewer.title: (reference.viewer(viewer, viewer.method), viewer.method_is_shown) for viewer in _VIEWERS},
        },
        missing={},
        measures=["interactive", "longest task"],
    )


def _field(reference: Reference) -> Case:
    return Case(
        name="link to a field",
        sides={
            OURS: (reference.page(f"{_POD}#{_FIELD_ID}"), _IN_VIEW.format(id=_FIELD_ID)),
            REDOC.title: (reference.viewer(REDOC, REDOC.field), REDOC.field_is_shown),
        },
        missing={SWAGGER_UI.title: "it has no links to fields"},
        measures=["interactive", "longest task", "memory"],
    )


def _made_rows(reference: Reference, *, seconds: float, megabytes: float | None) -> Iterator[Row]:
    yield Row(
        section="Pages",
        measure=f"{reference.name}: made in",
        sentence="",
        ours=reference.seconds,
        unit="s",
        most=seconds,
    )
    yield Row(
        section="Pages",
        measure=f"{reference.name}: size",
        sentence="",
        ours=reference.size / 1e6,
        unit="MB",
        most=megabytes,
    )


def _case_rows(reference: Reference, case: Case, chromium: Path) -> Iterator[Row]:
    _report(f"{reference.name}: {case.name}")
    visits: dict[str, list[Visit]] = {side: [] for side in case.sides}
    for _ in range(reference.rounds):
        for side, (url, shown) in case.sides.items():
            visits[side].append(asyncio.run(visit(chromium, url, shown)))
    for name in case.measures:
        measure = _MEASURES[name]
        values = {side: median(map(measure.value, found)) for side, found in visits.items()}
        title = f"{reference.name}, {case.name}: {name}"
        yield from _beside(title, measure.unit, values, case.missing, measure.most)


def _search_rows(reference: Reference, chromium: Path) -> Iterator[Row]:
    _report(f"{reference.name}: search")
    found: dict[str, list[Found]] = {OURS: [], REDOC.title: []}
    for _ in range(reference.rounds):
        found[OURS].append(
            asyncio.run(
                find(
                    chromium,
                    reference.page("index.html"),
                    _OPENED,
                    opener="[role=combobox]",
                    search="[role=combobox]",
                    text=FIELD,
                    hit=f"document.querySelector('#hit-0 .path')?.textContent === '{_FIELD_ID}'",
                )
            )
        )
        found[REDOC.title].append(
            asyncio.run(
                find(
                    chromium,
                    reference.viewer(REDOC),
                    REDOC.is_shown,
                    opener=REDOC.opener,
                    search=REDOC.search,
                    text=FIELD,
                    hit=REDOC.hit,
                )
            )
        )
    missing = {SWAGGER_UI.title: "it finds no field"}
    values = {side: median(one.first for one in all_) for side, all_ in found.items()}
    yield from _beside(f"{reference.name}, first search", "s", values, missing)
    values = {side: median(one.again for one in all_) for side, all_ in found.items()}
    yield from _beside(f"{reference.name}, search", "s", values, missing, 0.05)
    letters = [median(times) for times in zip(*(one.keystrokes for one in found[OURS]), strict=True)]
    yield from _beside(f"{reference.name}, keystroke", "s", {OURS: max(letters)}, {}, 0.05)
    values = {side: median(one.memory for one in all_) for side, all_ in found.items()}
    yield from _beside(f"{reference.name}, search: memory", "MB", values, missing)


def _beside(
    measure: str,
    unit: str,
    values: Mapping[str, float],
    missing: Mapping[str, str],
    most: float | None = None,
) -> Iterator[Row]:
    """Yield a row for each viewer; one without a reference if there is none."""
    others = [*(side for side in values if side != OURS), *missing] or [""]
    for number, side in enumerate(others):
        yield Row(
            section="Pages",
            measure=measure,
            sentence="",
            ours=values[OURS],
            unit=unit,
            against=side,
            theirs=values.get(side),
            missing=missing.get(side, ""),
            most=most if number == 0 else None,
        )


if __name__ == "__main__":
    sys.exit(main())
