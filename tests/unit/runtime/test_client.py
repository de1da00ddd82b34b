"""What a client can be made of."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube import Client, Config, ConfigError

CONFIG = Config(server="https://kubernetes.example")


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        ({"kubeconfig": "/does/not/exist"}, "kubeconfig"),
        ({"context": "other"}, "context"),
        ({"cluster": "c", "user": "u"}, "cluster, user"),
    ],
)
def test_a_config_leaves_nothing_to_choose(choices: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=f"nothing to choose for {named}: use them in `Config.load`"):
        Client(CONFIG, **choices)


def test_a_namespace_beside_a_config() -> None:
    assert Client(CONFIG, namespace="shop").namespace == "shop"
    with pytest.raises(ConfigError, match="namespace: 'Bad NS' is not the name of a namespace"):
        Client(CONFIG, namespace="Bad NS")
