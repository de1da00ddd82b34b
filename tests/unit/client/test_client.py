"""The arguments of a client, and its views with other options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from aiokube import Client, Config, ConfigError
from aiokube.errors import ClientClosed, InvalidArgument, InvalidRequest, NotFound
from tests.support.recording import RecordingTransport

CONFIG = Config(server="https://kubernetes.example")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"kubeconfig": "/does/not/exist"}, "kubeconfig"),
        ({"context": "other"}, "context"),
        ({"cluster": "c", "user": "u"}, "cluster, user"),
    ],
)
def test_arguments_that_cannot_be_combined_with_config_are_refused(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{named} cannot be combined with config; pass them to Config\.load\(\)$"):
        Client(CONFIG, **arguments)


def test_a_namespace_can_be_combined_with_a_config() -> None:
    assert Client(CONFIG, namespace="shop").namespace == "shop"
    with pytest.raises(ConfigError, match="namespace: 'Bad NS' is not the name of a namespace"):
        Client(CONFIG, namespace="Bad NS")


class TestWithOptions:
    async def test_headers_apply_to_every_request_of_the_view_only(self) -> None:
        transport = RecordingTransport()
        kube = Client(transport=transport, namespace="shop")
        pods = kube.core_v1.pods
        view = kube.with_options(headers={"X-Request-Id": "7"})

        await view.core_v1.pods.get("web")
        assert transport.last.headers["X-Request-Id"] == "7"
        assert transport.last.path == "/api/v1/namespaces/shop/pods/web"
        await view.with_options(headers={"X-Trace": "a"}).core_v1.pods.get("web")
        assert (transport.last.headers["X-Request-Id"], transport.last.headers["X-Trace"]) == ("7", "a")
        await pods.get("web")
        await kube.core_v1.pods.get("web")
        assert "X-Request-Id" not in transport.last.headers

    @pytest.mark.parametrize(
        ("headers", "message"),
        [
            ({"Authorization": "Bearer s3cret"}, "headers: Authorization cannot be set here; the client sets it"),
            ({"impersonate-user": "x"}, "headers: impersonate-user cannot be set here; the client sets it"),
            ({"Accept": "text/plain"}, "headers: Accept cannot be set here; the client sets it"),
            ({"Content-Type": "x"}, "headers: Content-Type cannot be set here; the client sets it"),
            ({"a b": "x"}, "headers: 'a b' is not a valid header name"),
            ({"X-A": "s3cret\r\nX-B: y"}, "headers: the value of X-A must be a string without control characters"),
        ],
    )
    def test_a_reserved_or_invalid_header_is_refused(self, headers: Mapping[str, str], message: str) -> None:
        with pytest.raises(InvalidRequest) as refused:
            Client(transport=RecordingTransport()).with_options(headers=headers)
        assert str(refused.value).startswith(message)
        assert "s3cret" not in str(refused.value)

    @pytest.mark.parametrize(
        ("options", "message"),
        [({"timeout": 0}, "timeout: 0 is out of range"), ({"max_retries": -1}, "max_retries: -1 is out of range")],
    )
    def test_an_option_out_of_range_is_refused(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidArgument, match=message):
            Client(transport=RecordingTransport()).with_options(**options)

    async def test_max_retries_and_timeout_apply_to_the_view(self) -> None:
        busy = RecordingTransport(b"", status=503, headers={"Retry-After": "0"})
        kube = Client(transport=busy, max_retries=3)
        with pytest.raises(Exception, match="503"):
            await kube.with_options(max_retries=1).core_v1.pods.get("web")
        assert len(busy.requests) == 2
        with pytest.raises(Exception, match="503"):
            await kube.with_options(timeout=60).core_v1.pods.get("web")
        assert len(busy.requests) == 2 + 4

    async def test_closing_a_view_leaves_its_client_open(self) -> None:
        kube = Client(transport=RecordingTransport())
        async with kube.with_options(timeout=1) as view:
            await view.core_v1.pods.get("web")
        await view.close()
        async with Client(Config(server="http://127.0.0.1:1"), timeout=1) as kube:
            await kube.with_options(timeout=2).close()
            with pytest.raises(ConnectionError) as failed:
                await kube.core_v1.pods.get("web")
        assert not isinstance(failed.value, ClientClosed)

    async def test_closing_the_client_closes_its_views(self) -> None:
        kube = Client(Config(server="http://127.0.0.1:1"))
        view = kube.with_options(timeout=1)
        await kube.close()
        with pytest.raises(ClientClosed):
            await view.core_v1.pods.get("web")


async def test_version_reads_the_version_of_the_server() -> None:
    transport = RecordingTransport(json.dumps({"gitVersion": "v1.37.2", "major": "1", "minor": "37"}).encode())
    version = await Client(transport=transport).version()
    assert (version.git_version, version.major, version.minor) == ("v1.37.2", "1", "37")
    assert (transport.last.method, transport.last.path) == ("GET", "/version/")


async def test_version_raises_the_error_of_the_server() -> None:
    with pytest.raises(NotFound):
        await Client(transport=RecordingTransport(b"", status=404)).version()


def test_the_repr_of_a_client_names_its_server_and_namespace() -> None:
    assert repr(Client(CONFIG, namespace="shop")) == "Client('https://kubernetes.example', namespace='shop')"
    assert repr(Client(transport=RecordingTransport())) == "Client(namespace='default')"


@pytest.mark.parametrize("body", [None, [], b"{}", 3, "pod"])
async def test_a_body_that_is_not_an_object_is_refused_before_sending(body: Any) -> None:
    transport = RecordingTransport()
    with pytest.raises(InvalidRequest, match="body: must be an object, or its manifest as a mapping, not "):
        await Client(transport=transport).core_v1.pods.create(body)
    assert transport.requests == []


async def test_a_change_that_is_not_a_function_is_refused() -> None:
    transport = RecordingTransport()
    with pytest.raises(InvalidArgument, match="change is a NoneType; pass a function that takes the object"):
        await Client(transport=transport).core_v1.pods.edit("web", None)  # type: ignore[arg-type] # the wrong argument
    assert transport.requests == []


def test_an_api_error_is_made_from_a_status() -> None:
    with pytest.raises(InvalidArgument, match=r"status is a str; pass a Status, such as Status\(code=404\)"):
        NotFound("the pod is gone")  # type: ignore[arg-type] # the wrong argument is the point
