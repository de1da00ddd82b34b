"""The table of accepted and rejected kubeconfigs, without kubectl."""

from __future__ import annotations

import logging

import pytest

from aiokube.runtime.config.config import Config
from aiokube.runtime.errors import ConfigError
from tests.support.kubeconfigs.accepted import ACCEPTED, ANONYMOUS
from tests.support.kubeconfigs.cases import Case
from tests.support.kubeconfigs.rejected import REJECTED
from tests.support.kubeconfigs.sandbox import Sandbox
from tests.support.kubeconfigs.stricter import STRICTER


@pytest.mark.parametrize("case", [*ACCEPTED, *ANONYMOUS], ids=lambda case: case.name)
def test_kubeconfigs_that_kubectl_accepts_are_accepted(box: Sandbox, case: Case) -> None:
    path = box.write(case)
    config = Config.from_kubeconfig(path)
    assert config.server.startswith((box.https.url, box.http.url))
    assert config.source == (path,)


@pytest.mark.parametrize("case", [*REJECTED, *STRICTER], ids=lambda case: case.name)
def test_invalid_kubeconfigs_are_rejected_with_the_location_of_the_fault(box: Sandbox, case: Case) -> None:
    path = box.write(case)
    with pytest.raises(ConfigError) as caught:
        Config.load(kubeconfig=path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert box.fill(case.place) in message


@pytest.mark.parametrize(
    "case", [case for case in ACCEPTED if case.name.startswith("http: no")], ids=lambda case: case.name
)
def test_a_server_without_tls_gets_no_credentials(box: Sandbox, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    path = box.write(case)
    with caplog.at_level(logging.WARNING):
        config = Config.from_kubeconfig(path)
    assert not config.has_credentials
    assert (config.token, config.username, config.password, config.exec) == (None, None, None, None)
    assert f'{config.server} does not use TLS; the credentials of {path}: users[0] "u" are not sent' in caplog.text


def test_the_table_is_complete() -> None:
    names = [case.name for case in (*ACCEPTED, *ANONYMOUS, *REJECTED, *STRICTER)]
    assert len(set(names)) == len(names)
    assert all(case.place for case in (*REJECTED, *STRICTER))
    assert all(case.reason for case in STRICTER)
