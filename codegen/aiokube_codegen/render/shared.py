"""The modules of methods that a package shares with the shipped one: those that are the same to the last byte."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from ..contract import SHIPPED, SHIPPED_FOLDER
from .render import HEADER

_API: Final = "api/"
_CLASS: Final = re.compile(r"^class (\w+)\(", re.MULTILINE)
_MODEL: Final = re.compile(r"(?<![\w./])([a-z]\w*)\.([A-Z]\w*)")


def share_api(files: Mapping[str, str], models: Collection[str]) -> dict[str, str]:
    """Replace each module that the shipped package has, too, by imports from there.

    Args:
        files: Formatted source of each file, by path inside the package.
        models: Classes of models that are those of the shipped package, such as `core_v1.Pod`.
    """
    modules = {Path(path).parts[1].removesuffix(".py") for path in files if path.startswith("models/")}

    def is_same(path: str, text: str) -> bool:
        named = {f"{module}.{name}" for module, name in _MODEL.findall(text) if module in modules}
        return named <= set(models) and _shipped(path) == text

    return {
        path: _imports(path, text) if path.startswith(_API) and _CLASS.search(text) and is_same(path, text) else text
        for path, text in files.items()
    }


def _shipped(path: str) -> str | None:
    file = SHIPPED_FOLDER / path
    return file.read_text("utf-8") if file.exists() else None


def _imports(path: str, text: str) -> str:
    module = f"{SHIPPED}.{path.removesuffix('.py').replace('/', '.')}"
    return HEADER + "".join(f"from {module} import {name} as {name}\n" for name in sorted(_CLASS.findall(text)))
