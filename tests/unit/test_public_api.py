"""The names that aiokube promises, and what loading them costs."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from types import ModuleType

import pytest

import aiokube
import aiokube.errors
import aiokube.runtime.errors
from tests.support.children import output_of


def loaded_after(*statements: str) -> set[str]:
    """The modules that a fresh process has after some statements."""
    program = "; ".join([*statements, "import sys, json; print(json.dumps(sorted(sys.modules)))"])
    return set(json.loads(output_of(sys.executable, "-c", program)))


def generated(loaded: set[str]) -> set[str]:
    """Which generated modules are among some, as they are named below `aiokube`."""
    prefixes = ("aiokube.client", "aiokube.api", "aiokube.models")
    return {name.removeprefix("aiokube.") for name in loaded if name.startswith(prefixes)}


@pytest.mark.parametrize("module", [aiokube, aiokube.errors], ids=lambda module: module.__name__)
def test_the_names_are_sorted_and_there(module: ModuleType) -> None:
    assert module.__all__ == sorted(set(module.__all__))
    star: dict[str, object] = {}
    exec(f"from {module.__name__} import *", star)  # noqa: S102 - what people may write
    assert set(star) - {"__builtins__"} == set(module.__all__)
    assert all(star[name] is getattr(module, name) for name in module.__all__)


@pytest.mark.parametrize("module", [aiokube, aiokube.errors], ids=lambda module: module.__name__)
def test_no_public_name_is_left_out(module: ModuleType) -> None:
    importlib.import_module("aiokube.models")
    found = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith("aiokube")
    }
    assert found <= set(module.__all__)


def test_every_error_is_public() -> None:
    defined = {
        name
        for name, value in vars(aiokube.runtime.errors).items()
        if inspect.isclass(value) and value.__module__ == "aiokube.runtime.errors" and not name.startswith("_")
    }
    assert defined == set(aiokube.errors.__all__)
    for name in set(aiokube.errors.__all__) - {"FieldConflict"}:
        assert issubclass(getattr(aiokube.errors, name), aiokube.AiokubeError)


def test_every_public_name_is_explained() -> None:
    for module in (aiokube, aiokube.errors):
        for name in module.__all__:
            value = getattr(module, name)
            assert isinstance(value, str) or inspect.getdoc(value), f"{module.__name__}.{name}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    for module in (aiokube, aiokube.models, importlib.import_module("aiokube.api")):
        with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'nothing'"):
            _ = module.nothing


def test_import_aiokube_loads_nothing_that_may_not_be_needed() -> None:
    loaded = loaded_after("import aiokube")
    assert "aiokube.runtime.watching.informer" in loaded
    assert generated(loaded) == set()
    assert loaded.isdisjoint({"aiohttp", "yaml", "jinja2", "datamodel_code_generator", "aiokube_codegen"})


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
    made = ("from aiokube import Client, Config", "kube = Client(transport=object())")
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


def test_a_client_is_the_first_to_load_aiohttp() -> None:
    program = (
        "import asyncio, aiokube",
        "config = aiokube.Config(server='http://127.0.0.1:9')",
        "asyncio.run(aiokube.Client(config).close())",
    )
    assert "aiohttp" in loaded_after(*program)
