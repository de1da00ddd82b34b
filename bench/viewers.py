"""The viewers of OpenAPI documents that pages are measured beside, from npm, and how to see what they show."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokube.testing.real.binaries import cache_directory

FIELD: Final = "livenessProbe"
"""The field that links lead to and searches look for."""


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """A viewer: its package, its page, and what of the page shows that it is there, as expressions of JavaScript."""

    name: str
    package: str
    version: str
    body: str
    """The page that shows `document.json`, from the package in the folder `package`."""
    is_shown: str
    method: str
    """Fragment of the link to the method that lists pods."""
    method_is_shown: str
    field: str = ""
    """Fragment of the link to the field; empty if it has none."""
    field_is_shown: str = ""
    opener: str = ""
    """Selector of what opens its search; empty if that finds no field."""
    search: str = ""
    """Selector of the input of the search."""
    hit: str = ""
    """True when the field has been found."""

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"


SWAGGER_UI: Final = Viewer(
    name="Swagger UI",
    package="swagger-ui-dist",
    version="5.35.0",
    body="""
<link rel="stylesheet" href="package/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="package/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({url: "document.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none"})</script>
""",
    is_shown="document.querySelector('.opblock-tag')",
    method="/core_v1/listCoreV1NamespacedPod",
    method_is_shown="document.querySelector('#operations-core_v1-listCoreV1NamespacedPod.is-open .opblock-body')",
)

REDOC: Final = Viewer(
    name="Redoc",
    package="redoc",
    version="3.0.1",
    body="""
<redoc spec-url="document.json"></redoc>
<script type="module" src="package/bundles/redoc.standalone.js"></script>
""",
    is_shown="document.body.innerText.includes('/.well-known/openid-configuration/')",
    method="/core_v1/listcorev1namespacedpod",
    method_is_shown="""[...document.querySelectorAll('h2')].some((one) =>
        one.textContent === 'listCoreV1NamespacedPod' && one.getBoundingClientRect().top < innerHeight)""",
    field=(
        "/core_v1/createcorev1namespacedpod#core_v1/createcorev1namespacedpod"
        "/t=request&path=spec/containers[]/livenessprobe"
    ),
    field_is_shown=f"""[...document.querySelectorAll('.schema-name')].some((one) =>
        one.textContent === '{FIELD}' && one.getBoundingClientRect().top < innerHeight)""",
    opener="[data-testid=search-trigger]",
    search="input[placeholder='Search docs...']",
    hit=f"[...document.querySelectorAll('div > span > span')].some((one) => one.textContent === '{FIELD}')",
)

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<body>{body}</body>
</html>
"""


def lay_out(viewer: Viewer, document: bytes, folder: Path) -> None:
    """Write the page of a viewer, with the document that it shows.

    Args:
        viewer: The viewer, whose package is downloaded when it is not in the cache.
        document: The document, of version 2.0.
        folder: Where to write `index.html`, `document.json` and `package`.
    """
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(_PAGE.format(title=viewer.title, body=viewer.body), encoding="utf-8")
    (folder / "document.json").write_bytes(document)
    (folder / "package").symlink_to(_package(viewer), target_is_directory=True)


def _package(viewer: Viewer) -> Path:
    """Return the folder of a package: `npm pack` fetches it alone, without what it depends on, which bundles hold."""
    home = cache_directory().parent / "viewers" / f"{viewer.package}-{viewer.version}"
    if not home.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(f"npm is needed to fetch {viewer.title}: install Node.js")
        scratch = home.with_name(f"{home.name}.new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        command = [npm, "pack", "--silent", f"{viewer.package}@{viewer.version}"]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")
        (archive,) = scratch.glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(scratch, filter="data")
        (scratch / "package").rename(home)
        shutil.rmtree(scratch)
    return home


VIEWERS: Final[Mapping[str, Viewer]] = {viewer.title: viewer for viewer in (SWAGGER_UI, REDOC)}
