"""Corrections that kwok's sources get before they are built, where its kubelet is unlike a real one."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import ClusterError, tail
from .toolchain import environment

EXIT_CODE = Path(__file__).parent / "modules" / "kwok" / "exit_code.go"


@dataclass(frozen=True)
class Patch:
    """A replacement in one source file."""

    file: str
    old: str
    new: str


KWOK = "sigs.k8s.io/kwok"
KWOK_PATCHES = (
    # The end of stdin never reached a command: `kubectl exec -i POD -- cat` and `kubectl cp` hung.
    Patch(
        "pkg/utils/exec/exec.go",
        "_, _ = io.Copy(inPipe, opt.In)",
        "_, _ = io.Copy(inPipe, opt.In)\n_ = inPipe.Close()",
    ),
    # A non-zero exit code was reported as an internal error.
    Patch(
        "pkg/kwok/server/debugging_exec.go",
        "return s.execInContainerWithTTY(ctx, cmd, in, stdout, resize)",
        "return withExitCode(s.execInContainerWithTTY(ctx, cmd, in, stdout, resize))",
    ),
    Patch(
        "pkg/kwok/server/debugging_exec.go",
        "return s.execInContainer(ctx, cmd, in, stdout, stderr)",
        "return withExitCode(s.execInContainer(ctx, cmd, in, stdout, stderr))",
    ),
    # A pod that had been created again meanwhile, as a StatefulSet does, was deleted in the place of the old one.
    Patch(
        "pkg/kwok/controllers/pod_controller.go",
        "Delete(ctx, pod.Name, deleteOpt)",
        "Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: deleteOpt.GracePeriodSeconds, "
        "Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})",
    ),
)


def fingerprint() -> str:
    """Return text that changes when the corrections do."""
    return repr(KWOK_PATCHES) + EXIT_CODE.read_text()


def patched_go_mod(module: Path, go: Path, scratch: Path) -> Path:
    """Write a go.mod like the module's that takes kwok from a corrected copy, and return its path.

    Args:
        module: The directory of the go.mod.
        go: The `go` command.
        scratch: Where the copy and the new go.mod (and go.sum) go.

    Raises:
        ClusterError: kwok cannot be downloaded, or its sources are no longer as a correction expects them.
    """
    command = [str(go), "mod", "download", "-json", KWOK]
    done = subprocess.run(command, cwd=module, env=environment(), text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise ClusterError(
            f"downloading kwok failed: `{' '.join(command)}` in {module} ended with exit code {done.returncode}:\n"
            f"{tail(done.stdout + done.stderr)}"
        )
    sources = scratch / "kwok"
    shutil.copytree(json.loads(done.stdout)["Dir"], sources, copy_function=shutil.copyfile)
    for directory in (sources, *(path for path in sources.rglob("*") if path.is_dir())):
        directory.chmod(0o755)  # the module cache is read-only
    for patch in KWOK_PATCHES:
        file = sources / patch.file
        text = file.read_text()
        if text.count(patch.old) != 1:
            raise ClusterError(f"kwok's {patch.file} no longer holds {patch.old!r} once: look at KWOK_PATCHES again")
        file.write_text(text.replace(patch.old, patch.new))
    shutil.copyfile(EXIT_CODE, sources / "pkg/kwok/server" / EXIT_CODE.name)
    go_mod = scratch / "go.mod"
    go_mod.write_text(f"{(module / 'go.mod').read_text()}\nreplace {KWOK} => {sources}\n")
    shutil.copyfile(module / "go.sum", scratch / "go.sum")
    return go_mod
