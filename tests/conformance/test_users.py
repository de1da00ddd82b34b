"""Tokens of service accounts, and users who act as others."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api
from .test_rbac import RBAC, Check, binding

Json = dict[str, Any]
MYSELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
MANAGED = ["metadata.managedFields"]
TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews"


def status(body: Json) -> Any:
    return body["status"]


async def robot(api: Api) -> str:
    """Create a service account, and return a token of it."""
    await api.post(api.core("serviceaccounts"), {"metadata": {"name": "robot"}})
    return await token(api)


async def token(api: Api, **spec: Any) -> str:
    """Return a token of the service account."""
    answer = await api.post(
        api.core("serviceaccounts", "robot", "token"), {"spec": spec}, differs=["status.token", *MANAGED]
    )
    text: str = answer.body["status"]["token"]
    return text


# tokens of service accounts


async def test_a_token_is_that_of_its_account(api: Api) -> None:
    answer = await api.post(MYSELF, {}, token=await robot(api))
    info = answer.body["status"]["userInfo"]
    assert info["username"] == f"system:serviceaccount:{api.namespace}:robot"
    await api.get(api.core("configmaps"), 403, token=await token(api))


async def test_a_review_of_a_token(api: Api) -> None:
    text = await robot(api)
    await api.post(TOKENS, {"spec": {"token": text}}, part=status)
    await api.post(TOKENS, {"spec": {"token": text, "audiences": ["other"]}}, part=status)
    other = await token(api, audiences=["other", "more"])
    await api.post(TOKENS, {"spec": {"token": other, "audiences": ["other"]}}, part=status)
    await api.post(TOKENS, {"spec": {"token": other}}, part=status)
    await api.get("/version", 401, token=other)


@pytest.mark.parametrize("kind", ["Secret", "Pod"])
async def test_a_token_ends_with_what_it_is_bound_to(api: Api, kind: str) -> None:
    await robot(api)
    plural = f"{kind.lower()}s"
    bodies = {"Pod": {"serviceAccountName": "robot", "containers": [{"name": "a", "image": "a"}]}}
    body = {"metadata": {"name": "it"}, **({"spec": bodies[kind]} if kind in bodies else {})}
    await api.post(api.core(plural), body, differs=["*"])
    bound = {"kind": kind, "apiVersion": "v1", "name": "it"}
    await api.post(MYSELF, {}, token=await token(api, boundObjectRef=bound), differs=["status.userInfo.extra"])
    other = await token(api, boundObjectRef=bound)
    await api.delete(api.core(plural, "it"), query={"gracePeriodSeconds": "0"}, differs=["*"])
    await api.until(api.core(plural, "it"), 404)
    await api.post(MYSELF, {}, 401, token=other)
    await api.post(TOKENS, {"spec": {"token": other}}, part=status)


async def test_a_token_ends_with_its_account(api: Api) -> None:
    text = await robot(api)
    await api.delete(api.core("serviceaccounts", "robot"), differs=["*"])
    await api.until(api.core("serviceaccounts", "robot"), 404)
    await api.post(TOKENS, {"spec": {"token": text}}, part=status)
    await api.get("/version", 401, token=text)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"spec": {"expirationSeconds": 599}}, 422),
        ({"spec": {"expirationSeconds": 1 << 33}}, 422),
        ({"metadata": {"name": "other"}}, 422),
        ({"metadata": {"namespace": "other"}}, 400),
        ({"metadata": {"uid": "x"}}, 409),
        ({"spec": {"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "missing"}}}, 404),
        ({"spec": {"boundObjectRef": {"kind": "ConfigMap", "apiVersion": "v1", "name": "a"}}}, 400),
        ({"spec": {"boundObjectRef": {"kind": "ServiceAccount", "apiVersion": "apps/v1", "name": "a"}}}, 400),
    ],
)
async def test_a_token_that_cannot_be_had(api: Api, body: Json, code: int) -> None:
    await api.post(api.core("serviceaccounts", "default", "token"), body, code)


# acting as others


async def test_the_administrator_acts_as_anybody(api: Api) -> None:
    for user, groups in (
        ("jane", ["readers", "writers"]),
        ("jane", []),
        ("system:anonymous", []),
        ("system:serviceaccount:a:b", []),
        ("system:serviceaccount:a:b", ["other"]),
        ("system:serviceaccount:a", []),
        ("jane", ["system:unauthenticated"]),
        ("jane", ["system:masters"]),
    ):
        is_known = user != "system:anonymous" and groups != ["system:unauthenticated"]
        await api.as_user(user, groups).post(MYSELF, {}, 201 if is_known else 403)
    more = {"Impersonate-Uid": "17", "Impersonate-Extra-Example.com%2Fa": "x", "Impersonate-Extra-scopes": "y"}
    await api.as_user("jane", **more).post(MYSELF, {})


async def test_groups_without_a_user_are_refused(api: Api) -> None:
    await api.post(MYSELF, {}, 400, headers={"Impersonate-Group": "a"}, differs=["message"])


class Robot(Check):
    """A check whose user is a service account, which asks to act as others."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self.user = f"system:serviceaccount:{api.namespace}:robot"
        self.as_user = api.as_user(self.user)

    async def allow(self, *rules: Json) -> str:
        """Give rights to the service account, and return a token of it."""
        text = await robot(self.api)
        name = f"robot-of-{self.api.namespace}"
        known = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}
        await self.api.post(f"/apis/{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": [*rules, known]})
        subject = {"kind": "ServiceAccount", "name": "robot", "namespace": self.api.namespace}
        await self.api.post(f"/apis/{RBAC}/clusterrolebindings", binding(subject, name=name, kind="ClusterRole"))
        await self.as_user.until("/api/v1/nodes/missing", 404)
        return text


IMPERSONATE: Json = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}


async def test_who_may_impersonate_a_user(api: Api) -> None:
    text = await Robot(api).allow(
        {**IMPERSONATE, "resourceNames": ["jane"]},
        {**IMPERSONATE, "resources": ["groups"], "resourceNames": ["readers"]},
        {**IMPERSONATE, "apiGroups": ["authentication.k8s.io"], "resources": ["userextras/scopes", "uids"]},
    )

    async def act(user: str, groups: list[str], status: int, **headers: str) -> None:
        await api.as_user(user, groups, **headers).post(MYSELF, {}, status, token=text)

    # The server remembers the verb that was allowed last, and names that one first.
    await act("john", [], 403)
    await act("jane", [], 201)
    await act("john", [], 403)
    await act("jane", ["readers"], 201)
    await act("jane", ["readers", "writers"], 403)
    await act("jane", [], 201, **{"Impersonate-Uid": "17", "Impersonate-Extra-Scopes": "x"})
    await act("jane", [], 403, **{"Impersonate-Extra-Other": "x"})
    await act("system:serviceaccount:default:default", [], 403)
    # It may act as jane, who may do nothing.
    await api.as_user("jane").get(api.core("configmaps"), 403, token=text)


async def test_who_may_impersonate_a_user_for_some_requests(api: Api) -> None:
    authentication = {**IMPERSONATE, "apiGroups": ["authentication.k8s.io"], "verbs": ["impersonate:user-info"]}
    on = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["impersonate-on:user-info:list"]}
    text = await Robot(api).allow(authentication, {**authentication, "resources": ["groups"]}, on)
    answer = await api.as_user("jane").get(api.core("configmaps"), 403, token=text)
    assert 'User "jane" cannot list' in answer.message
    await api.as_user("jane").get(api.core("configmaps", "a"), 403, token=text)
    await api.as_user("jane", ["system:masters"]).get(api.core("configmaps"), 403, token=text)
    await api.as_user("system:serviceaccount:default:default").get(api.core("configmaps"), 403, token=text)
    await api.as_user("system:node:a").get(api.core("configmaps"), 403, token=text)
