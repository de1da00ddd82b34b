"""The pytest plugin, in runs of pytest of its own: under both plugins for async tests, in parallel, on each cluster."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from aiokube.testing import FakeCluster
from tests.support.children import run

pytestmark = pytest.mark.slow

ASYNCIO = ("-p", "pytest_asyncio.plugin", "-o")
STRICT = (*ASYNCIO, "asyncio_mode=strict", "-o", "asyncio_default_fixture_loop_scope=function")
AUTO = (*ASYNCIO, "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=module")
ANYIO = ("-p", "anyio.pytest_plugin")

# What makes a test async, and an async fixture, in the words of each plugin.
STYLES = {
    "asyncio-strict": (STRICT, "pytest.mark.asyncio", "pytest_asyncio.fixture"),
    # All tests of a module on one event loop.
    "asyncio-auto": (
        (*AUTO, "-o", "asyncio_default_test_loop_scope=module"),
        "pytest.mark.timeless",
        "pytest.fixture",
    ),
    "anyio-beside-asyncio": ((*ANYIO, *STRICT), "pytest.mark.anyio", "pytest.fixture"),
}

PROLOGUE = """
    import asyncio
    import dataclasses
    import pytest
    import pytest_asyncio
    from aiokube import Client
    from aiokube.errors import ServiceUnavailable
    from aiokube.testing import FakeCluster
"""

# On the fake cluster and on that of a kubeconfig.
TESTS = """
    used = []

    @FIXTURE
    async def config_map(kube):
        made = await kube.core_v1.config_maps.create({"metadata": {"name": "a"}})
        yield made.metadata.name
        # The client is still there.
        await kube.core_v1.config_maps.delete("a")

    @ASYNC
    async def test_the_namespace_is_there_and_is_the_test_s_own(kube, config_map):
        assert type(kube) is Client
        listed = await kube.core_v1.config_maps.list()
        assert [one.metadata.name for one in listed.items if one.metadata.name != "kube-root-ca.crt"] == [config_map]
        assert kube.namespace.startswith("test-the-namespace-is-there-and-")
        assert len(kube.namespace) <= 40
        assert (await kube.core_v1.namespaces.get(kube.namespace)).status.phase == "Active"
        used.append(kube.namespace)

    @ASYNC
    async def test_the_next_one_has_another(kube):
        with_config_map, = used
        assert kube.namespace != with_config_map
        await kube.core_v1.pods.create(
            {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "main", "image": "none"}]}}
        )

    async def user_of(client):
        return (await client.authentication_v1.self_subject_reviews.create({})).status.user_info

    @ASYNC
    async def test_another_user_has_a_client(kube, kube_for):
        name = f"system:serviceaccount:{kube.namespace}:reader"
        async with kube_for(name) as reader, kube_for("jane", groups=["team"]) as jane:
            assert (type(reader), reader.namespace) == (Client, kube.namespace)
            reader, jane = await user_of(reader), await user_of(jane)
        assert reader.username == name
        assert "system:serviceaccounts" in reader.groups
        assert (jane.username, {*jane.groups}) == ("jane", {"team", "system:authenticated"})

    @ASYNC
    async def test_a_token_is_that_of_another_user(kube):
        await kube.core_v1.service_accounts.create({"metadata": {"name": "reader"}})
        token = await kube.core_v1.service_accounts.create_token("reader")
        async with Client(kube.config.with_token(token)) as reader:
            user = await user_of(reader)
        assert user.username == f"system:serviceaccount:{kube.namespace}:reader"

    @ASYNC
    async def test_there_can_be_more_namespaces(kube, new_namespace):
        one, two = await asyncio.gather(new_namespace(labels={"team": "blue"}), new_namespace())
        assert len({kube.namespace, one, two}) == 3
        listed = await kube.core_v1.namespaces.list(label_selector="team=blue")
        assert [one] == [each.metadata.name for each in listed.items]
        await kube.in_namespace(two).core_v1.config_maps.create({"metadata": {"name": "a"}})

    @ASYNC
    async def test_a_test_may_close_its_client(kube):
        await kube.core_v1.pods.list()
        await kube.close()
"""

ON_THE_FAKE_ONE = """
    def program(kubeconfig):
        async def main():
            async with Client(kubeconfig=kubeconfig) as kube:
                return [one.metadata.name for one in (await kube.core_v1.namespaces.list()).items]
        return asyncio.run(main())

    @ASYNC
    async def test_fake_cluster_is_that_of_kube(kube, fake_cluster):
        assert list(fake_cluster.requests) == []
        await kube.core_v1.config_maps.list()
        assert [request.status for request in fake_cluster.requests.of(kube.core_v1.config_maps.list)] == [200]
        fake_cluster.fail(code=503)
        with pytest.raises(ServiceUnavailable):
            await kube.with_options(max_retries=0).core_v1.pods.list()
        await fake_cluster.restart()
        await kube.core_v1.config_maps.list()

    def test_a_test_that_is_not_async_has_the_cluster(fake_cluster):
        assert "default" in program(fake_cluster.kubeconfig)
        assert [request.verb for request in fake_cluster.requests] == ["list"]

    @pytest.mark.parametrize("text", ["A b/c"])
    class TestOptions:
        @pytest.fixture
        def fake_cluster_options(self, shipped):
            return {"spec": shipped}

        @pytest.fixture
        def kube_client(self):
            return lambda config: Client(config, max_retries=0, field_manager="mine")

        @ASYNC
        async def test_options_are_those_of_the_class(self, kube, text):
            assert kube.field_manager == "mine"
            with pytest.raises(Exception, match="404"):
                await kube.apps_v1.deployments.list()
"""


def run_pytest(
    folder: Path, *options: str, environ: Mapping[str, str] = {}, **files: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, with some files and no plugins but those in the options."""
    for name, content in files.items():
        (folder / f"{name}.py").write_text(dedent(content))
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\nmarkers = timeless\n")
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
        **environ,
    }
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "aiokube_pytest")
    return run(*command, *options, cwd=folder, env=environment)


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Return how many tests passed, failed, and so on."""
    found = pytest.RunResult.parse_summary_nouns(done.stdout.splitlines())
    assert found, done.stdout + done.stderr
    return found


def written_in(style: str, *texts: str) -> str:
    """Return tests as the plugin of a style wants them."""
    _, mark, fixture = STYLES[style]
    text = "\n".join(map(dedent, (PROLOGUE, *texts)))
    return text.replace("@ASYNC", f"@{mark}").replace("@FIXTURE", f"@{fixture}")


CONFTEST = """
    import pytest

    @pytest.fixture(scope="module")
    def anyio_backend():
        return "asyncio"

    @pytest.fixture
    def shipped(tmp_path):
        from aiokube.testing import FakeCluster
        import ssl, urllib.request, json
        with FakeCluster() as cluster:
            context = ssl.create_default_context(cadata=cluster.config().certificate_authority_data.decode())
            headers = {"Authorization": f"Bearer {cluster.config().token}"}
            url = f"{cluster.url}/openapi/v3/api/v1"
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), context=context) as response:
                (tmp_path / "api__v1_openapi.json").write_bytes(response.read())
        return tmp_path
"""


@pytest.mark.parametrize("style", STYLES)
def test_the_fixtures_work_under_each_plugin_for_async_tests(style: str, tmp_path: Path) -> None:
    done = run_pytest(tmp_path, *STYLES[style][0], conftest=CONFTEST, test_it=written_in(style, TESTS, ON_THE_FAKE_ONE))
    assert outcomes(done) == {"passed": 9}, done.stdout


def test_workers_of_xdist_run_side_by_side(tmp_path: Path) -> None:
    test = """
        import asyncio

        async def test_it(kube, worker_id, number):
            await kube.core_v1.config_maps.create({"metadata": {"name": "a"}})
            await asyncio.sleep(0.05)
            assert worker_id in ("gw0", "gw1")

        def pytest_generate_tests(metafunc):
            metafunc.parametrize("number", range(8))
    """
    options = (*AUTO, "-p", "xdist.plugin", "-n", "2")
    assert outcomes(run_pytest(tmp_path, *options, test_it=test)) == {"passed": 8}


def test_a_failing_test_prints_its_last_requests(tmp_path: Path) -> None:
    test = """
        import pytest

        async def test_it_fails(kube, fake_cluster):
            for number in range(22):
                secret = {"metadata": {"name": f"a{number}"}, "stringData": {"key": "HID" "DEN"}}
                await kube.core_v1.secrets.create(secret)
            async for _ in kube.core_v1.secrets.watch(resource_version="1"):
                break
            with pytest.raises(Exception):
                await kube.core_v1.pods.get("missing")
            assert False

        async def test_it_passes(kube):
            await kube.core_v1.nodes.list()

        async def test_it_sends_nothing(kube):
            assert False

        @pytest.fixture
        async def breaking(kube):
            yield await kube.core_v1.services.list()
            assert False

        async def test_it_breaks_at_its_end(breaking):
            pass
    """
    done = run_pytest(tmp_path, *AUTO, "--tb=short", "-rN", test_it=test)
    assert outcomes(done) == {"passed": 2, "failed": 2, "errors": 1}
    sections = re.findall(r"^-+ aiokube requests -+\n(.*?)\n[_=]", done.stdout, re.MULTILINE | re.DOTALL)
    third, first, second = (section.splitlines() for section in sections)
    namespace = first[1].split("/")[4]
    assert namespace.startswith("test-it-fails-")
    paths = f"/api/v1/namespaces/{namespace}"
    assert first[0] == "... 4 earlier"
    assert first[1:] == [
        *(f"POST {paths}/secrets 201" for _ in range(4, 22)),
        f"GET {paths}/secrets (watch) no response",
        f"GET {paths}/pods/missing 404",
    ]
    assert second[0] == "none"
    assert third[0].endswith("/services 200")
    assert "HIDDEN" not in done.stdout
    assert "/nodes" not in done.stdout


def test_a_traceback_ends_where_aiokube_was_called(tmp_path: Path) -> None:
    test = """
        async def test_it_waits(kube):
            await kube.core_v1.pods.wait_for("web", lambda pod: True, timeout=0.5)

        async def test_it_waits_for_requests(kube, fake_cluster):
            await fake_cluster.wait_until(lambda: False, timeout=0.01)

        async def test_its_condition_fails(kube):
            await kube.core_v1.namespaces.wait_for("default", lambda namespace: 1 / 0)
    """
    done = run_pytest(tmp_path, *AUTO, test_it=test)
    assert outcomes(done) == {"failed": 3}
    waits, for_requests, condition = re.split(r"^_+ test_.* _+$", done.stdout, flags=re.MULTILINE)[1:]
    for report in (waits, for_requests):
        assert re.findall(r"^(\S+\.py):\d+: ", report, re.MULTILINE) == ["test_it.py"]
        assert "Traceback" not in report and "During handling" not in report and "direct cause" not in report
    assert "the condition at test_it.py:3 was not met within 0.5 s; it does not exist" in waits
    assert "the condition at test_it.py:6 was not met within 0.01 s; no requests" in for_requests
    # What the test itself does wrong is shown as usual.
    assert "watching/wait.py" in condition
    assert "watching/wait.py" in run_pytest(tmp_path, *AUTO, "--full-trace", test_it=test).stdout


def test_a_kubeconfig_chooses_the_cluster(tmp_path: Path) -> None:
    style = "asyncio-strict"
    with FakeCluster() as cluster:
        option = f"--aiokube-cluster={cluster.kubeconfig}"
        skipped = "\n@pytest.mark.asyncio\nasync def test_faults(kube, fake_cluster):\n    assert False\n"
        text = written_in(style, TESTS) + skipped
        done = run_pytest(tmp_path, *STYLES[style][0], option, "-rs", conftest=CONFTEST, test_it=text)
        assert outcomes(done) == {"passed": 6, "skipped": 1}, done.stdout
        assert f"aiokube: tests with kube run on the cluster of {cluster.kubeconfig}" in done.stdout
        assert "it takes fake_cluster" in done.stdout
        made = [request for request in cluster.requests if (request.verb, request.resource) == ("create", "namespaces")]
        deleted = [
            request for request in cluster.requests if (request.verb, request.resource) == ("delete", "namespaces")
        ]
        assert len(made) == 6 + 2
        assert {request.json()["metadata"]["name"] for request in made} == {request.name for request in deleted}


def test_a_user_who_may_not_create_namespaces_is_told(tmp_path: Path) -> None:
    test = """
        async def test_it(kube):
            pass
    """
    with FakeCluster(rbac=True) as cluster:
        option = f"--aiokube-cluster={cluster.kubeconfig_for('nobody')}"
        done = run_pytest(tmp_path, *AUTO, option, test_it=test)
    assert outcomes(done) == {"errors": 1}
    assert 'User "nobody" cannot create resource "namespaces"' in done.stdout
    assert "cannot delete" not in done.stdout


@pytest.mark.cluster
def test_a_real_cluster_is_started_for_all_tests(tmp_path: Path) -> None:
    more = """
    servers = set()

    @ASYNC
    async def test_the_cluster_is_that_of_kube(kube, real_cluster):
        assert kube.config.server == real_cluster.url
        servers.add(real_cluster.url)

    @ASYNC
    async def test_a_certificate_comes_before_a_token(kube):
        token = await kube.core_v1.service_accounts.create_token("default")
        async with Client(dataclasses.replace(kube.config, token=token)) as admin:
            assert (await user_of(admin)).username == "kubernetes-admin"

    class TestPods:
        @pytest.fixture
        def fake_cluster_options(self):
            return {"pods_run": True}

        @ASYNC
        async def test_they_run(self, kube):
            assert kube.config.server not in servers
            await kube.core_v1.pods.create(
                {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "main", "image": "none"}]}}
            )
            await kube.core_v1.pods.wait_for("a", "Ready")

        @ASYNC
        async def test_they_need_an_option_of_the_real_cluster(self, kube, real_cluster):
            assert False

    class TestDocuments:
        @pytest.fixture
        def fake_cluster_options(self):
            return {"spec": "documents"}

        @ASYNC
        async def test_they_are_those_of_the_server(self, kube):
            assert False
    """
    style = "anyio-beside-asyncio"
    text = written_in(style, TESTS, more)
    done = run_pytest(tmp_path, *STYLES[style][0], "--aiokube-cluster=real", "-rs", conftest=CONFTEST, test_it=text)
    assert outcomes(done) == {"passed": 9, "errors": 1, "skipped": 1}, done.stdout
    assert 'let real_cluster_options return {"pods_run": True}' in done.stdout
    assert "fake_cluster_options has spec, and the real cluster of --aiokube-cluster=real serves its own" in done.stdout
    assert "aiokube: tests with kube run on a RealCluster" in done.stdout


def test_the_progress_of_a_build_is_shown_and_its_failure_is_that_of_the_test(tmp_path: Path) -> None:
    test = """
        def test_it(real_cluster):
            pass
    """
    # Nothing to build from.
    folders = {name: str(tmp_path / name) for name in ("XDG_CACHE_HOME", "GOMODCACHE", "PIP_FIND_LINKS")}
    environ = {**folders, "GOPROXY": "off", "PIP_NO_INDEX": "1", "KUBEBUILDER_ASSETS": ""}
    done = run_pytest(tmp_path, environ=environ, test_it=test)
    assert outcomes(done) == {"errors": 1}
    assert re.search(r"^aiokube\.testing: (no go on PATH|building etcd)", done.stderr, re.MULTILINE), done.stderr
    assert "aiokube.testing.ClusterError: " in done.stdout


def test_a_kubeconfig_that_is_missing_is_named(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--aiokube-cluster=missing")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.strip() == "ERROR: --aiokube-cluster=missing: must be fake, real, or the path of a kubeconfig"


def test_a_client_that_no_event_loop_can_run_is_explained(tmp_path: Path) -> None:
    test = """
        import pytest

        def test_without_await(kube):
            pass

        @pytest.mark.anyio
        async def test_on_trio(kube):
            pass

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.fixture
        def anyio_backend_name():
            return "trio"
    """
    done = run_pytest(tmp_path, *ANYIO, test_it=test)
    assert outcomes(done) == {"errors": 2}
    assert "neither pytest-asyncio nor anyio runs this test" in done.stdout
    assert 'let a fixture anyio_backend return "asyncio"' in done.stdout


def test_options_that_a_cluster_does_not_have_are_named(tmp_path: Path) -> None:
    test = """
        import pytest

        @pytest.fixture
        def fake_cluster_options():
            return {"rbca": True}

        @pytest.fixture(scope="session")
        def real_cluster_options():
            return {"crd": []}

        def test_fake(fake_cluster):
            pass

        def test_real(real_cluster):
            pass
    """
    done = run_pytest(tmp_path, test_it=test)
    assert outcomes(done) == {"errors": 2}
    assert "fake_cluster_options: FakeCluster has no option 'rbca'; it has spec, rbac, pods_run" in done.stdout
    assert "real_cluster_options: RealCluster has no option 'crd'; it has version, crds" in done.stdout


def test_a_run_without_the_fixtures_loads_nothing_of_aiokube(tmp_path: Path) -> None:
    test = """
        import sys

        def test_it():
            assert {"aiohttp", "aiokube", "pytest_asyncio", "yaml"}.isdisjoint(sys.modules)
    """
    assert outcomes(run_pytest(tmp_path, test_it=test)) == {"passed": 1}
