"""Documents in files: as they were served, described by `SOURCE.toml`, and read again in every way."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from aiokube_codegen.document.load import load
from aiokube_codegen.document.source import Document, Source, read_source, write_source
from aiokube_codegen.errors import CodegenError
from tests.codegen.command import AIOKUBE, GOLDEN, MINI, ROOT, generate
from tests.codegen.version_3 import in_parts
from tests.support.children import run
from tests.support.folders import snapshot

PARTS = in_parts(json.loads(MINI.read_bytes()))


def stored(folder: Path, version: str | None = "v1.99.0") -> Path:
    """The small document in both versions, as `make spec` stores one."""
    documents = [Document(data=MINI.read_bytes(), origin="GET /openapi/v2")]
    documents += [Document(data=data, origin="GET /openapi/v3", path=part) for part, data in PARTS.items()]
    write_source(Source(documents=tuple(documents), origin="cluster", version=version), folder)
    return folder


@pytest.mark.parametrize("version", [None, "v1.99.0", 'v1"\\\n\x1b\x7f', "v1-ä-\U0001f600", "v1\ud800"], ids=repr)
def test_source_toml_is_toml_whatever_the_version(version: str | None, tmp_path: Path) -> None:
    about = tomllib.loads((stored(tmp_path, version) / "SOURCE.toml").read_text("utf-8"))
    assert about.get("kubernetes") == (version and version.replace("\ud800", "?"))
    files = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.json")}
    assert sorted(files) == [
        "openapi.json",
        "v3/api__v1_openapi.json",
        "v3/apis__apps__v1_openapi.json",
        "v3/apis__shop.example.com__v1_openapi.json",
        "v3/version_openapi.json",
    ]
    assert about["sha256"] == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_documents_that_are_gone_are_removed(tmp_path: Path) -> None:
    (tmp_path / "v3").mkdir()
    (tmp_path / "v3" / "apis__gone__v1_openapi.json").write_text("{}")
    assert not (stored(tmp_path) / "v3" / "apis__gone__v1_openapi.json").exists()


@pytest.mark.parametrize("what", ["openapi.json", "v3"])
def test_a_version_is_that_of_the_described_documents(what: str, tmp_path: Path) -> None:
    folder = stored(tmp_path)
    assert read_source(folder / what).version == "v1.99.0"
    (folder / "v3" / "apis__apps__v1_openapi.json").unlink()
    (folder / "v3" / "other.json").write_bytes(PARTS["apis/apps/v1"])
    assert read_source(folder / "v3").version is None


def test_a_changed_document_of_a_folder_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path) / "v3" / "apis__apps__v1_openapi.json"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CodegenError, match=r"apis__apps__v1_openapi\.json is not the document that .*SOURCE\.toml"):
        read_source(tmp_path / "v3")


def test_files_named_like_kubernetes_names_them_are_chosen_by_their_names(tmp_path: Path) -> None:
    folder = stored(tmp_path) / "v3"
    (tmp_path / "SOURCE.toml").unlink()
    (folder / "apis__broken__v1_openapi.json").write_bytes(b"<html>")
    spec = load(read_source(folder), ["apps"])
    assert spec.problems == ()
    assert {gv for gv in spec.group_versions if gv[0] == "broken"} == {("broken", "v1")}


@pytest.mark.slow
@pytest.mark.parametrize("version", ["2", "3"])
def test_every_way_to_give_documents_gives_the_same_package(version: str, tmp_path: Path) -> None:
    what = stored(tmp_path) / ("openapi.json" if version == "2" else "v3")
    done = generate("--spec", what, "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)


@pytest.mark.slow
def test_a_document_may_come_from_standard_input(tmp_path: Path) -> None:
    command = (*AIOKUBE, "generate", "--spec", "-", "--output", tmp_path / "new")
    done = run(*command, stdin=MINI.read_text())
    assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)
    one = run(*command, stdin=PARTS["apis/apps/v1"].decode())
    assert one.returncode == 0, one.stderr
    assert sorted(path for path in snapshot(tmp_path / "new") if path.startswith("api/")) == [
        "api/__init__.py",
        "api/apps_v1.py",
        "api/discovery.py",
    ]


@pytest.mark.slow
def test_the_stored_documents_of_both_versions_have_the_same_operations_and_definitions() -> None:
    old, new = (load(read_source(ROOT / "spec" / what)) for what in ("openapi.json", "v3"))
    assert (old.problems, new.problems) == ((), ())
    assert old.group_versions == new.group_versions
    operations = [{(p, m) for p, item in spec.paths.items() for m in item if m != "parameters"} for spec in (old, new)]
    assert operations[0] == operations[1]
    assert old.definitions.keys() == new.definitions.keys()
