"""The credentials of exec plugins: lifetime, renewal, concurrent callers and errors."""

from __future__ import annotations

import asyncio
import codecs
import logging
import os
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aiokube.errors import ConfigError
from aiokube.runtime.config.config import Config
from aiokube.runtime.errors import ClientClosed
from aiokube.runtime.http.aiohttp.transport import AiohttpTransport
from aiokube.runtime.http.auth import exec_plugin as plugin_module
from aiokube.runtime.http.auth.credentials import Credential
from aiokube.runtime.http.auth.exec_plugin import ExecPlugin
from aiokube.runtime.http.auth.select import select_credentials
from tests.support.kubeconfigs.cases import V1
from tests.support.plugins import cluster, credential, is_alive, is_running, number_in, plugin, terminal, until

pytestmark = pytest.mark.slow  # each test starts programs

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Clock:
    """A clock that only the test advances."""

    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now


def after(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


def bearer_of(credential: Credential) -> str:
    return credential.headers["Authorization"].removeprefix("Bearer ")


async def test_a_credential_without_an_expiry_is_kept(tmp_path: Path) -> None:
    made, clock = plugin(tmp_path), Clock()
    credentials = ExecPlugin(made.config(), cluster(), clock=clock)
    first = await credentials.get()
    made.answer_status(token="other")
    clock.now += 10 * 365 * 86400
    assert await credentials.get() is first
    assert made.runs == 1


@pytest.mark.parametrize(
    ("lifetime", "kept"),
    [(3600.0, 3540.0), (240.0, 180.0), (100.0, 75.0), (30.0, 22.5), (1.0, 0.75)],
)
async def test_a_credential_is_renewed_before_its_expiry(tmp_path: Path, lifetime: float, kept: float) -> None:
    made, clock = plugin(tmp_path), Clock()
    credentials = ExecPlugin(made.config(), cluster(), clock=clock)
    made.answer_status(token="one", expirationTimestamp=after(lifetime))
    await credentials.get()
    made.answer_status(token="two", expirationTimestamp=after(lifetime * 2))

    clock.now = NOW.timestamp() + kept - 0.01
    assert bearer_of(await credentials.get()) == "one"
    clock.now = NOW.timestamp() + kept
    assert bearer_of(await credentials.get()) == "two"
    assert made.runs == 2


async def test_a_cached_credential_near_its_expiry_does_not_run_the_plugin_each_time(tmp_path: Path) -> None:
    made, clock = plugin(tmp_path), Clock()
    credentials = ExecPlugin(made.config(), cluster(), clock=clock)
    # A plugin with a cache prints the same token until it expires.
    made.answer_status(token="cached", expirationTimestamp=after(50))
    for _ in range(49):
        await credentials.get()
        clock.now += 1
    assert made.runs <= 4


async def test_an_expired_credential_is_used_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made, clock = plugin(tmp_path), Clock()
    credentials = ExecPlugin(made.config(), cluster(), clock=clock)
    made.answer_status(token="old", expirationTimestamp=after(-3600))
    for _ in range(2):
        # The clock of this machine may be wrong, so the server decides.
        assert bearer_of(await credentials.get()) == "old"
    assert made.runs == 2
    assert "returned a credential that expired at 2026-01-02T02:04:05+00:00; is the clock right?" in caplog.text


@pytest.mark.parametrize(
    ("timestamp", "kept"),
    [
        ("0001-01-01T00:00:00Z", True),
        ("2026-01-02T05:04:05.123456789+01:00", True),
        ("2026-01-02T03:34:05+01:00", False),
        ("9999-12-31T23:59:59-12:00", True),
        ("0001-01-01T00:00:00+12:00", True),
        ("0001-01-01T00:00:01Z", False),
    ],
)
async def test_expiration_timestamps_are_parsed_like_client_go(tmp_path: Path, timestamp: str, kept: bool) -> None:
    made = plugin(tmp_path)
    credentials = ExecPlugin(made.config(), cluster(), clock=Clock())
    made.answer_status(token="t", expirationTimestamp=timestamp)
    await credentials.get()
    await credentials.get()
    assert made.runs == (1 if kept else 2)


async def test_a_failed_renewal_keeps_the_credential_until_its_expiry(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made, clock = plugin(tmp_path, body="[ -e broken ] && { echo no network >&2; exit 3; }"), Clock()
    credentials = ExecPlugin(made.config(), cluster(), clock=clock)
    made.answer_status(token="one", expirationTimestamp=after(3600))
    first = await credentials.get()
    (tmp_path / "broken").touch()

    clock.now += 3550
    assert await credentials.get() is first
    assert "using the last credential until it expires: the exec plugin" in caplog.text
    assert "failed with exit code 3; stderr: no network" in caplog.text
    assert await credentials.get() is first
    assert made.runs == 2

    clock.now += 50
    with pytest.raises(ConfigError, match="failed with exit code 3; stderr: no network"):
        await credentials.get()


async def test_a_failed_renewal_does_not_restore_a_rejected_credential(tmp_path: Path) -> None:
    made, clock = plugin(tmp_path, body="[ -e broken ] && exit 3"), Clock()
    credentials = ExecPlugin(made.config(), cluster(), clock=clock)
    made.answer_status(token="one", expirationTimestamp=after(3600))
    first = await credentials.get()
    (tmp_path / "broken").touch()
    credentials.refused(first)
    with pytest.raises(ConfigError, match="failed with exit code 3"):
        await credentials.get()


async def test_each_rejected_credential_causes_one_run(tmp_path: Path) -> None:
    made = plugin(tmp_path)
    credentials = ExecPlugin(made.config(), cluster())
    first = await credentials.get()
    credentials.refused(first)
    second = await credentials.get()
    assert made.runs == 2
    # Late responses of 401 are for the first credential, although the second one is equal.
    assert second == first
    for _ in range(3):
        credentials.refused(first)
        assert await credentials.get() is second
    assert made.runs == 2


async def test_concurrent_gets_share_one_run(tmp_path: Path) -> None:
    made = plugin(tmp_path, body="sleep 0.1")
    credentials = ExecPlugin(made.config(), cluster())
    got = await asyncio.gather(*(credentials.get() for _ in range(50)))
    assert made.runs == 1
    assert all(each is got[0] for each in got)


async def test_concurrent_gets_share_a_failure(tmp_path: Path) -> None:
    made = plugin(tmp_path, body="sleep 0.1; exit 9")
    credentials = ExecPlugin(made.config(), cluster())
    got = await asyncio.gather(*(credentials.get() for _ in range(50)), return_exceptions=True)
    assert made.runs == 1
    assert [str(each) for each in got] == [f"the exec plugin '{made.path}' failed with exit code 9"] * 50
    with pytest.raises(ConfigError):
        await credentials.get()
    assert made.runs == 2


async def test_concurrent_rejections_cause_one_run_per_credential(tmp_path: Path) -> None:
    """Fifty callers share each credential and report it as rejected."""
    made = plugin(tmp_path)
    credentials = ExecPlugin(made.config(), cluster())
    seen: set[int] = set()
    kept: list[Credential] = []

    async def user() -> None:
        for _ in range(5):
            credential = await credentials.get()
            seen.add(id(credential))
            kept.append(credential)
            await asyncio.sleep(0)
            credentials.refused(credential)

    await asyncio.gather(*(user() for _ in range(50)))
    assert made.runs == len(seen) == 5


@pytest.mark.slow
async def test_a_run_continues_when_one_of_its_callers_is_cancelled(tmp_path: Path) -> None:
    made = plugin(tmp_path, body="sleep 0.3")
    credentials = ExecPlugin(made.config(), cluster())
    waiters = [asyncio.create_task(credentials.get()) for _ in range(3)]
    await made.started()
    waiters[0].cancel()
    waiters[2].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiters[0]
    assert bearer_of(await waiters[1]) == "t0k3n"
    assert made.runs == 1


async def test_the_plugin_and_its_children_are_killed_when_all_callers_are_cancelled(tmp_path: Path) -> None:
    made = plugin(tmp_path, body="sleep 60 & echo $! > child; wait")
    credentials = ExecPlugin(made.config(), cluster())
    waiters = [asyncio.create_task(credentials.get()) for _ in range(3)]
    pid = await made.started()
    child = await number_in(tmp_path / "child")
    for waiter in waiters[:2]:
        waiter.cancel()
    await asyncio.wait(waiters[:2])
    assert is_alive(pid) and is_running(child)

    waiters[2].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiters[2]

    assert not is_alive(pid)  # it has exited when the call returns, and is not a zombie
    await until(lambda: not is_running(child))

    # The next call runs the plugin again.
    made.path.write_text(made.path.read_text().replace("sleep 60", "sleep 0"))
    assert bearer_of(await credentials.get()) == "t0k3n"


async def test_a_timeout_of_the_caller_kills_the_plugin(tmp_path: Path) -> None:
    made = plugin(tmp_path, body="sleep 60")
    credentials = ExecPlugin(made.config(), cluster())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await credentials.get()
    assert not is_alive(made.pids[0])


async def test_a_cancellation_during_the_start_leaves_no_process(tmp_path: Path) -> None:
    """The cancellation comes at every step of the start."""
    made = plugin(tmp_path, body="sleep 60")
    for steps in range(30):
        credentials = ExecPlugin(made.config(), cluster())
        waiter = asyncio.create_task(credentials.get())
        for _ in range(steps):
            await asyncio.sleep(0)
        await asyncio.sleep(steps / 10_000)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await asyncio.sleep(0.1)
    assert not [pid for pid in made.pids if is_running(pid)]


async def test_close_kills_the_plugin(tmp_path: Path) -> None:
    made = plugin(tmp_path, body="sleep 60")
    credentials = ExecPlugin(made.config(), cluster())
    waiters = [asyncio.create_task(credentials.get()) for _ in range(2)]
    pid = await made.started()
    await credentials.close()
    assert not is_alive(pid)
    for waiter in waiters:
        with pytest.raises(ClientClosed, match="closed while it waited for its credentials"):
            await waiter
    with pytest.raises(ClientClosed, match="the client is closed"):
        await credentials.get()
    assert made.runs == 1


async def test_close_without_a_running_plugin(tmp_path: Path) -> None:
    made = plugin(tmp_path)
    unused = ExecPlugin(made.config(), cluster())
    await unused.close()
    used = ExecPlugin(made.config(), cluster())
    await used.get()
    await used.close()
    with pytest.raises(ClientClosed):
        await used.get()


@pytest.mark.slow
async def test_a_plugin_that_exceeds_its_timeout_is_killed(tmp_path: Path) -> None:
    made = plugin(tmp_path, body="echo waiting for a login >&2; sleep 60 & wait")
    credentials = ExecPlugin(made.config(), cluster(), timeout=0.3)
    start = time.monotonic()
    with pytest.raises(ConfigError) as error:
        await credentials.get()
    assert time.monotonic() - start < 5
    assert str(error.value) == (
        f"the exec plugin '{made.path}' did not end within 0.3 seconds and was killed; stderr: waiting for a login"
    )
    assert not is_alive(made.pids[0])


@pytest.mark.slow
async def test_a_running_plugin_does_not_block_the_event_loop(tmp_path: Path) -> None:
    made = plugin(tmp_path, body="sleep 0.5; head -c 500000 /dev/zero >&2")
    credentials = ExecPlugin(made.config(), cluster())
    gaps = [0.0]

    async def heartbeat() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.005)
            gaps.append(time.monotonic() - last)
            last += gaps[-1]

    beating = asyncio.create_task(heartbeat())
    await credentials.get()
    beating.cancel()
    assert len(gaps) > 40
    assert max(gaps) < 0.25


def test_a_plugin_runs_in_the_event_loop_of_another_thread(tmp_path: Path) -> None:
    made = plugin(tmp_path)
    got: list[Credential] = []
    thread = threading.Thread(target=lambda: got.append(asyncio.run(ExecPlugin(made.config(), cluster()).get())))
    thread.start()
    thread.join(20)
    assert bearer_of(got[0]) == "t0k3n"


async def test_the_environment_and_the_arguments_of_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INHERITED", "yes")
    monkeypatch.setenv("REPLACED", "by the process")
    monkeypatch.setenv("KUBERNETES_EXEC_INFO", "of an outer plugin")
    made = plugin(tmp_path, body='env > environment; printf "%s|" "$@" > arguments')
    config = made.config(
        env={"REPLACED": "by the plugin's config", "KUBERNETES_EXEC_INFO": "never"},
        args=("get token", "$(touch injected)", "; touch injected", "*", ""),
    )
    before = dict(os.environ)
    await ExecPlugin(config, cluster()).get()
    lines = (tmp_path / "environment").read_text().splitlines()
    assert "INHERITED=yes" in lines
    assert "REPLACED=by the plugin's config" in lines
    assert [line for line in lines if line.startswith("KUBERNETES_EXEC_INFO=")] == [
        'KUBERNETES_EXEC_INFO={"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",'
        '"spec":{"interactive":false}}'
    ]
    assert (tmp_path / "arguments").read_text() == "get token|$(touch injected)|; touch injected|*||"
    assert not (tmp_path / "injected").exists()
    assert dict(os.environ) == before


async def test_a_plugin_without_a_terminal_has_no_stdin(tmp_path: Path) -> None:
    made = plugin(tmp_path, body='read line && echo "$line" > heard; readlink /proc/self/fd/0 > stdin')
    ours = os.dup(0)
    reading, writing = os.pipe()
    os.write(writing, b"for us, not for it\n")
    os.dup2(reading, 0)
    try:
        await ExecPlugin(made.config(), cluster()).get()
    finally:
        os.dup2(ours, 0)
        for descriptor in (ours, reading, writing):
            os.close(descriptor)
    assert (tmp_path / "stdin").read_text() == "/dev/null\n"
    assert not (tmp_path / "heard").exists()


@pytest.mark.slow
async def test_a_plugin_with_a_terminal_has_a_longer_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (plugin_module.TIMEOUT_S, plugin_module.INTERACTIVE_TIMEOUT_S) == (60, 900)
    monkeypatch.setattr(plugin_module, "TIMEOUT_S", 0.3)
    made = plugin(tmp_path, body="sleep 0.6")
    with terminal():
        await ExecPlugin(made.config(interactive_mode="IfAvailable"), cluster()).get()
        with pytest.raises(ConfigError, match=r"did not end within 0\.3 seconds"):
            await ExecPlugin(made.config(), cluster()).get()
        with pytest.raises(ConfigError, match=r"did not end within 0\.2 seconds"):
            await ExecPlugin(made.config(interactive_mode="IfAvailable"), cluster(), timeout=0.2).get()


async def test_a_slow_file_system_does_not_block_the_event_loop(tmp_path: Path) -> None:
    made = plugin(tmp_path / "bin")
    authority = tmp_path / "ca.crt"
    os.mkfifo(authority)
    config = made.config(provide_cluster_info=True)
    waiter = asyncio.create_task(ExecPlugin(config, cluster(certificate_authority=authority)).get())
    await asyncio.sleep(0.2)
    # This line is reached only if the event loop is not blocked; it unblocks the reader of the pipe.
    descriptor = os.open(authority, os.O_WRONLY | os.O_NONBLOCK)
    os.write(descriptor, b"CA")
    os.close(descriptor)
    await waiter
    assert b'"certificate-authority-data":"Q0E="' in made.info


async def test_a_plugin_that_is_not_in_path_is_an_error_with_the_install_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin(tmp_path / "here", name="plugin")
    monkeypatch.chdir(tmp_path / "here")
    made = plugin(tmp_path / "there")
    for path in ("", ".", ":/usr/bin:", "/usr/bin:.:../here"):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(ConfigError) as error:
            await ExecPlugin(made.config(command="plugin", install_hint="get it at x"), cluster(user="u")).get()
        assert str(error.value) == (
            "the exec plugin 'plugin' of user 'u' was not found: it is not in PATH; install it\n\nget it at x"
        )
    monkeypatch.setenv("PATH", f".:{tmp_path}/nowhere:{tmp_path}/x/../there/:/usr/bin:/bin")
    await ExecPlugin(made.config(command="plugin"), cluster()).get()
    assert made.runs == 1


async def test_a_file_that_cannot_be_executed_is_an_error(tmp_path: Path) -> None:
    made = plugin(tmp_path / "a")

    async def problem(path: Path) -> str:
        with pytest.raises(ConfigError) as error:
            await ExecPlugin(made.config(command=str(path), install_hint="the hint"), cluster()).get()
        return str(error.value)

    assert "was not found: the file does not exist; install it\n\nthe hint" in await problem(tmp_path / "none")
    assert "was not found: the file does not exist" in await problem(tmp_path)
    made.path.chmod(stat.S_IRUSR)
    assert f"{made.path} is not executable; use `chmod +x`" in await problem(made.path)
    made.path.write_text("#!/no/interpreter\n")
    made.path.chmod(0o700)
    assert "No such file or directory (does the interpreter on its first line exist?)" in await problem(made.path)
    made.path.write_bytes(b"\x7fELF nonsense")
    assert "cannot be started as" in await problem(made.path)
    assert "Exec format error" in await problem(made.path)


@pytest.mark.parametrize(
    ("argument", "problem"),
    [("\ud800", "surrogates not allowed"), ("x" * (3 << 20), "Argument list too long")],
    ids=["surrogate", "too long"],
)
async def test_an_argument_that_the_system_rejects_is_a_config_error(
    tmp_path: Path, argument: str, problem: str
) -> None:
    made = plugin(tmp_path)
    with pytest.raises(ConfigError, match=f"cannot be started as .*: .*{problem}"):
        await ExecPlugin(made.config(args=(argument,)), cluster()).get()


async def test_stderr_of_a_successful_plugin_is_logged_without_the_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "c4nary-s3cret-0123456789"
    made = plugin(tmp_path, body="echo '\033[31mdeprecated\033[0m: use v2' >&2; cat answer >&2", bearer=secret)
    caplog.set_level(logging.DEBUG)
    credentials = ExecPlugin(made.config(), cluster())
    assert bearer_of(await credentials.get()) == secret
    assert f"the exec plugin '{made.path}' wrote to stderr: deprecated: use v2 {{" in caplog.text
    assert "REDACTED" in caplog.text
    for text in (caplog.text, repr(credentials), repr(await credentials.get())):
        assert secret not in text
    assert [record.levelname for record in caplog.records if record.name == "aiokube.auth"] == ["WARNING"]


async def test_a_byte_order_mark_in_the_output_is_ignored(tmp_path: Path) -> None:
    made = plugin(tmp_path)
    made.answer(codecs.BOM_UTF8 + credential(token="t0k3n").encode())
    assert bearer_of(await ExecPlugin(made.config(), cluster()).get()) == "t0k3n"


async def test_the_error_of_an_invalid_output_contains_stderr(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = "c4nary-s3cret-0123456789"
    made = plugin(tmp_path, body="echo please log in >&2; cat answer >&2")
    made.answer(f'{{"token": "{secret}"}}')
    with pytest.raises(ConfigError) as error:
        await ExecPlugin(made.config(), cluster()).get()
    assert "stderr: please log in" in str(error.value)
    assert secret not in str(error.value) + caplog.text


async def test_a_successful_plugin_without_stderr_logs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await ExecPlugin(plugin(tmp_path).config(), cluster()).get()
    assert not [record for record in caplog.records if record.name == "aiokube.auth"]


async def test_other_credentials_of_a_config_take_precedence_over_a_plugin(tmp_path: Path) -> None:
    made = plugin(tmp_path)
    config = made.config()
    assert isinstance(select_credentials(cluster(exec=config), connect=AiohttpTransport), ExecPlugin)
    assert bearer_of(await select_credentials(cluster(exec=config), connect=AiohttpTransport).get()) == "t0k3n"
    # Other credentials of the config take precedence, and the plugin does not run.
    assert (
        bearer_of(await select_credentials(cluster(exec=config, token="mine"), connect=AiohttpTransport).get())
        == "mine"
    )
    basic = await select_credentials(
        cluster(exec=config, username="marshmallow", password="zelda"), connect=AiohttpTransport
    ).get()
    assert basic.headers["Authorization"].startswith("Basic ")
    certificate = cluster(exec=config, client_certificate_data=b"some-cert", client_key_data=b"some-key")
    assert await select_credentials(certificate, connect=AiohttpTransport).get() == Credential()
    assert made.runs == 1


def test_a_plugin_for_a_server_without_tls_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not use TLS and would expose the credentials"):
        Config(server="http://127.0.0.1", exec=plugin(tmp_path).config(api_version=V1))
