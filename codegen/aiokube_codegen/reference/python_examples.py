"""Examples of methods in Python: whole programs, as short as they can be."""

from __future__ import annotations

import re
from typing import Final

from .catalog import Kind, Method
from .python_bodies import BEFORE, body_of, positional
from .subject import Subject

_PROGRAM: Final = """\
{imports}
{before}
async def main() -> None:
    async with Client() as kube:
{body}


asyncio.run(main())
"""


def program(kind: Kind, method: Method, package: str) -> str:
    """Return a program that calls a method of a kind.

    Args:
        kind: The kind.
        method: The method.
        package: The package of the client: `aiokube`.
    """
    return _program(body_of(Subject(kind, method)), package)


def snippet(kind: Kind, method: Method) -> str:
    """Return the lines of such a program that are about the method."""
    before, _, inside = body_of(Subject(kind, method)).rpartition(BEFORE)
    return f"{before}\n\n{inside}".strip()


def program_of_call(method: Method, package: str) -> str:
    """Return a program that calls a method of a group-version, or of the server.

    Args:
        method: The method.
        package: The package of the client.
    """
    arguments = ", ".join(f'"{one.partition(":")[0]}"' for one in positional(method))
    return _program(f"print(await {method.call}({arguments}))", package)


def _program(body: str, package: str) -> str:
    modules = sorted(set(re.findall(r"\b(?<!\.)([a-z]\w*_v[0-9]\w*)\.[A-Z]", body)))
    imports = ["import asyncio"]
    if "aclosing(" in body:
        imports.append("from contextlib import aclosing")
    if "Path(" in body:
        imports.append("from pathlib import Path")
    own = ["Client", *(name for name in ("created",) if re.search(rf"\b{name}\b", body))]
    runtime = [name for name in own if name != "Client"]
    imports.append("")
    if package == "aiokube":
        imports.append(f"from aiokube import {', '.join(own)}")
    else:
        imports += [f"from aiokube import {', '.join(runtime)}"] if runtime else []
        imports.append(f"from {package} import Client")
    if modules:
        imports.append(f"from {package}.models import {', '.join(modules)}")
    before, _, inside = body.rpartition(BEFORE)
    indented = "\n".join(f"        {line}" if line else "" for line in inside.split("\n"))
    return _PROGRAM.format(imports="\n".join([*imports, ""]), before=f"\n{before}\n" if before else "", body=indented)
