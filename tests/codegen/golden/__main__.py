"""`python -m tests.codegen.golden` accepts the package that `mini.json` becomes as the golden package of its ABI."""

from __future__ import annotations

import sys

from tests.codegen.command import GOLDEN, MINI, generate


def main() -> int:
    """Generate the golden package again in its place."""
    done = generate("--spec", MINI, "--output", GOLDEN)
    sys.stderr.write(done.stderr)
    sys.stdout.write(done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
