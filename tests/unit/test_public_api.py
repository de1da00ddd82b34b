"""The names that aiokube promises, and what loading them costs."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import pickle
import re
import sys
import traceback
import typing
from pathlib import Path
from types import ModuleType

import pytest

import aiokube
import aiokube.config
import aiokube.errors
import aiokube.manifests
import aiokube.runtime.errors
import aiokube.streams
import aiokube.testing
import aiokube.workloads
from tests.support.children import output_of, run

ROOMS = Path(aiokube.__file__).parent / "runtime"
PUBLIC: list[ModuleType] = [
    aiokube,
    aiokube.config,
    aiokube.errors,
    aiokube.manifests,
    aiokube.streams,
    aiokube.testing,
    aiokube.workloads,
]


def public_names() -> list[str]:
    """Return the names that users may import, with their modules: `aiokube.errors.NotFound`."""
    return [f"{module.__name__}.{name}" for module in PUBLIC for name in module.__all__]


def is_ours(value: object) -> bool:
    """Return True for classes and functions of this package."""
    return (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__.startswith("aiokube")


def loaded_after(*statements: str) -> set[str]:
    """The modules that a fresh process has after some statements."""
    program = "; ".join([*statements, "import sys, json; print(json.dumps(sorted(sys.modules)))"])
    return set(json.loads(output_of(sys.executable, "-c", program)))


def rooms(loaded: set[str]) -> set[str]:
    """The rooms of the runtime that some modules are in."""
    parts = [name.split(".") for name in loaded if name.startswith("aiokube.runtime.")]
    return {part[2] for part in parts if ROOMS.joinpath(part[2]).is_dir()}


def generated(loaded: set[str]) -> set[str]:
    """Which generated modules are among some, as they are named below `aiokube`."""
    prefixes = ("aiokube.client", "aiokube.protocols", "aiokube.api", "aiokube.apply", "aiokube.models")
    return {name.removeprefix("aiokube.") for name in loaded if name.startswith(prefixes)}


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_all_is_complete(module: ModuleType) -> None:
    assert len(module.__all__) == len(set(module.__all__))
    star: dict[str, object] = {}
    exec(f"from {module.__name__} import *", star)  # noqa: S102 - what users may write
    assert set(star) - {"__builtins__"} == set(module.__all__)
    assert all(star[name] is getattr(module, name) for name in module.__all__)
    defined = {name for name, value in vars(module).items() if not name.startswith("_") and is_ours(value)}
    assert defined <= set(module.__all__)


def test_every_error_is_public() -> None:
    errors = {
        name
        for name, value in vars(aiokube.runtime.errors).items()
        if inspect.isclass(value) and value.__module__ == "aiokube.errors" and not name.startswith("_")
    }
    not_errors = {"FieldConflict", "Status", "StatusCause", "StatusDetails"}
    assert errors | not_errors == set(aiokube.errors.__all__)
    for name in set(aiokube.errors.__all__) - not_errors:
        assert issubclass(getattr(aiokube.errors, name), aiokube.AiokubeError)


@pytest.mark.parametrize("name", public_names())
def test_a_public_name_says_where_it_is_imported_from(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    value = getattr(importlib.import_module(module), attribute)
    # `UnsetType` is msgspec's.
    if value is not aiokube.UnsetType and (inspect.isclass(value) or inspect.isfunction(value)):
        # An error is raised from `aiokube`, too, and named by its own module.
        assert f"{value.__module__}.{value.__qualname__}" in public_names()
        assert pickle.loads(pickle.dumps(value)) is value  # noqa: S301 - made here


def test_an_error_names_its_public_module_in_a_traceback_and_survives_pickling() -> None:
    error = aiokube.errors.NotFound(aiokube.errors.Status(code=404, reason="NotFound", message="no pod"))
    text = "".join(traceback.format_exception_only(error))
    assert text == "aiokube.errors.NotFound: 404 NotFound: no pod\n"
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    assert (type(copy), copy.status) == (aiokube.errors.NotFound, error.status)


@pytest.mark.parametrize("name", public_names())
def test_inspect_sees_a_public_name(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    value = getattr(importlib.import_module(module), attribute)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value), name
        if inspect.isfunction(value) or "__init__" in vars(value):
            inspect.signature(value)
    if dataclasses.is_dataclass(value) or hasattr(value, "__struct_fields__") or hasattr(value, "_fields"):
        typing.get_type_hints(value)


@pytest.mark.slow
def test_pyright_and_mypy_see_every_public_name(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    lines = [f"import {module.__name__}" for module in PUBLIC]
    lines += [f"reveal_type({name})" for name in public_names()]
    program.write_text("\n".join(lines) + "\n")
    root = Path(__file__).parents[2]
    for tool in (
        ("mypy", "--no-error-summary", "--cache-dir", str(root / ".mypy_cache")),
        ("pyright", "--pythonpath", sys.executable),
    ):
        done = run(sys.executable, "-m", *tool, program, cwd=root)
        assert done.returncode == 0, done.stdout
        revealed = [line for line in done.stdout.splitlines() if "Revealed type is" in line or "Type of " in line]
        assert len(revealed) == len(public_names()), done.stdout
        assert not [line for line in revealed if '"Any"' in line or '"Unknown"' in line]


def test_docs_list_every_public_name() -> None:
    page = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text()
    for module in PUBLIC:
        section = page.partition(f"### `{module.__name__}`")[2].partition("###")[0]
        assert set(re.findall(r"`(\w+)`", section)) == set(module.__all__), module.__name__


@pytest.mark.slow
def test_the_types_of_the_package_are_complete() -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = run(
        *(sys.executable, "-m", "pyright", "--verifytypes", "aiokube", "--ignoreexternal", "--outputjson"),
        env=environment,
        timeout=120,
    )
    report = json.loads(done.stdout)["typeCompleteness"]
    incomplete = [symbol["name"] for symbol in report["symbols"] if symbol["isExported"] and not symbol["isTypeKnown"]]
    assert incomplete == []
    assert report["completenessScore"] == 1


def test_an_unknown_name_is_an_attribute_error() -> None:
    for module in (aiokube, aiokube.models, importlib.import_module("aiokube.api")):
        with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'nothing'"):
            _ = module.nothing


@pytest.mark.slow
def test_import_aiokube_loads_nothing_that_may_not_be_needed() -> None:
    loaded = loaded_after("import aiokube")
    assert rooms(loaded) == set()
    assert generated(loaded) == set()
    loaded = loaded_after("from aiokube import Client")
    assert {"codec", "config", "http", "manifests"} <= rooms(loaded)
    assert loaded.isdisjoint({"aiohttp", "yaml", "jinja2", "datamodel_code_generator", "aiokube_codegen"})


@pytest.mark.slow
def test_models_load_nothing_of_a_client() -> None:
    assert rooms(loaded_after("from aiokube.models.core_v1 import Pod")) == {"codec", "verbs"}


def test_names_that_load_on_first_use_are_listed() -> None:
    assert set(aiokube.__all__) <= set(dir(aiokube))


@pytest.mark.slow
def test_models_load_when_they_are_named() -> None:
    assert generated(loaded_after("import aiokube.models")) == {"models"}
    assert generated(loaded_after("import aiokube", "aiokube.models.policy_v1")) == {
        "models",
        "models.meta_v1",
        "models.policy_v1",
    }


@pytest.mark.slow
def test_a_group_loads_when_it_is_touched() -> None:
    made = (
        "from types import SimpleNamespace",
        "from aiokube import Client, Config",
        "kube = Client(transport=SimpleNamespace(send=print))",
    )
    assert generated(loaded_after(*made)) == {"client"}
    # What pods answer with and take, and no more: evictions and tokens are of other groups.
    assert generated(loaded_after(*made, "kube.core_v1")) == {
        "client",
        "api",
        "api.core_v1",
        "models",
        "models.authentication_v1",
        "models.autoscaling_v1",
        "models.core_v1",
        "models.meta_v1",
        "models.policy_v1",
    }
    assert generated(loaded_after(*made, "kube.rbac_v1")) == {
        "client",
        "api",
        "api.rbac_v1",
        "models",
        "models.meta_v1",
        "models.rbac_v1",
    }


@pytest.mark.slow
def test_protocols_load_when_they_are_named_and_load_no_models() -> None:
    client = loaded_after("from aiokube import Client, Config", "Client(Config(server='https://127.0.0.1:1')).core_v1")
    assert not [name for name in client if name.startswith("aiokube") and "protocols" in name]
    loaded = loaded_after("from aiokube.protocols import HasCoreV1, NamespacedResource")
    assert generated(loaded) == {"protocols"}
    assert "aiokube.runtime.verbs.protocols.namespaced" in loaded


@pytest.mark.slow
def test_a_client_is_the_first_to_load_aiohttp() -> None:
    program = (
        "import asyncio, aiokube",
        "config = aiokube.Config(server='http://127.0.0.1:9')",
        "asyncio.run(aiokube.Client(config).close())",
    )
    assert "aiohttp" in loaded_after(*program)
