"""get and list: versions, selectors, pages and forms."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from .api import Api

Json = dict[str, Any]


async def fill(api: Api, count: int = 5) -> None:
    """Create config maps m-0, m-1 and so on, with labels."""
    for number in range(count):
        labels = {"check": api.namespace, "number": str(number), "parity": ("even", "odd")[number % 2]}
        await api.post(api.core("configmaps"), {"metadata": {"name": f"m-{number}", "labels": labels}})


CONFIG_MAPS = "metadata.name!=kube-root-ca.crt"


async def test_an_object_is_read(api: Api) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}, "data": {"x": "1"}})
    found = await api.get(api.core("configmaps", "a"))
    assert found.body["data"] == {"x": "1"}


async def test_a_missing_object_is_not_found(api: Api) -> None:
    assert (await api.get(api.core("configmaps", "a"), 404)).reason == "NotFound"


async def test_a_missing_object_of_a_group_is_not_found(api: Api) -> None:
    await api.get(api.group("apps/v1", "deployments", "a"), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2",
        "/apis/apps/v2",
        "/apis/nope",
        "/apis/nope/v1",
        "/apis/nope/v1/things",
        "/nope",
        "/api/v1/nope",
        "/apis/apps/v1/namespaces/default/nope",
        "/api/v1/namespaces/default/configmaps/a/nope",
        "/api/v1/namespaces/default/nodes",
    ],
)
async def test_an_unknown_path(api: Api, path: str) -> None:
    await api.get(path, 404)


@pytest.mark.parametrize("accept", ["*/*", "text/html, */*", "application/nonsense, application/json"])
async def test_a_media_type_that_is_accepted(api: Api, accept: str) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}})
    answer = await api.get(api.core("configmaps", "a"), accept=accept)
    assert answer.headers["Content-Type"] == "application/json"


async def test_a_media_type_that_is_not_there(api: Api) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}})
    await api.get(api.core("configmaps", "a"), 406, accept="text/html")


PARTIAL = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


async def test_metadata_alone_is_read(api: Api) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}, "data": {"x": "1"}})
    answer = await api.get(api.core("configmaps", "a"), accept=PARTIAL)
    assert answer.body["kind"] == "PartialObjectMetadata" and "data" not in answer.body


async def test_metadata_alone_is_listed(api: Api) -> None:
    await fill(api, 2)
    answer = await api.get(api.core("configmaps"), accept=PARTIAL_LIST, query={"fieldSelector": CONFIG_MAPS})
    assert answer.body["kind"] == "PartialObjectMetadataList"


async def test_a_list_is_in_the_order_of_names(api: Api) -> None:
    await fill(api)
    answer = await api.get(api.core("configmaps"), query={"fieldSelector": CONFIG_MAPS})
    assert answer.names == [f"m-{number}" for number in range(5)]
    assert "kind" not in answer.body["items"][0]


async def test_an_empty_list(api: Api) -> None:
    answer = await api.get(api.core("limitranges"))
    assert answer.body["items"] == []


async def test_a_namespace_that_is_missing_is_empty(api: Api) -> None:
    await api.get("/api/v1/namespaces/missing/configmaps")


SELECTED = {
    "parity=even": 3,
    "parity==odd": 2,
    "parity!=odd": 3,
    "parity in (odd,even)": 5,
    "parity notin (odd)": 3,
    "number": 5,
    "!number": 0,
    "number>2": 2,
    "number<2": 2,
    "parity=even,number!=0": 2,
    "missing=": 0,
    "parity in (odd),number in (1,2)": 1,
    " parity = even , number = 2 ": 1,
    "missing!=x": 5,
}


@pytest.mark.parametrize("selector", SELECTED)
async def test_labels_select(api: Api, selector: str) -> None:
    await fill(api)
    query = {"labelSelector": selector, "fieldSelector": CONFIG_MAPS}
    assert len((await api.get(api.core("configmaps"), query=query)).names) == SELECTED[selector]


INVALID_LABELS = [
    "a b",
    "a=b c",
    "a in b",
    "a,",
    "-a",
    "a=-b",
    "a in (b",
    "a in b)",
    "=a",
    "a>x",
    "(a)",
    "a b c",
    "a in (-)",
    "!",
]


@pytest.mark.parametrize("selector", INVALID_LABELS)
async def test_an_invalid_label_selector_is_refused(api: Api, selector: str) -> None:
    await api.get(api.core("configmaps"), 400, query={"labelSelector": selector})


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("metadata.name=m-1", 1),
        ("metadata.name==m-1", 1),
        ("metadata.name!=m-1,metadata.name!=kube-root-ca.crt", 4),
        ("metadata.name=m-1,metadata.namespace=other", 0),
        ("metadata.name=missing", 0),
    ],
)
async def test_fields_select(api: Api, selector: str, count: int) -> None:
    await fill(api)
    answer = await api.get(api.core("configmaps"), query={"fieldSelector": selector})
    assert len(answer.names) == count


@pytest.mark.parametrize("selector", ["data=x", "spec.foo=x", "metadata.labels=x", "metadata.name"])
async def test_an_unknown_field_is_refused(api: Api, selector: str) -> None:
    await api.get(api.core("configmaps"), 400, query={"fieldSelector": selector})


@pytest.mark.parametrize("selector", ["spec.nodeName=x", "status.phase!=Running", "spec.restartPolicy=Always"])
async def test_fields_of_pods_select(api: Api, selector: str) -> None:
    await api.get(api.core("pods"), query={"fieldSelector": selector})


async def test_an_unknown_field_of_pods_is_refused(api: Api) -> None:
    await api.get(api.core("pods"), 400, query={"fieldSelector": "spec.foo=x"})


async def test_the_type_of_secrets_selects(api: Api) -> None:
    await api.post(api.core("secrets"), {"metadata": {"name": "a"}, "type": "example.com/x"})
    assert (await api.get(api.core("secrets"), query={"fieldSelector": "type=example.com/x"})).names == ["a"]


async def test_pages_are_of_one_moment(api: Api) -> None:
    await fill(api)
    query = {"limit": "2", "labelSelector": "number"}
    first = await api.get(api.core("configmaps"), query=query)
    await api.delete(api.core("configmaps", "m-2"), differs=["*"])
    await api.post(api.core("configmaps"), {"metadata": {"name": "m-22", "labels": {"number": "22"}}})
    names, answer = first.names, first
    while token := answer.body["metadata"].get("continue"):
        answer = await api.get(api.core("configmaps"), query={**query, "continue": token})
        assert answer.version == first.version
        names += answer.names
    assert names == [f"m-{number}" for number in range(5)]


async def test_a_page_says_how_many_remain(api: Api) -> None:
    await fill(api)
    answer = await api.get(api.core("configmaps"), query={"limit": "2"}, differs=["items"])
    assert answer.body["metadata"]["remainingItemCount"] == 4


async def test_a_page_with_a_selector_does_not(api: Api) -> None:
    await fill(api)
    answer = await api.get(api.core("configmaps"), query={"limit": "2", "labelSelector": "number"})
    assert "remainingItemCount" not in answer.body["metadata"]


async def test_a_limit_that_is_enough(api: Api) -> None:
    await fill(api, 2)
    answer = await api.get(api.core("configmaps"), query={"limit": "3"}, differs=["items"])
    assert "continue" not in answer.body["metadata"]


async def test_pages_of_all_namespaces(api: Api) -> None:
    await fill(api, 3)
    query = {"limit": "1", "labelSelector": f"check={api.namespace}"}
    names: list[str] = []
    # A page of a real server may be the last one, and not know it.
    while len(names) < 3:
        answer = await api.get("/api/v1/configmaps", query=query, differs=["*"])
        names += [f"{item['metadata']['namespace']}/{item['metadata']['name']}" for item in answer.body["items"]]
        query["continue"] = answer.body["metadata"].get("continue", "")
    assert names == [f"{api.namespace}/m-{number}" for number in range(3)]


async def test_an_exact_version_is_read(api: Api) -> None:
    await fill(api, 2)
    before = (await api.get(api.core("configmaps"), query={"fieldSelector": CONFIG_MAPS})).version
    await api.post(api.core("configmaps"), {"metadata": {"name": "late"}})
    query = {"resourceVersion": before, "resourceVersionMatch": "Exact", "fieldSelector": CONFIG_MAPS}
    answer = await api.get(api.core("configmaps"), query=query)
    assert answer.names == ["m-0", "m-1"] and answer.version == before


async def test_a_version_that_is_not_older(api: Api) -> None:
    await fill(api, 2)
    before = (await api.get(api.core("configmaps"), query={"fieldSelector": CONFIG_MAPS})).version
    await api.post(api.core("configmaps"), {"metadata": {"name": "late"}})
    query = {"resourceVersion": before, "resourceVersionMatch": "NotOlderThan", "fieldSelector": CONFIG_MAPS}
    assert "late" in (await api.get(api.core("configmaps"), query=query)).names


async def test_version_zero(api: Api) -> None:
    await fill(api, 2)
    await api.get(api.core("configmaps"), query={"resourceVersion": "0", "fieldSelector": CONFIG_MAPS}, differs=["*"])


FUTURE = "9999999"


async def test_a_list_of_the_future(api: Api) -> None:
    answer = await api.get(api.core("configmaps"), 504, query={"resourceVersion": FUTURE})
    assert answer.body["details"]["retryAfterSeconds"] == 1


async def test_an_object_of_the_future(api: Api) -> None:
    await api.get(api.core("configmaps", "kube-root-ca.crt"), 504, query={"resourceVersion": FUTURE})


INVALID_OPTIONS: dict[str, tuple[dict[str, str], int]] = {
    "version": ({"resourceVersion": "abc"}, 400),
    "limit": ({"limit": "x"}, 400),
    "match without version": ({"resourceVersionMatch": "Exact"}, 422),
    "unknown match": ({"resourceVersion": "1", "resourceVersionMatch": "Foo"}, 422),
    "exact zero": ({"resourceVersion": "0", "resourceVersionMatch": "Exact"}, 422),
    "initial events of a list": ({"sendInitialEvents": "true"}, 422),
    "match with continue": (
        {"continue": "x", "resourceVersion": "1", "resourceVersionMatch": "Exact"},
        422,
    ),
}


@pytest.mark.parametrize("what", INVALID_OPTIONS)
async def test_invalid_options_are_refused(api: Api, what: str) -> None:
    query, status = INVALID_OPTIONS[what]
    await api.get(api.core("configmaps"), status, query=query)


async def test_a_continue_token_that_is_none(api: Api) -> None:
    await api.get(api.core("configmaps"), 400, query={"continue": "xx"}, differs=["message"])


async def test_a_continue_token_with_a_version(api: Api) -> None:
    await fill(api, 3)
    token = (await api.get(api.core("configmaps"), query={"limit": "1"}, differs=["items"])).body["metadata"][
        "continue"
    ]
    await api.get(api.core("configmaps"), 400, query={"continue": token, "resourceVersion": "1"})


async def test_the_status_of_a_namespace(api: Api) -> None:
    await api.get(f"/api/v1/namespaces/{api.namespace}", differs=["metadata.managedFields"])
    await api.get(f"/api/v1/namespaces/{api.namespace}/status", differs=["metadata.managedFields"])


NUMBERS = ["", "1_0", "٣", " 2", "+2", "-1", "1.5", "0x1", "9223372036854775807", "9223372036854775808", "1" * 5000]


async def test_numbers_of_lists_and_watches(api: Api) -> None:
    await fill(api, 3)
    path = api.core("configmaps")
    for text in NUMBERS:
        status = 200 if text in ("+2", "-1", "9223372036854775807") else 400
        await api.get(path, status, query={"limit": text, "labelSelector": "number"}, differs=["metadata.continue"])
        if status == 400:
            await api.get(path, 400, query={"timeoutSeconds": text})
            await api.get(path, 400, query={"watch": "1", "limit": text})
            await api.delete(path, 400, query={"limit": text, "dryRun": "All"})


async def test_odd_selectors(api: Api) -> None:
    await fill(api, 1)
    path = api.core("configmaps")
    for selector in ("n>+1", "n<-1", f"n>{1 << 63}", f"n>{'9' * 5000}", "n>1.5", "n in (a!,/b)", "n in (-a,-b)"):
        await api.get(path, 400, query={"labelSelector": selector})
    refused = ["\\x", "=c2", "\\", ",metadata.name\\=b", "!=b", "\\", "a\\,=b"]
    for value in refused:
        await api.get(path, 400, query={"fieldSelector": f"metadata.name=c1{value}"})
    for selector in ("=", "==", "!=", "=,metadata.name=m-0"):
        await api.get(path, 200, query={"fieldSelector": selector}, part=lambda body: len(body["items"]))
    for value in ("\\,", "\\=", "\\\\", ",", ",,"):
        await api.get(path, 200, query={"fieldSelector": f"metadata.name=c1{value}"})


def token(**content: Any) -> str:
    """Return a continue token."""
    whole = {"v": "meta.k8s.io/v1", "rv": 1, "start": "a\0", **content}
    return base64.urlsafe_b64encode(json.dumps(whole).encode()).decode().rstrip("=")


async def test_continue_tokens_that_no_server_makes(api: Api) -> None:
    path = api.core("configmaps")
    wrong: list[Json] = [{"rv": 0}, {"rv": None}, {"v": "x"}, {"start": ""}, {"start": "../../x"}, {"start": "a//b"}]
    for content in wrong:
        await api.get(path, 400, query={"continue": token(**content)})
    wrong = [{"rv": "5"}, {"rv": [5]}, {"rv": 1 << 63}, {"start": 5}]
    for content in wrong:
        await api.get(path, 400, query={"continue": token(**content)}, differs=["message"])
    await api.get(path, 422, query={"watch": "1", "continue": token()})


async def test_versions_that_are_no_numbers(api: Api) -> None:
    await fill(api, 1)
    for version in ("x", "-1", "٣", str(1 << 64)):
        await api.get(api.core("configmaps"), 400, query={"resourceVersion": version})
        await api.get(api.core("configmaps"), 500, query={"resourceVersion": version, "watch": "1"})
        await api.get(api.core("configmaps", "m-0"), 500, query={"resourceVersion": version})


@pytest.mark.parametrize("text", ["", "2", "garbage", "TRUE"])
async def test_a_watch_is_whatever_is_not_false(api: Api, text: str) -> None:
    query = {"watch": text, "timeoutSeconds": "-1", "limit": "x"}
    await api.get(api.core("configmaps"), 400, query=query)
