"""`python -m tests.regenerated` sees whether the shipped package is what `spec/` generates; `make check` asks it."""

from __future__ import annotations

import sys
import tempfile
from itertools import islice
from pathlib import Path

from tests.codegen.command import ROOT, generate
from tests.support.folders import differences, snapshot

SPEC = ROOT / "spec" / "v3"
PACKAGE = ROOT / "src" / "aiokube"
GENERATED = ("client.py", "protocols.py", "api", "apply", "models")
"""Generated parts of the package: its `__init__.py` and the rest are written by hand."""

_FILES_SHOWN = 5
_LINES_SHOWN = 20


def main() -> int:
    """Generate the shipped package again, elsewhere, and compare."""
    with tempfile.TemporaryDirectory(prefix="aiokube-") as folder:
        done = generate("--standalone", "--spec", SPEC, "--output", Path(folder) / "aiokube")
        if done.returncode:
            sys.stderr.write(done.stderr)
            return done.returncode
        generated = snapshot(Path(folder) / "aiokube")
    found = list(differences(snapshot(PACKAGE), generated, GENERATED))
    if not found:
        count = sum(path.partition("/")[0] in GENERATED for path in generated)
        sys.stdout.write(f"ok: generating src/aiokube again changes none of {count} files\n")
        return 0
    for diff in islice(found, _FILES_SHOWN):
        lines = diff.splitlines()
        sys.stderr.write("\n".join(lines[:_LINES_SHOWN]) + "\n")
        if len(lines) > _LINES_SHOWN:
            sys.stderr.write(f"... {len(lines) - _LINES_SHOWN} more lines\n")
        sys.stderr.write("\n")
    sys.stderr.write(f"{len(found)} files differ from what spec/v3 generates: run `make generate`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
