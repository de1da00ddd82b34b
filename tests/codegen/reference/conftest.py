"""Catalogs of documents, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiokube_codegen.document.load import load, load_spec
from aiokube_codegen.document.source import read_source
from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.catalog import Catalog

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def mini() -> Catalog:
    """The catalog of `mini.json`."""
    return build_catalog(load_spec((ROOT / "tests" / "codegen" / "mini.json").read_bytes(), origin="mini.json"))


@pytest.fixture(scope="session")
def shipped() -> Catalog:
    """The catalog of the shipped API. It takes two seconds: tests with it are slow."""
    return build_catalog(load(read_source(ROOT / "spec" / "v3")))
