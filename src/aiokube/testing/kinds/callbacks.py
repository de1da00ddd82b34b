"""Defaults of what kube-apiserver calls: webhooks of admission, and other API servers."""

from __future__ import annotations

from typing import Any

from ..store import Object

_PORT = 443


def default_webhooks(obj: Object) -> None:
    """Set the defaults of a configuration of validating webhooks; it is changed."""
    for webhook in obj.get("webhooks") or ():
        _set(webhook, failurePolicy="Fail", matchPolicy="Equivalent", timeoutSeconds=10)
        _set(webhook, namespaceSelector={}, objectSelector={})
        _default_service((webhook.get("clientConfig") or {}).get("service"))
        for rule in webhook.get("rules") or ():
            _set(rule, scope="*")


def default_mutating_webhooks(obj: Object) -> None:
    """Set the defaults of a configuration of mutating webhooks; it is changed."""
    default_webhooks(obj)
    for webhook in obj.get("webhooks") or ():
        _set(webhook, reinvocationPolicy="Never")


def default_api_service(obj: Object) -> None:
    """Set the defaults of an APIService; it is changed."""
    _default_service((obj.get("spec") or {}).get("service"))


def _default_service(service: Object | None) -> None:
    if service:
        _set(service, port=_PORT)


def _set(obj: Object, **values: Any) -> None:
    for name, value in values.items():
        if obj.get(name) is None:
            obj[name] = value
