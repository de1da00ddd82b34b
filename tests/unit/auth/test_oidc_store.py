"""Replacing the tokens of the `oidc` auth-provider in a kubeconfig."""

from __future__ import annotations

import os
import resource
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from aiokube.runtime.codec.yaml_reader import parse
from aiokube.runtime.errors import ConfigError
from aiokube.runtime.http.auth.oidc.store import TokenStore
from aiokube.runtime.http.auth.oidc.tokens import Tokens

from .logins import kubeconfig, stored, text_of

pytestmark = pytest.mark.slow  # its tests start servers or programs

OLD = Tokens(id_token="old.id.token", refresh_token="old-refresh")
NEW = Tokens(id_token="new.id.token", refresh_token="new/refresh+é=")

BLOCK = """\
# mine: do not sort
apiVersion: v1
kind: Config
current-context:   'shop'   # the shop
clusters:
- {name: shop, cluster: {server: "https://127.0.0.1:1"}}
contexts:
- name: shop
  context: {cluster: shop, user: alice}
users:
# people

- name: bob
  user:
    auth-provider:
      name: oidc
      config: {idp-issuer-url: "https://idp", client-id: kube, id-token: old.id.bob, refresh-token: old-refresh-bob}
- name: alice
  user:
    auth-provider:
      config:
        client-id: kube
        client-secret: "yes"
        id-token: old.id.token   # renewed by itself
        idp-issuer-url: https://idp
        refresh-token: 'old-refresh'
      name: oidc
- name: other-client
  user:
    auth-provider: {config: {idp-issuer-url: "https://idp", client-id: x, refresh-token: old-refresh}}
- name: other-issuer
  user:
    auth-provider: {config: {idp-issuer-url: "https://id", client-id: kube, refresh-token: old-refresh}}
- name: plain
  user: {token: old-refresh}
- name: nobody
unknown: [1, 2.50, 0x10, ~, on, "ünïcödé 😀"]
"""


def store(path: Path, **options: Any) -> TokenStore:
    return TokenStore(path, issuer="https://idp", client_id="kube", **options)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(BLOCK, encoding="utf-8")
    return path


# files


def test_only_the_tokens_change(path: Path) -> None:
    store(path).replace(OLD, NEW)
    expected = BLOCK.replace("id-token: old.id.token ", 'id-token: "new.id.token" ')
    expected = expected.replace("'old-refresh'\n", '"new/refresh+\\u00e9="\n')
    assert text_of(path) == expected
    assert store(path).find(NEW) == NEW


USER = "users:\n- user:\n    auth-provider:\n"
FACTS = "idp-issuer-url: https://idp\n        client-id: kube\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"{USER}      config:\n        refresh-token: old-refresh\n        {FACTS}",
            f'{USER}      config:\n        id-token: "ID"\n        refresh-token: "NEW"\n        {FACTS}',
        ),
        (
            f"{USER}      config:\n        id-token: |-\n          old.id.token\n\n        {FACTS}",
            f'{USER}      config:\n        refresh-token: "NEW"\n        id-token: "ID"\n\n        {FACTS}',
        ),
        (
            f"{USER}      config:\r\n        refresh-token: old-refresh\r\n        id-token:\r\n        {FACTS}",
            f'{USER}      config:\r\n        refresh-token: "NEW"\r\n        id-token: "ID"\r\n        {FACTS}',
        ),
        (
            "users: [{user: {auth-provider: {config: {refresh-token: old-refresh,  # here\n"
            "  idp-issuer-url: https://idp, client-id: kube}}}}]",
            'users: [{user: {auth-provider: {config: {id-token: "ID", refresh-token: "NEW",  # here\n'
            "  idp-issuer-url: https://idp, client-id: kube}}}}]",
        ),
        (
            '{"users": [{"user": {"auth-provider": {"config": {"idp-issuer-url": "https://idp", "client-id": "kube",'
            ' "id-token": "", "refresh-token": "old-refresh"}}}}]}',
            '{"users": [{"user": {"auth-provider": {"config": {"idp-issuer-url": "https://idp", "client-id": "kube",'
            ' "id-token": "ID", "refresh-token": "NEW"}}}}]}',
        ),
        (
            f"{USER}      config:\n        refresh-token: old-refresh\n        id-token: old\n        {FACTS}"
            "---\nusers: second document\n",
            f'{USER}      config:\n        refresh-token: "NEW"\n        id-token: "ID"\n        {FACTS}'
            "---\nusers: second document\n",
        ),
    ],
    ids=["absent", "block scalar", "null", "flow", "json", "two documents"],
)
def test_every_yaml_layout_is_edited_in_place(path: Path, before: str, after: str) -> None:
    path.write_bytes(before.encode())
    store(path).replace(OLD, Tokens(id_token="ID", refresh_token="NEW"))
    assert text_of(path) == after


@pytest.mark.parametrize(
    "document",
    [
        "x: &t old-refresh\n" + USER + f"      config:\n        refresh-token: *t\n        {FACTS}y: &z 012\nz: *z\n",
        USER + f"      config:\n        <<: {{refresh-token: old-refresh}}\n        {FACTS}w: 'yes'\n",
        USER + f"      config:\n        ? refresh-token\n        : old-refresh\n        {FACTS}",
        "x: &t a\ny: &t b\nz: *t\n" + USER + f"      config:\n        refresh-token: old-refresh\n        {FACTS}",
        "a: &c\n        refresh-token: old-refresh\n        " + FACTS + USER + "      config: *c\n",
    ],
    ids=["alias", "merge", "complex key", "reused anchor", "shared config"],
)
def test_documents_with_aliases_and_merges_keep_their_content(path: Path, document: str) -> None:
    path.write_text(document)
    before: Any = parse(document.encode(), origin="before")
    store(path).replace(OLD, NEW)
    after: Any = parse(path.read_bytes(), origin="after")
    config = after["users"][0]["user"]["auth-provider"]["config"]
    assert (config["id-token"], config["refresh-token"]) == (NEW.id_token, NEW.refresh_token)
    for tree in (before, after):
        tree.pop("a", None)  # the anchored copy of the config has the same tokens
        for key in ("id-token", "refresh-token"):
            tree["users"][0]["user"]["auth-provider"]["config"].pop(key, None)
    assert after == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encoding_of_the_file_is_kept(path: Path, encoding: str) -> None:
    path.write_bytes(BLOCK.encode(encoding))
    store(path).replace(OLD, NEW)
    assert path.read_bytes().startswith("#".encode(encoding))
    assert '"new.id.token"   # renewed by itself' in path.read_bytes().decode(encoding)
    assert "ünïcödé 😀" in path.read_bytes().decode(encoding)


def test_entries_with_the_same_tokens_change_together(path: Path) -> None:
    entry = {"auth-provider": {"config": {"idp-issuer-url": "https://idp", "client-id": "kube"}}}
    entry["auth-provider"]["config"] |= {"id-token": str(OLD.id_token), "refresh-token": str(OLD.refresh_token)}
    path.write_text(yaml.safe_dump({"users": [{"name": name, "user": entry} for name in "ab"]}))
    store(path).replace(OLD, NEW)
    users = yaml.safe_load(text_of(path))["users"]
    assert [user["user"]["auth-provider"]["config"]["id-token"] for user in users] == [NEW.id_token] * 2


def test_the_file_is_readable_only_by_its_owner(path: Path) -> None:
    path.chmod(0o644)
    store(path).replace(OLD, NEW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["config"], "neither a lock nor a temporary file is left"


def test_a_symbolic_link_is_kept(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to("config")
    store(link).replace(OLD, NEW)
    assert link.is_symlink()
    assert "new.id.token" in text_of(path)


def test_the_file_is_replaced_atomically(path: Path) -> None:
    path.write_text(BLOCK + "".join(f"# {number} padding\n" for number in range(20_000)))
    size = len(text_of(path))
    seen: set[int] = set()
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            seen.add(len(text_of(path)))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(5):
        store(path).replace(OLD, Tokens(id_token=OLD.id_token, refresh_token=OLD.refresh_token))
    ended.set()
    reader.join()
    assert seen <= {size, size + 2}, "the new file has two more quotes"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("users: [", "not valid YAML"),
        ("users: []", "no user in "),
        ("[]", "no user in "),
        ("users: {a: 1}", "no user in "),
        ("", "no user in "),
        (BLOCK.replace("old.id.token", "x").replace("'old-refresh'", "y"), "no user in "),
        (BLOCK.replace("'old-refresh'", "!!python/name:os.system ''"), "tag"),
    ],
)
def test_a_file_without_the_old_tokens_is_not_changed(path: Path, content: str, problem: str) -> None:
    path.write_text(content)
    with pytest.raises(ConfigError, match=problem):
        store(path).replace(OLD, NEW)
    assert text_of(path) == content
    assert os.listdir(path.parent) == ["config"]


def test_a_read_only_file_is_not_replaced(path: Path) -> None:
    path.chmod(0o400)
    with pytest.raises(ConfigError, match="is read-only"):
        store(path).replace(OLD, NEW)
    assert text_of(path) == BLOCK


def test_a_full_disk_leaves_the_file_unchanged(path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            store(path).replace(OLD, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert text_of(path) == BLOCK
    assert os.listdir(path.parent) == ["config"]


@pytest.mark.slow
def test_a_write_waits_for_the_lock_of_kubectl(path: Path) -> None:
    lock = path.with_name("config.lock")
    lock.touch()
    writer = threading.Thread(target=store(path).replace, args=(OLD, NEW))
    writer.start()
    time.sleep(0.2)
    assert text_of(path) == BLOCK
    lock.unlink()
    writer.join()
    assert "new.id.token" in text_of(path)
    assert not lock.exists()


@pytest.mark.slow
def test_a_stale_lock_is_an_error(path: Path) -> None:
    lock = path.with_name("config.lock")
    lock.touch()
    with pytest.raises(ConfigError, match=r"config\.lock has existed for 0\.1 s; remove it if no program"):
        store(path, lock_timeout=0.1).replace(OLD, NEW)
    assert lock.exists(), "it belongs to another program"
    assert text_of(path) == BLOCK


@pytest.mark.slow
def test_concurrent_writers_take_turns(path: Path) -> None:
    """Each writer changes other tokens; without the lock, one would restore the old tokens of another."""
    count = 8
    configs = [{"idp-issuer-url": "https://idp", "client-id": "kube", "refresh-token": f"r{n}"} for n in range(count)]
    kubeconfig(path, *configs)
    writers = [
        threading.Thread(
            target=store(path).replace,
            args=(Tokens(refresh_token=f"r{n}"), Tokens(id_token="i", refresh_token=f"s{n}")),
        )
        for n in range(count)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [stored(path, n)["refresh-token"] for n in range(count)] == [f"s{n}" for n in range(count)]
