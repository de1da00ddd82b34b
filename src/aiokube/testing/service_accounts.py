"""The names and groups of service accounts as users."""

from __future__ import annotations

_PREFIX = "system:serviceaccount:"


def account_user(namespace: str, name: str) -> str:
    """Return the name of the user that a service account is."""
    return f"{_PREFIX}{namespace}:{name}"


def account_of(name: str) -> tuple[str, str] | None:
    """Return namespace and name of the service account that a user is; None for another user."""
    namespace, _, account = name.removeprefix(_PREFIX).partition(":")
    is_account = name.startswith(_PREFIX) and namespace and account and ":" not in account
    return (namespace, account) if is_account else None


def account_groups(namespace: str) -> tuple[str, ...]:
    """Return the groups of the service accounts of a namespace."""
    return ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
