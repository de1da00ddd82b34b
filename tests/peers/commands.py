"""Commands in a container, by a real API server."""

from __future__ import annotations

from pathlib import Path

from .behaviours import YES, Drive


async def exit_code(drive: Drive, kubeconfig: Path) -> str:
    """The exit code of a command in a container is known."""
    outcome = await drive("runs", kubeconfig, "", "sh", "-c", "echo hello; exit 3")
    if outcome.error == "AttributeError":
        return "has none"
    return YES if outcome.result == ["hello\n", 3] else f"no: `{outcome.error or outcome.result}`"


async def input_end(drive: Drive, kubeconfig: Path) -> str:
    """A command reads its input to the end of it."""
    outcome = await drive("runs", kubeconfig, "hello\n", "cat")
    if outcome.error == "AttributeError":
        return "has none"
    return YES if outcome.result == ["hello\n", 0] else f"no: `{outcome.error or outcome.result}`"
