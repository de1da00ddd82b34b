"""Helpers for tests of the `oidc` auth-provider: users, their tokens and kubeconfigs."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from aiokube.runtime.config.identity import AuthProvider
from aiokube.runtime.http.aiohttp.transport import AiohttpTransport
from aiokube.runtime.http.auth.credentials import Credential
from aiokube.runtime.http.auth.oidc.provider import OpenIDConnect


def text_of(path: Path) -> str:
    """Return the content of a file, without translating line ends."""
    return path.read_bytes().decode()


def oidc(config: dict[str, str], **options: Any) -> OpenIDConnect:
    return open_id_connect(AuthProvider(name="oidc", config=config), **options)


def open_id_connect(provider: AuthProvider, **options: Any) -> OpenIDConnect:
    return OpenIDConnect(provider, connect=AiohttpTransport, **options)


def token_of(credential: Credential) -> str:
    return credential.headers["Authorization"].removeprefix("Bearer ")


def subject_of(credential: Credential) -> str:
    payload = token_of(credential).split(".")[1]
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims["sub"]


def jwt(payload: str) -> str:
    """Return an ID token with these claims and an invalid signature."""
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in ("{}", payload, "blah"))


def kubeconfig(path: Path, *configs: dict[str, str]) -> Path:
    """Write a kubeconfig with a user for each config; the current context is that of the first."""
    tree = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "user-0"}}],
        "users": [
            {"name": f"user-{number}", "user": {"auth-provider": {"name": "oidc", "config": config}}}
            for number, config in enumerate(configs)
        ],
    }
    path.write_text(yaml.safe_dump(tree))
    return path


def stored(path: Path, user: int = 0) -> dict[str, str]:
    config: dict[str, str] = yaml.safe_load(text_of(path))["users"][user]["user"]["auth-provider"]["config"]
    return config


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.01)
