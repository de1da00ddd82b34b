"""The classes of kinds, by apiVersion and kind, in packages of generated models."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, TypeAlias

from ..arguments import types
from ..codec.model import Model, expected_kind
from ..errors import AiokubeError, InvalidArgument

# Named, not imported: the models are generated for the runtime, which knows none of them.
SHIPPED = "aiokube.models"

Packages: TypeAlias = tuple[str, ...]
"""Names of packages of generated models; the first that has a kind counts."""

_GROUP_VERSION = re.compile(r"\w+_v\d\w*")


def packages_of(client: object) -> Packages:
    """Return the packages of models of a client: that which was generated with it, and then aiokube's."""
    for cls in type(client).__mro__:
        package, _, _ = cls.__module__.rpartition(".")
        # A module of a generated client has a version of its contract with the runtime.
        if package and hasattr(sys.modules.get(cls.__module__), "ABI"):
            return tuple(dict.fromkeys((f"{package}.models", SHIPPED)))
    return (SHIPPED,)


def checked_package(name: object) -> str:
    """Return the name of a package of models.

    Raises:
        InvalidArgument: It is none.
    """
    advice = "pass the name of a package of models, such as 'mycluster.models'"
    if not isinstance(name, str) or not name:
        types.instance(name, str, "the name of a package of models, such as 'mycluster.models'", "models")
        raise InvalidArgument(f"models is empty; {advice}")
    try:
        index = getattr(import_module(name), "__all__", ())
    except AiokubeError:
        raise
    except (ImportError, TypeError, ValueError) as error:
        raise InvalidArgument(f"models is {name!r:.80}, which cannot be imported: {error}; {advice}") from error
    if not any(_GROUP_VERSION.fullmatch(module) for module in index):
        if _has_models(name):
            advice = f"pass {name + '.models'!r:.100}"
        raise InvalidArgument(f"models is {name!r:.80}, which is no package of models; {advice}")
    return name


def _has_models(package: str) -> bool:
    try:
        return find_spec(f"{package}.models") is not None
    except ModuleNotFoundError:  # it is a module
        return False


@lru_cache(maxsize=1024)
def class_of(api_version: str, kind: str, packages: Packages = (SHIPPED,)) -> type[Model] | None:
    """Return the class of a kind; None if no package has one. Only the module of its group-version is imported.

    Args:
        api_version: API group and version, such as `apps/v1`.
        kind: Kind of the object.
        packages: Names of packages of generated models.
    """
    group, _, version = api_version.rpartition("/")
    label = re.sub(r"\W", "_", group.partition(".")[0]) if group else "core"
    for package in packages:
        index: list[str] = import_module(package).__all__
        for name in index:
            if name.startswith(label) and name.endswith(f"_{version}"):
                found = _in_module(import_module(f"{package}.{name}"), (api_version, kind))
                if found is not None:
                    return found
    return None


def _in_module(module: ModuleType, wanted: tuple[str, str]) -> type[Model] | None:
    named: Any = getattr(module, wanted[1], None)
    classes = [named, *vars(module).values()] if isinstance(named, type) else vars(module).values()
    return next((cls for cls in classes if isinstance(cls, type) and expected_kind(cls) == wanted), None)
