"""`python -m tests.slow` lists the tests marked slow, and sees that no other one takes over a second.

What needs the test cluster or kubectl is left out. Tests run one after the other, on a machine that is quiet.
"""

from __future__ import annotations

import sys

import pytest

LIMIT = 1.0  # seconds


class Clock:
    """A pytest plugin that takes out the tests marked slow, and the time of the others."""

    def __init__(self) -> None:
        self.marked: list[str] = []
        self.seconds: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is marked."""
        self.marked = [item.nodeid for item in items if item.get_closest_marker("slow")]
        items[:] = [item for item in items if not item.get_closest_marker("slow")]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the time of a test without its fixtures, which others may share."""
        if report.when == "call":
            self.seconds[report.nodeid] = report.duration


def main() -> int:
    """Run them; 1 when one is too slow or fails."""
    clock = Clock()
    code = pytest.main(["-q", "-m", "not cluster and not kubectl", "tests"], plugins=[clock])
    sys.stdout.write("".join(f"slow: {name}\n" for name in clock.marked))
    over = {name: seconds for name, seconds in clock.seconds.items() if seconds > LIMIT}
    for name, seconds in over.items():
        sys.stderr.write(f"{name} takes {seconds:.1f} s: mark it slow, or make it faster\n")
    return 1 if over else int(code)


if __name__ == "__main__":
    sys.exit(main())
