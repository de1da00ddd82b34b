"""The column of aiokube in docs/comparison.md, where something fails."""

from __future__ import annotations

import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from tests.peers.__main__ import title_of
from tests.peers.behaviours import (
    FAULTS,
    Drive,
    expired_page,
    expired_watch,
    null_list,
    redirect,
    resumed_watch,
    secret_in_repr,
    token_file,
    unknown_field,
)
from tests.peers.page import PAGE, cells_of
from tests.peers.runner import Outcome, Runner
from tests.peers.server import PASSWORD

Fault = Callable[[Drive, Path], Awaitable[str]]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_a_cell_of_aiokube_is_what_it_does(fault: Fault, tmp_path: Path) -> None:
    cells = cells_of(PAGE.read_text(), "When something fails", "aiokube")
    assert await fault(Runner("aiokube"), tmp_path) == cells[title_of(fault)]


@pytest.mark.parametrize(
    ("fault", "outcome", "cell"),
    [
        (null_list, Outcome(error="ValueError"), "no: `ValueError`"),
        (secret_in_repr, Outcome(result=f"Secret(data={{'password': '{PASSWORD}'}})"), "no"),
        (token_file, Outcome(result=["", "Unauthorized", "Unauthorized"]), "no: `Unauthorized`"),
        (token_file, Outcome(error="hangs"), "no: `hangs`"),
        (expired_page, Outcome(result=["a", "b"]), "no pages"),
        (resumed_watch, Outcome(result=["cm-11"]), "no: ends"),
        (expired_watch, Outcome(result=[]), "no: ends without an error"),
        (unknown_field, Outcome(error="AttributeError"), "has no replace"),
    ],
)
async def test_what_another_client_does_is_judged(fault: Fault, outcome: Outcome, cell: str, tmp_path: Path) -> None:
    async def drive(work: str, kubeconfig: Path, *arguments: str) -> Outcome:
        assert kubeconfig.is_file()
        return outcome

    assert await fault(drive, tmp_path) == cell


async def test_a_client_that_follows_a_redirect_with_its_token_is_seen(tmp_path: Path) -> None:
    async def drive(work: str, kubeconfig: Path, *arguments: str) -> Outcome:
        config = json.loads(kubeconfig.read_text())
        context = ssl.create_default_context(cafile=config["clusters"][0]["cluster"]["certificate-authority"])
        url = f"{config['clusters'][0]['cluster']['server']}/api/v1/namespaces/default/configmaps"
        headers = {"Authorization": "Bearer secret"}
        async with aiohttp.ClientSession() as session:
            async with session.get(url, headers=headers, ssl=context, allow_redirects=False) as first:
                target = first.headers["Location"]
            async with session.get(target, headers=headers, ssl=context) as second:
                assert second.status == 200
        return Outcome()

    assert await redirect(drive, tmp_path) == "no"
