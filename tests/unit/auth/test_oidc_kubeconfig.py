"""Clients of the `oidc` auth-provider that share a kubeconfig, also with other programs."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from aiokube.runtime.config.config import Config
from aiokube.runtime.config.identity import AuthProvider
from aiokube.runtime.errors import ConfigError
from tests.support.identity_provider import Answer, IdentityProvider, identity_provider

from .logins import kubeconfig, open_id_connect, stored, subject_of, text_of, token_of, until

pytestmark = pytest.mark.slow  # its tests start servers or programs


@pytest.fixture
def idp() -> Iterator[IdentityProvider]:
    with identity_provider() as provider:
        yield provider


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config"


def provider_of(path: Path) -> AuthProvider:
    provider = Config.from_kubeconfig(path).auth_provider
    assert provider is not None
    return provider


def edit(path: Path, user: int = 0, **changes: str) -> None:
    tree = yaml.safe_load(text_of(path))
    tree["users"][user]["user"]["auth-provider"]["config"] |= {k.replace("_", "-"): v for k, v in changes.items()}
    path.write_text(yaml.safe_dump(tree))


async def test_the_next_client_finds_the_new_tokens_in_the_kubeconfig(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config(lifetime=0), idp.config("bob", lifetime=0))
    bob = stored(path, 1)
    first = await open_id_connect(provider_of(path)).get()
    assert stored(path)["id-token"] == token_of(first)
    assert stored(path, 1) == bob
    assert await open_id_connect(provider_of(path)).get() == first
    assert idp.refreshes() == 1
    edit(path, id_token="")
    assert subject_of(await open_id_connect(provider_of(path)).get()) == "alice", "the new refresh token was kept"


@pytest.mark.slow
async def test_new_tokens_are_written_before_they_are_used(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config(lifetime=0))
    lock = path.with_name("config.lock")
    lock.write_text("")
    credentials = open_id_connect(provider_of(path))
    first = asyncio.create_task(credentials.get())
    await until(lambda: idp.forms)
    await asyncio.sleep(0.2)
    second = asyncio.create_task(credentials.get())
    await asyncio.sleep(0.1)
    assert not first.done() and not second.done()
    os.unlink(lock)
    assert token_of(await first) == token_of(await second) == stored(path)["id-token"]


async def test_clients_of_one_kubeconfig_share_a_refresh(idp: IdentityProvider, path: Path) -> None:
    """Each refresh token is valid for one refresh, so a second refresh would fail."""
    kubeconfig(path, idp.config(lifetime=0))
    clients = [open_id_connect(provider_of(path)) for _ in range(5)]
    assert len({token_of(each) for each in await asyncio.gather(*(client.get() for client in clients))}) == 1
    assert idp.refreshes() == 1


async def test_clients_of_two_users_refresh_separately(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config("alice", lifetime=0), idp.config("bob", lifetime=0))
    providers = [AuthProvider(name="oidc", config=stored(path, number), source=path) for number in range(2)]
    both = await asyncio.gather(*(open_id_connect(provider).get() for provider in providers))
    assert [subject_of(each) for each in both] == ["alice", "bob"]


async def test_tokens_that_another_program_stored_before_a_refresh_are_used(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config("bob"), idp.config(lifetime=0))
    credentials = open_id_connect(AuthProvider(name="oidc", config=stored(path, 1), source=path))
    renewed = idp.config()
    edit(path, 1, id_token=renewed["id-token"], refresh_token=renewed["refresh-token"])
    assert token_of(await credentials.get()) == renewed["id-token"]
    assert idp.requests == []


async def test_tokens_that_another_program_stored_during_a_refresh_are_used(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config(lifetime=0))
    idp.open.clear()
    idp.token = Answer(400, '{"error": "invalid_grant"}')
    request = asyncio.create_task(open_id_connect(provider_of(path)).get())
    await until(lambda: idp.forms)
    renewed = idp.config()
    edit(path, id_token=renewed["id-token"], refresh_token=renewed["refresh-token"])
    idp.open.set()
    assert token_of(await request) == renewed["id-token"]


async def test_a_running_client_uses_the_tokens_of_a_new_login(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config(lifetime=0) | {"refresh-token": "used up"})
    credentials = open_id_connect(provider_of(path))
    with pytest.raises(ConfigError, match="log in again") as raised:
        await credentials.get()
    assert f"auth-provider oidc of {path}" in str(raised.value)
    edit(path, id_token=idp.id_token("alice"), refresh_token=idp.refresh_token("alice"))
    assert subject_of(await credentials.get()) == "alice"


async def test_tokens_of_another_user_are_not_used(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config(lifetime=0) | {"refresh-token": "used up"})
    credentials = open_id_connect(provider_of(path))
    kubeconfig(path, idp.config("bob"))
    with pytest.raises(ConfigError, match="log in again"):
        await credentials.get()


async def test_a_rejected_token_in_the_kubeconfig_is_refreshed(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config())
    credentials = open_id_connect(provider_of(path))
    first = await credentials.get()
    credentials.refused(first)
    assert await credentials.get() != first
    assert idp.refreshes() == 1


async def test_each_401_causes_one_read_of_the_kubeconfig(idp: IdentityProvider, path: Path) -> None:
    config = idp.config(lifetime=1000)
    del config["refresh-token"]
    credentials = open_id_connect(provider_of(kubeconfig(path, config)))
    first = await credentials.get()
    credentials.refused(first)
    assert await credentials.get() == first
    edit(path, id_token=idp.id_token("alice", lifetime=2000))
    assert await credentials.get() == first
    credentials.refused(first)
    assert token_of(await credentials.get()) == stored(path)["id-token"]


async def test_new_tokens_stay_in_memory_when_the_kubeconfig_is_read_only(
    idp: IdentityProvider, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    os.chmod(kubeconfig(path, idp.config(lifetime=0)), 0o400)
    before = text_of(path)
    now = [time.time()]
    credentials = open_id_connect(provider_of(path), now=lambda: now[0])
    assert subject_of(await credentials.get()) == "alice"
    assert text_of(path) == before
    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "the new tokens are kept in memory only" in warning
    assert f"{path} is read-only" in warning
    now[0] += idp.lifetime
    assert subject_of(await credentials.get()) == "alice", "the refresh token in memory is the new one"


async def test_new_tokens_stay_in_memory_when_the_kubeconfig_is_deleted(
    idp: IdentityProvider, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    credentials = open_id_connect(provider_of(kubeconfig(path, idp.config(lifetime=0))))
    os.unlink(path)
    assert subject_of(await credentials.get()) == "alice"
    assert "keeping the tokens in memory: [Errno 2]" in caplog.text
    assert not os.listdir(path.parent)


async def test_another_client_does_not_send_a_used_token_that_a_kubeconfig_still_holds(
    idp: IdentityProvider, path: Path
) -> None:
    os.chmod(kubeconfig(path, idp.config(lifetime=0)), 0o400)
    now = [time.time()]
    first, second = (open_id_connect(provider_of(path), now=lambda: now[0]) for _ in range(2))
    assert await second.get() == await first.get()
    for credentials in (first, second, open_id_connect(provider_of(path), now=lambda: now[0])):
        now[0] += idp.lifetime
        assert subject_of(await credentials.get()) == "alice"
    sent = [form["refresh_token"] for form in idp.forms]
    assert len(sent) == len(set(sent)) == 4


async def test_tokens_that_could_not_be_written_are_written_with_the_next_ones(
    idp: IdentityProvider, path: Path
) -> None:
    os.chmod(kubeconfig(path, idp.config(lifetime=0)), 0o400)
    now = [time.time()]
    credentials = open_id_connect(provider_of(path), now=lambda: now[0])
    await credentials.get()
    os.chmod(path, 0o600)
    now[0] += idp.lifetime
    renewed = await credentials.get()
    assert token_of(renewed) == stored(path)["id-token"]
    assert await open_id_connect(provider_of(path)).get() == renewed
    assert idp.refreshes() == 2


async def test_a_new_refresh_token_is_kept_though_no_id_token_came(idp: IdentityProvider, path: Path) -> None:
    kubeconfig(path, idp.config(lifetime=0))
    idp.with_id_token = False
    for _ in range(2):
        with pytest.raises(ConfigError, match="returned no id_token"):
            await open_id_connect(provider_of(path)).get()
    idp.with_id_token = True
    assert subject_of(await open_id_connect(provider_of(path)).get()) == "alice"
    sent = [form["refresh_token"] for form in idp.forms]
    assert len(sent) == len(set(sent)) == 3


async def test_clients_of_one_config_in_memory_do_not_send_a_used_token(idp: IdentityProvider) -> None:
    provider = AuthProvider(name="oidc", config=idp.config(lifetime=0))
    assert await open_id_connect(provider).get() == await open_id_connect(provider).get()
    assert idp.refreshes() == 1


async def test_logs_about_an_invalid_kubeconfig_contain_no_tokens(
    idp: IdentityProvider, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    config = idp.config(lifetime=0)
    credentials = open_id_connect(provider_of(kubeconfig(path, config)))
    edit(path, id_token="x")
    with open(path, "a") as file:  # noqa: ASYNC230 - a few bytes
        file.write(f"bad: [{config['refresh-token']}")
    renewed = token_of(await credentials.get())
    assert "not valid YAML" in caplog.text
    for secret in (config["refresh-token"], config["id-token"], config["client-secret"], renewed):
        assert secret not in caplog.text


async def test_a_relative_ca_file_starts_from_the_directory_of_the_kubeconfig(
    idp: IdentityProvider, path: Path
) -> None:
    config = idp.config(lifetime=0) | {"idp-certificate-authority": "idp/ca.crt"}
    del config["idp-certificate-authority-data"]
    os.mkdir(path.parent / "idp")
    with open(path.parent / "idp" / "ca.crt", "wb") as file:  # noqa: ASYNC230 - a few bytes
        file.write(idp.ca_pem)
    assert await open_id_connect(provider_of(kubeconfig(path, config))).get()


@pytest.mark.slow
def test_processes_refresh_one_at_a_time(idp: IdentityProvider, path: Path) -> None:
    for turn in range(3):
        kubeconfig(path, idp.config(lifetime=0))
        provider, ready = provider_of(path), threading.Barrier(4)

        async def get(provider: AuthProvider = provider, ready: threading.Barrier = ready) -> str:
            credentials = open_id_connect(provider)
            await asyncio.to_thread(ready.wait)
            return token_of(await credentials.get())

        # The lock does not tell threads from processes, which would take longer to start.
        with ThreadPoolExecutor(4) as threads:
            tokens = set(threads.map(lambda _: asyncio.run(get()), range(4)))
        assert tokens == {stored(path)["id-token"]}
        assert idp.refreshes() == turn + 1
        assert os.listdir(path.parent) == ["config"]


@pytest.mark.slow
async def test_a_process_that_hangs_delays_a_refresh_no_longer_than_its_timeout(
    idp: IdentityProvider, path: Path
) -> None:
    provider = provider_of(kubeconfig(path, idp.config(lifetime=0)))
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert subject_of(await open_id_connect(provider, timeout=0.2).get()) == "alice"
