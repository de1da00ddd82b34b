"""The classes of kinds, by apiVersion and kind, in a package of generated models."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

from ..codec.model import Model, expected_kind

# Named, not imported: the models are generated for the runtime, which knows none of them.
SHIPPED = "aiokube.models"


@lru_cache(maxsize=1024)
def class_of(api_version: str, kind: str, package: str = SHIPPED) -> type[Model] | None:
    """Return the class of a kind; None if the package has none. Only the module of its group-version is imported.

    Args:
        api_version: API group and version, such as `apps/v1`.
        kind: Kind of the object.
        package: Name of a package of generated models.
    """
    group, _, version = api_version.rpartition("/")
    label = re.sub(r"\W", "_", group.partition(".")[0]) if group else "core"
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
