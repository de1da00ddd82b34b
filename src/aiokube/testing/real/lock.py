"""A lock between processes that share the cache; the kernel frees it when its holder dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, progress: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file for the body of a `with`; wait, and say so, while another process holds it.

    Args:
        path: The lock file; it is created and stays.
        progress: Called with a line when there is something to wait for.
    """
    import fcntl  # not where there is no POSIX, which `RealCluster` refuses by name

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another process that builds {path.stem}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
