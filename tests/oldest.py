"""`python -m tests.oldest` prints the oldest versions that pyproject.toml allows, as constraints of pip.

Needs the standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)>=(?P<version>[\w.]+)(,<[\w.]+)?")


def main() -> None:
    """Print a line for each dependency of aiokube and of its extras."""
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *(one for extra in extras for one in extra)]:
        match = _REQUIREMENT.fullmatch(requirement)
        if match is None:
            sys.exit(f"{PYPROJECT}: {requirement!r} does not begin with its oldest version: write name>=version")
        sys.stdout.write(f"{match['name']}=={match['version']}\n")


if __name__ == "__main__":
    main()
