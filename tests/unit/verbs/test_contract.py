"""The contract between generated packages and the runtime is documented method by method."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from aiokube.runtime.verbs import GroupVersion, Resource

ROOT = Path(__file__).parents[3]
_GENERATED = [*(ROOT / "src/aiokube/api").glob("*.py"), *(ROOT / "tests/codegen/golden").rglob("api/*.py")]

VERBS = sorted({verb for path in _GENERATED for verb in re.findall(r"self\.(_\w+)\(", path.read_text())})


def test_generated_methods_call_verbs() -> None:
    assert {"_get", "_list", "_watch", "_exec", "_call"} <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_documents_each_argument(verb: str) -> None:
    for cls in (Resource, GroupVersion):
        method = getattr(cls, verb, None)
        if method is None:
            continue
        text = inspect.getdoc(method) or ""
        parameters = [name for name in inspect.signature(method).parameters if name != "self"]
        assert [name for name in parameters if not re.search(rf"^    {name}: ", text, re.MULTILINE)] == []


def test_every_verb_exists() -> None:
    assert [verb for verb in VERBS if not (hasattr(Resource, verb) or hasattr(GroupVersion, verb))] == []
