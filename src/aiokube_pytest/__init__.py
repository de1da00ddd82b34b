"""The pytest plugin: clusters for tests, and clients of them. pytest loads it where `aiokube[testing]` is installed.

| fixture | scope | value |
|---|---|---|
| `kube` | test | a client of a fresh `FakeCluster`, or of that of `--aiokube-cluster`, with a namespace of its own |
| `kube_for` | test | a function that returns a client of another user, on the cluster of `kube` |
| `new_namespace` | test | an async function that makes one more namespace, which is deleted after the test |
| `fake_cluster` | test | a fresh `FakeCluster`, on a thread of its own |
| `fake_cluster_options` | test | arguments of `FakeCluster`, by their names; override it |
| `real_cluster` | session | a `RealCluster`; with pytest-xdist, one in each worker |
| `real_cluster_options` | session | arguments of `RealCluster`, by their names; override it |
| `kube_client` | test | the class of the client, or a function that makes it from a `Config`; override it |

`kube` is for tests that pytest-asyncio runs, in either mode, or anyio's plugin; the others work in any test.

`--aiokube-cluster=real` runs the tests with `kube` on `real_cluster`, `--aiokube-cluster=KUBECONFIG` on the cluster of
a kubeconfig's current context; each in a namespace of its own, which is deleted afterwards. Tests that take
`fake_cluster` beside `kube` are skipped then, and so are those whose fake cluster would serve other documents
(`spec`). Where it would run pods (`pods_run`), so does the real one.

A failing test prints the last requests to its fake cluster. Tracebacks of errors of aiokube end where it was called,
unless pytest runs with `--full-trace`.
"""

from __future__ import annotations

import contextlib
import inspect
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from aiokube import BaseClient, Config
    from aiokube.testing import FakeCluster, RealCluster
    from aiokube.testing.namespaces import TestClient

# Nothing of aiokube is imported here at run time, nor is this a part of it: most runs of pytest need none of it.

_OPTION = "--aiokube-cluster"
_FAKE = "fake"
_REAL = "real"

_REQUESTS_SHOWN = 20

_CLUSTER = pytest.StashKey["FakeCluster"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that chooses the cluster of `kube`."""
    parser.getgroup("aiokube").addoption(
        _OPTION,
        default=_FAKE,
        metavar=f"{_FAKE}|{_REAL}|KUBECONFIG",
        help="cluster of the fixture kube: a fake one for each test (default), a real one, or that of a kubeconfig",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check the option, and load the fixtures for pytest-asyncio where that is installed.

    Raises:
        pytest.UsageError: There is no such kubeconfig.
    """
    chosen = config.getoption(_OPTION)
    if chosen not in (_FAKE, _REAL) and not _kubeconfig(config).is_file():
        raise pytest.UsageError(f"{_OPTION}={chosen}: must be {_FAKE}, {_REAL}, or the path of a kubeconfig")
    if _has_pytest_asyncio(config):
        from . import asyncio_fixtures

        config.pluginmanager.register(asyncio_fixtures, "aiokube-asyncio")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the cluster that tests change, if it is not a fake one."""
    chosen = config.getoption(_OPTION)
    if chosen == _FAKE:
        return None
    return f"aiokube: tests with kube run on {'a RealCluster' if chosen == _REAL else f'the cluster of {chosen}'}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last requests of the fake cluster to the report of a failure, and hide the frames of aiokube."""
    with _hidden_frames(item, call):
        report = yield
    cluster = item.stash.get(_CLUSTER, None)
    if cluster is not None:
        if report.failed:
            lines = cluster.requests.last_lines(_REQUESTS_SHOWN) or ["none"]
            report.sections.append(("aiokube requests", "\n".join(lines)))
        if call.when == "teardown":
            del item.stash[_CLUSTER]
    return report


@pytest.fixture
def fake_cluster_options() -> dict[str, Any]:
    """Arguments of `FakeCluster`, by their names: override it in a test module, a class or a conftest.

    With `--aiokube-cluster=real`, tests with `pods_run` run on a cluster with pods, and those with `spec` are skipped.

    @pytest.fixture
    def fake_cluster_options():
        return {"rbac": True}
    """
    return {}


@pytest.fixture
def fake_cluster(request: pytest.FixtureRequest, fake_cluster_options: dict[str, Any]) -> Iterator[FakeCluster]:
    """A fresh `aiokube.testing.FakeCluster`: faults on purpose, the requests it has received, a kubeconfig.

    It runs on a thread of its own, so that a test may wait for a program without `await`.
    """
    from aiokube.testing import FakeCluster

    _check_options("fake_cluster_options", fake_cluster_options, FakeCluster)
    with FakeCluster(**fake_cluster_options) as cluster:
        request.node.stash[_CLUSTER] = cluster
        yield cluster


@pytest.fixture(scope="session")
def real_cluster_options() -> dict[str, Any]:
    """Arguments of `RealCluster`, by their names: override it in a conftest.

    @pytest.fixture(scope="session")
    def real_cluster_options():
        return {"crds": ["config/crd"], "pods_run": True}
    """
    return {}


@pytest.fixture(scope="session")
def real_cluster(pytestconfig: pytest.Config, real_cluster_options: dict[str, Any]) -> Iterator[RealCluster]:
    """A running `aiokube.testing.RealCluster`, which the tests share: each should work in a namespace of its own.

    Each worker of pytest-xdist has one, so that a test that changes a whole cluster disturbs no other worker; it takes
    half a gigabyte. Its programs are built first where none are found: progress is shown, but a timeout of the test
    goes on. `python -m aiokube.testing --real -- true` builds them beforehand.
    """
    with _started(pytestconfig, real_cluster_options) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def _aiokube_real_cluster_with_pods(
    pytestconfig: pytest.Config, real_cluster_options: dict[str, Any]
) -> Iterator[RealCluster]:
    """A `RealCluster` beside `real_cluster`, which runs pods."""
    with _started(pytestconfig, {**real_cluster_options, "pods_run": True}) as cluster:
        yield cluster


@contextlib.contextmanager
def _started(config: pytest.Config, options: dict[str, Any]) -> Iterator[RealCluster]:
    from aiokube.testing import RealCluster
    from aiokube.testing.real.binaries import report

    capture = config.pluginmanager.get_plugin("capturemanager")

    def progress(line: str) -> None:
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            report(line)

    _check_options("real_cluster_options", options, RealCluster)
    with RealCluster(**{"progress": progress, **options}) as cluster:
        yield cluster


def _check_options(fixture: str, options: dict[str, Any], cls: type[FakeCluster | RealCluster]) -> None:
    known = inspect.signature(cls).parameters
    for name in options:
        if name not in known:
            message = f"{fixture}: {cls.__name__} has no option {name!r}; it has {', '.join(known)}"
            pytest.fail(message, pytrace=False)


@pytest.fixture
def kube_client() -> Callable[[Config], BaseClient]:
    """The class of `kube`, or a function that makes it from a `Config`: override it for a generated client.

    @pytest.fixture
    def kube_client():
        return mycluster.Client
    """
    from aiokube import Client

    return Client


@pytest.fixture
def kube(_aiokube_made: TestClient) -> BaseClient:
    """A client of the test's `fake_cluster`, or of the cluster of `--aiokube-cluster`.

    Its default namespace is the test's own; the name has 40 characters at most. It is closed after the test.
    `kube_client` chooses its class, and `fake_cluster_options` the options of its cluster.
    """
    return _aiokube_made.client


@pytest.fixture
def kube_for(_aiokube_made: TestClient) -> Callable[..., BaseClient]:
    """Return a client of another user, with the class and the namespace of `kube`. Enter it.

        async with kube_for("system:serviceaccount:default:reader") as reader:
            ...

    Its arguments are the name of the user and, as an option, `groups`; a service account has its own. It impersonates
    them, as `kubectl --as` does, which the user of a kubeconfig must be allowed to do. On a fake cluster without
    `rbac`, they may do everything.
    """
    return _aiokube_made.client_of


@pytest.fixture
def new_namespace(_aiokube_made: TestClient) -> Callable[..., Awaitable[str]]:
    """Make a namespace beside that of `kube`, and return its name: `await new_namespace(labels={"team": "blue"})`.

    It is deleted after the test, as that of `kube` is.
    """
    return _aiokube_made.new_namespace


@pytest.fixture
def _aiokube_made(request: pytest.FixtureRequest) -> TestClient:
    """The client of a test, entered on the event loop of the test."""
    if request.config.getoption(_OPTION) != _FAKE and "fake_cluster" in request.fixturenames:
        pytest.skip(f"it takes fake_cluster, and {_OPTION} has another cluster for kube")
    made: TestClient = request.getfixturevalue(_client_fixture(request))
    return made


def _has_pytest_asyncio(config: pytest.Config) -> bool:
    """Return True if the plugin is there, by whichever of its names it was loaded."""
    plugin = sys.modules.get("pytest_asyncio.plugin")
    return plugin is not None and config.pluginmanager.is_registered(plugin)


def _client_fixture(request: pytest.FixtureRequest) -> str:
    """Return the fixture that makes the client on the event loop of the test."""
    marker = request.node.get_closest_marker("asyncio")
    if marker is not None and _has_pytest_asyncio(request.config):
        scope = marker.kwargs.get("loop_scope") or request.config.getini("asyncio_default_test_loop_scope")
        return f"_aiokube_client_of_{scope}_loop"
    if "anyio_backend" in request.fixturenames:
        return "_aiokube_client_of_anyio"
    pytest.fail(
        "the fixture kube is an async client, and neither pytest-asyncio nor anyio runs this test: mark it with "
        "pytest.mark.asyncio or pytest.mark.anyio, or take fake_cluster and enter fake_cluster.client() yourself",
        pytrace=False,
    )


@pytest.fixture
def _aiokube_client(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[TestClient]:
    """The client of a test, to be entered on the event loop of the test."""
    from aiokube import Config
    from aiokube.testing import namespaces

    make = request.getfixturevalue("kube_client")
    namespace = _namespace_name(request.node.name)
    if request.config.getoption(_OPTION) == _FAKE:
        return namespaces.client_of_fake(request.getfixturevalue("fake_cluster"), make, namespace)
    if request.config.getoption(_OPTION) == _REAL:
        cluster = _real_cluster_for(request)
        return namespaces.client_of(cluster.config(), make, namespace, has_controllers=cluster.has_controllers)
    return namespaces.client_of(Config.from_kubeconfig(_kubeconfig(request.config)), make, namespace)


def _real_cluster_for(request: pytest.FixtureRequest) -> RealCluster:
    """Return the real cluster that does what the options of the fake one ask for."""
    wanted = request.getfixturevalue("fake_cluster_options")
    if wanted.get("spec") is not None:
        pytest.skip(
            f"fake_cluster_options has spec, and the real cluster of {_OPTION}={_REAL} serves its own documents"
        )
    pods_run = wanted.get("pods_run") and not request.getfixturevalue("real_cluster_options").get("pods_run")
    if pods_run and "real_cluster" in request.fixturenames:
        pytest.fail(
            "fake_cluster_options has pods_run, and real_cluster runs no pods: let real_cluster_options return "
            '{"pods_run": True}',
            pytrace=False,
        )
    cluster: RealCluster = request.getfixturevalue("_aiokube_real_cluster_with_pods" if pods_run else "real_cluster")
    return cluster


@pytest.fixture
async def _aiokube_client_of_anyio(
    _aiokube_client: AbstractAsyncContextManager[TestClient], anyio_backend_name: str
) -> AsyncIterator[TestClient]:
    if anyio_backend_name != "asyncio":
        pytest.fail(
            f'aiokube runs on asyncio, not on {anyio_backend_name}: let a fixture anyio_backend return "asyncio"',
            pytrace=False,
        )
    async with _aiokube_client as made:
        yield made


def _kubeconfig(config: pytest.Config) -> Path:
    return config.invocation_params.dir / Path(str(config.getoption(_OPTION))).expanduser()


def _namespace_name(test: str) -> str:
    """Return a name for a namespace that no other test has, and that says whose it is: 40 characters at most."""
    words = "".join(character if character.isalnum() and character.isascii() else "-" for character in test.lower())
    return f"{'-'.join(filter(None, words.split('-')))[:31]}-{secrets.token_hex(4)}"


@contextlib.contextmanager
def _hidden_frames(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Let the traceback of an error of aiokube end where it was called. Generated packages belong to aiokube."""
    modules = [] if item.config.getoption("fulltrace") else _modules_in_traceback(call.excinfo)
    for module in modules:
        module["__tracebackhide__"] = True
    try:
        yield
    finally:
        for module in modules:
            module.pop("__tracebackhide__", None)


def _modules_in_traceback(error: pytest.ExceptionInfo[BaseException] | None) -> list[dict[str, Any]]:
    if error is None or "aiokube" not in sys.modules:
        return []
    from aiokube.errors import AiokubeError
    from aiokube.runtime.verbs.base import CallBase

    if not isinstance(error.value, AiokubeError):
        return []
    return [
        entry.frame.f_globals
        for entry in error.traceback
        if str(entry.frame.f_globals.get("__name__")).startswith("aiokube.")
        or isinstance(entry.frame.f_locals.get("self"), CallBase)
    ]
