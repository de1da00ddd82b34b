"""The headers of user impersonation."""

from __future__ import annotations

import pytest

from aiokube import ConfigError
from aiokube.runtime.config.identity import Impersonation
from aiokube.runtime.http.auth.impersonation import impersonation_headers


def test_every_field_has_its_header() -> None:
    headers = impersonation_headers(
        Impersonation(user="jane", uid="1", groups=("a", "b"), extra={"Scopes": ("x", "y"), "example.com/a%": ("z",)})
    )

    assert headers == [
        ("Impersonate-User", "jane"),
        ("Impersonate-Uid", "1"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-scopes", "x"),
        ("Impersonate-Extra-scopes", "y"),
        ("Impersonate-Extra-example.com%2Fa%25", "z"),
    ]
    assert impersonation_headers(None) == []


@pytest.mark.parametrize(
    ("key", "escaped"),
    [
        ("alpha", "alpha"),
        ("über", "%C3%BCber"),
        ("a b", "a%20b"),
        ("a:b\r\n", "a%3Ab%0D%0A"),
        ("!#$&'*+-.^_`|~", "!#$&'*+-.^_`|~"),
        ("%", "%25"),
    ],
)
def test_extra_keys_are_escaped(key: str, escaped: str) -> None:
    assert (
        impersonation_headers(Impersonation(user="jane", extra={key: ("v",)}))[1][0] == f"Impersonate-Extra-{escaped}"
    )


def test_groups_without_a_user_are_rejected() -> None:
    with pytest.raises(ConfigError, match="user: is missing"):
        Impersonation(user="", groups=("a",))


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\x00"])
def test_line_breaks_in_an_impersonation_are_rejected(value: str) -> None:
    with pytest.raises(ConfigError):
        Impersonation(user=value)
    with pytest.raises(ConfigError):
        Impersonation(user="jane", groups=(value,))
    with pytest.raises(ConfigError):
        Impersonation(user="jane", extra={"a": (value,)})
