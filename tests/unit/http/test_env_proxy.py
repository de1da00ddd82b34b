"""The choice of the proxy for a server."""

from __future__ import annotations

import pytest

from aiokube import Config, ConfigError
from aiokube.runtime.http.env_proxy import proxy_of

PROXY = "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("server", "no_proxy", "through"),
    [
        ("https://api.example.com:6443", "", True),
        ("https://api.example.com:6443", "*", False),
        ("https://api.example.com:6443", "api.example.com", False),
        ("https://api.example.com:6443", "API.example.COM", False),
        ("https://api.example.com:6443", "api.example.com:6443", False),
        ("https://api.example.com:6443", "api.example.com:443", True),
        ("https://api.example.com", "api.example.com:443", False),
        ("https://api.example.com:6443", "example.com", False),
        ("https://api.example.com:6443", ".example.com", False),
        ("https://api.example.com:6443", "*.example.com", False),
        ("https://example.com:6443", ".example.com", True),
        ("https://badexample.com:6443", "example.com", True),
        ("https://api.example.com:6443", "other.com, api.example.com ,", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", False),
        ("https://10.1.2.3:6443", "10.1.2.3", False),
        ("https://10.1.2.3:6443", "10.1.2.3:6443", False),
        ("https://10.1.2.3:6443", "10.1.2.3:443", True),
        ("https://10.1.2.3:6443", "10.1.2.0/31", True),
        ("https://10.1.2.3:6443", "not/a/range", True),
        ("https://[fd00::1]:6443", "fd00::/8", False),
        ("https://[fd00::1]:6443", "fd00::1", False),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", False),
        ("https://[fd00::1]:6443", "[fd00::1]:443", True),
        ("https://127.0.0.1:6443", "", False),
        ("https://localhost:6443", "", False),
        ("https://[::1]:6443", "", False),
    ],
)
def test_no_proxy_excludes_servers(server: str, no_proxy: str, through: bool) -> None:
    environ = {"HTTPS_PROXY": PROXY, "HTTP_PROXY": "http://wrong.example.com", "NO_PROXY": no_proxy}

    assert proxy_of(Config(server=server), environ) == (PROXY if through else None)


def test_the_scheme_of_the_server_selects_the_variable() -> None:
    environ = {"HTTPS_PROXY": PROXY, "http_proxy": "other.example.com:80"}

    assert proxy_of(Config(server="https://a.example.com"), environ) == PROXY
    assert proxy_of(Config(server="http://a.example.com"), environ) == "http://other.example.com:80"
    assert proxy_of(Config(server="https://a.example.com"), {}) is None


def test_the_kubeconfig_takes_precedence_over_the_environment() -> None:
    config = Config(server="https://127.0.0.1:1", proxy_url="http://mine.example.com:1")

    assert proxy_of(config, {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}) == "http://mine.example.com:1"


def test_a_socks_proxy_of_the_environment_is_used() -> None:
    config = Config(server="https://a.example.com")
    url = "socks5://name:secret@127.0.0.1:1080"
    assert proxy_of(config, {"https_proxy": url}) == url


def test_the_error_of_an_invalid_variable_names_it() -> None:
    with pytest.raises(ConfigError, match="HTTPS_PROXY"):
        proxy_of(Config(server="https://a.example.com"), {"HTTPS_PROXY": "ftp://a.example.com"})
