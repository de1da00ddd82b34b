"""`Config.contexts`: what `kubectl config get-contexts` lists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aiokube import Config, ConfigError
from aiokube.config import Context
from tests.support.frames import revealed

TEXT = """current-context: b
contexts:
- {name: b, context: {cluster: prod, user: me, namespace: shop}}
- {name: a, context: {cluster: nothing, user: nobody}}
- {name: c}
users: [{name: me, user: {token: s3cret}}]
"""


def context(name: str, cluster: str = "", user: str = "", namespace: str = "default", current: bool = False) -> Context:
    return Context(name=name, cluster=cluster, user=user, namespace=namespace, is_current=current)


LISTED = [context("a", "nothing", "nobody"), context("b", "prod", "me", "shop", current=True), context("c")]


def test_contexts_are_sorted_by_name_and_need_not_resolve(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(TEXT)
    assert Config.contexts(kubeconfig=path) == LISTED
    assert Config.contexts(environ={"KUBECONFIG": str(path)}) == LISTED


def test_contexts_of_several_files_are_merged(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("contexts: [{name: a, context: {cluster: mine}}]")
    other.write_text(TEXT)
    both = os.pathsep.join([str(one), str(other)])
    assert Config.contexts(environ={"KUBECONFIG": both}) == [context("a", "mine"), *LISTED[1:]]


def test_no_kubeconfig_has_no_contexts_unless_it_is_named(tmp_path: Path) -> None:
    assert Config.contexts(environ={"HOME": str(tmp_path)}) == []
    with pytest.raises(ConfigError, match="does not exist"):
        Config.contexts(kubeconfig=tmp_path / "nothing")


def test_an_invalid_kubeconfig_is_an_error_that_shows_no_credential(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(TEXT + "clusters: 7\n")
    with pytest.raises(ConfigError, match="clusters: must be a list, not a number") as caught:
        Config.contexts(kubeconfig=path)
    assert revealed(caught.value, ["s3cret"]) == []
