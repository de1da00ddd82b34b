"""Paths are taken apart by the conventions of Kubernetes, whatever patterns servers put into braces."""

from __future__ import annotations

import pytest

from aiokube_codegen.methods.paths import Path, parse_path

_BOX = "/apis/a.io/v1/namespaces/{namespace}/boxes/{name}"


def _box(template: str = _BOX, **more: object) -> Path:
    known = {"group": "a.io", "version": "v1", "namespaced": True, "plural": "boxes", "named": True}
    return Path(template=template, **{**known, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/version/", Path(template="/version/", words=("version",))),
        ("/apis/", Path(template="/apis/", words=("apis",))),
        ("/apis/a.io/", Path(template="/apis/a.io/", group="a.io")),
        ("/apis/a.io", Path(template="/apis/a.io", group="a.io")),
        ("/api/v1", Path(template="/api/v1", group="", version="v1")),
        (
            "/api/v1/pods",
            Path(template="/api/v1/pods", group="", version="v1", plural="pods", words=("pods",)),
        ),
        (
            "/api/v1/namespaces/{name}/status",
            Path(
                template="/api/v1/namespaces/{name}/status",
                group="",
                version="v1",
                plural="namespaces",
                named=True,
                words=("status",),
            ),
        ),
        (_BOX, _box()),
        (r"/apis/a.io/v1/namespaces/{namespace:[a-z0-9][a-z0-9\-]*}/boxes/{name:[a-z]{1,63}}", _box()),
        (f"{_BOX}/sev/setup", _box(f"{_BOX}/sev/setup", words=("sev", "setup"))),
        (
            f"{_BOX}/ports/{{port}}/{{protocol}}",
            _box(f"{_BOX}/ports/{{port}}/{{protocol}}", words=("ports",), arguments=("port", "protocol")),
        ),
        (
            f"{_BOX}/files/{{file:*}}",
            _box(f"{_BOX}/files/{{path}}", words=("files",), arguments=("file",), suffix="file"),
        ),
        (
            f"{_BOX}/proxy/{{path}}",
            _box(f"{_BOX}/proxy/{{path}}", words=("proxy",), arguments=("path",), suffix="path"),
        ),
        (
            "/apis/a.io/v1/namespaces/{namespace}/{resource}/{name}/{subresource}",
            Path(
                template="/apis/a.io/v1/namespaces/{namespace}/{resource}/{name}/{subresource}",
                group="a.io",
                version="v1",
                namespaced=True,
                arguments=("resource", "name", "subresource"),
            ),
        ),
        ("/logs/{logpath}", Path(template="/logs/{path}", words=("logs",), arguments=("logpath",), suffix="logpath")),
        ("/apis/{group}/v1/x", Path(template="/apis/{group}/v1/x", words=("apis", "v1", "x"), arguments=("group",))),
    ],
)
def test_a_path_is_taken_apart(path: str, found: Path) -> None:
    assert parse_path(path) == found


@pytest.mark.parametrize("path", ["/a/{name", "/a/name}", "/a/{}", "/a/{:x}", "/a/{x}/{x}", "/a/}{x}"])
def test_braces_that_mean_nothing_are_told(path: str) -> None:
    assert parse_path(path) is None


@pytest.mark.parametrize(
    ("path", "is_watch"),
    [
        ("/api/v1/watch/pods", True),
        ("/api/v1/watch/namespaces/{namespace}/pods/{name}", True),
        ("/apis/a.io/v1/watch", False),
        ("/apis/a.io/v1/watch/{name}", False),
        ("/apis/a.io/v1/namespaces/{namespace}/watch/{name}/status", False),
    ],
)
def test_a_resource_may_be_called_watch(path: str, is_watch: bool) -> None:
    found = parse_path(path)
    assert found is not None
    assert found.is_watch is is_watch
