"""Users: who may do what by roles and bindings, who may grant it, and what reviews say of it."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube.testing.authorization.policy import default_policy

from .api import JSON_PATCH, Answer, Api
from .policy import GROUP, PATHS, SELECTOR, reduced

Json = dict[str, Any]
RBAC = f"{GROUP}/v1"
REVIEWS = "/apis/authorization.k8s.io/v1"

READ: Json = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}


class Check:
    """A check with a user of its own, who has no rights at first.

    Args:
        api: Requests of the administrator.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self.user = f"user-of-{api.namespace}"
        self.as_user = api.as_user(self.user)
        self.maps = api.core("configmaps")

    async def role(self, *rules: Json, name: str = "a") -> None:
        """Create a role."""
        await self.api.post(self.api.group(RBAC, "roles"), {"metadata": {"name": name}, "rules": list(rules)})

    async def bind(self, *subjects: Json, name: str = "a", role: str = "", kind: str = "Role") -> Answer:
        """Bind subjects to a role, the user by default."""
        path = self.api.group(RBAC, "rolebindings")
        return await self.api.post(path, binding(*(subjects or (self.subject,)), name=name, role=role, kind=kind))

    @property
    def subject(self) -> Json:
        """The user, as a subject."""
        return {"kind": "User", "apiGroup": GROUP, "name": self.user}

    async def grant(self, *rules: Json) -> None:
        """Give rights to the user, and wait until the servers know it."""
        known = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"], "resourceNames": ["known"]}
        await self.role(*rules, known)
        await self.bind()
        await self.as_user.until(f"{self.maps}/known", 404)


def binding(*subjects: Json, name: str = "a", role: str = "", kind: str = "Role") -> Json:
    """Return a binding."""
    return {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role or name},
        "subjects": list(subjects),
    }


def config_map(name: str = "a") -> Json:
    return {"metadata": {"name": name}}


@pytest.fixture
def check(api: Api) -> Check:
    return Check(api)


# what every cluster has


@pytest.mark.parametrize("collection", PATHS)
async def test_the_roles_and_bindings_of_the_beginning(api: Api, collection: str) -> None:
    def part(body: Any) -> Any:
        items = [reduced(item) for item in body["items"]]
        return {one["metadata"].get("namespace", "") + "/" + one["metadata"]["name"]: one for one in items}

    answer = await api.get(PATHS[collection], query={"labelSelector": SELECTOR}, part=part)
    assert set(answer.names) == {one["metadata"]["name"] for one in default_policy()[collection]}


@pytest.mark.parametrize("name", ["view", "edit", "admin"])
async def test_the_rules_of_an_aggregated_role_of_the_beginning(api: Api, name: str) -> None:
    answer = await api.get(f"{PATHS[f'clusterroles.{GROUP}']}/{name}", part=lambda body: body["rules"])
    assert len(answer.body["rules"]) > 5


# who has no rights


async def test_nobody_is_told_the_version_and_nothing_else(api: Api) -> None:
    await api.get("/version", token="", differs=["*"])
    await api.get("/healthz", token="")
    for path in ("/api", "/apis", "/apis/apps", "/openapi/v3", "/", "/nope", "/metrics", "/apis/apps/v1"):
        await api.get(path, 403, token="")
    answer = await api.get(api.core("configmaps"), 403, token="")
    assert 'User "system:anonymous" cannot list resource "configmaps"' in answer.message


async def test_a_token_that_is_none(api: Api) -> None:
    await api.get("/version", 401, token="nope")


async def test_every_user_discovers(check: Check) -> None:
    for path in ("/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1", "/openapi/v3", "/version", "/livez"):
        await check.as_user.get(path, differs=["*"])
    for path in ("/", "/nope", "/metrics", "/logs", "/apisx"):
        await check.as_user.get(path, 403)


async def test_a_user_without_rights_is_forbidden_everything(check: Check) -> None:
    user, maps, all_maps = check.as_user, check.maps, "/api/v1/configmaps"
    deployments = check.api.group("apps/v1", "deployments")
    for path in (maps, f"{maps}/a", all_maps, deployments, f"{deployments}/a/scale", f"{deployments}/a/nope"):
        await user.get(path, 403)
    for path in ("/api/v1/namespaces", f"/api/v1/namespaces/{check.api.namespace}", "/api/v1/nodes/a", "/api/v1/nopes"):
        await user.get(path, 403)
    for path in ("/apis/nope.example.com/v1/nopes", "/apis/apps/v9/deployments", f"{maps}/a/b/c"):
        await user.get(path, 403)
    await user.get(maps, 403, query={"watch": "true"})
    await user.get(maps, 403, query={"fieldSelector": "metadata.name=b"})
    await user.post(maps, config_map(), 403)
    await user.post(check.api.core("serviceaccounts", "default", "token"), {}, 403)
    await user.put(f"{maps}/a", config_map(), 403)
    await user.patch(f"{maps}/a", {}, 403)
    await user.delete(f"{maps}/a", 403)
    await user.delete(maps, 403)


async def test_names_in_a_refusal_are_no_html(api: Api) -> None:
    answer = await api.as_user("<b>&").get(api.core("configmaps"), 403)
    assert "&lt;b&gt;&amp;" in answer.message


# who has rights


async def test_a_rule_allows_its_verbs(check: Check) -> None:
    await check.grant(READ)
    user, maps = check.as_user, check.maps
    await user.get(maps, differs=["*"])
    await user.get(f"{maps}/a", 404)
    await user.get(maps, 403, query={"watch": "true"})
    await user.post(maps, config_map(), 403)
    await user.get("/api/v1/configmaps", 403)
    await user.get(check.api.core("secrets"), 403)
    await user.get("/api/v1/namespaces/default/configmaps", 403)


async def test_a_rule_for_names(check: Check) -> None:
    await check.grant({**READ, "resourceNames": ["b"], "verbs": ["*"]})
    user, maps = check.as_user, check.maps
    await user.get(f"{maps}/b", 404)
    await user.get(f"{maps}/c", 403)
    await user.get(maps, 403)
    await user.get(maps, query={"fieldSelector": "metadata.name=b"}, differs=["*"])
    await user.get(maps, 403, query={"fieldSelector": "metadata.name!=b"})
    await user.delete(maps, 403, query={"fieldSelector": "metadata.name=b"})
    # A name in the body is none yet.
    await user.post(maps, config_map("b"), 403)
    await user.delete(f"{maps}/b", 404)


async def test_rules_for_subresources(check: Check) -> None:
    pods = {"apiGroups": [""], "resources": ["pods/log", "pods/status"], "verbs": ["get"]}
    await check.grant(pods, {"apiGroups": ["*"], "resources": ["*/scale"], "verbs": ["get"]})
    user, one = check.as_user, check.api.core("pods", "a")
    await user.get(one, 403)
    await user.get(f"{one}/status", 404)
    await user.patch(f"{one}/status", {}, 403)
    await user.get(check.api.group("apps/v1", "deployments", "a", "scale"), 404)
    await user.get(check.api.group("apps/v1", "deployments", "a", "status"), 403)


async def test_a_rule_for_everything_in_a_namespace(check: Check) -> None:
    await check.grant({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})
    user = check.as_user
    await user.post(check.maps, config_map())
    await user.delete(check.maps, differs=["*"])
    await user.get(check.api.group("apps/v1", "deployments", "a", "scale"), 404)
    await user.get(f"/api/v1/namespaces/{check.api.namespace}", differs=["*"])
    await user.get("/api/v1/namespaces", 403)
    await user.get("/metrics", 403)


@pytest.mark.parametrize("name", ["view", "edit", "admin"])
async def test_the_roles_for_people(check: Check, name: str) -> None:
    await check.bind(name=name, kind="ClusterRole")
    user = check.as_user
    await user.until(check.maps, 200, differs=["*"])
    may_write, may_grant = name != "view", name == "admin"
    await user.get(check.api.core("secrets"), 200 if may_write else 403, differs=["*"] if may_write else [])
    await user.post(check.maps, config_map(), 201 if may_write else 403)
    await user.delete(check.maps, 200 if may_write else 403, differs=["*"] if may_write else [])
    role = {"metadata": {"name": "own"}, "rules": [READ]}
    await user.post(check.api.group(RBAC, "roles"), role, 201 if may_grant else 403)


@pytest.mark.parametrize(
    "subject",
    [
        {"kind": "Group", "name": "readers"},
        {"kind": "ServiceAccount", "name": "robot"},
        {"kind": "ServiceAccount", "name": "robot", "namespace": "elsewhere"},
        {"kind": "Group", "name": "system:serviceaccounts:elsewhere"},
    ],
)
async def test_subjects(check: Check, subject: Json) -> None:
    await check.role(READ)
    await check.bind(subject)
    robots = {space: f"system:serviceaccount:{space}:robot" for space in (check.api.namespace, "elsewhere")}
    reader = check.api.as_user("jane", ["readers"])
    users = {"jane": reader, **{space: check.api.as_user(name) for space, name in robots.items()}}
    match subject:
        case {"name": "readers"}:
            allowed = "jane"
        case {"name": "robot"}:
            allowed = subject.get("namespace", check.api.namespace)
        case _:
            allowed = "elsewhere"
    await users.pop(allowed).until(check.maps, 200, differs=["*"])
    for other in users.values():
        await other.get(check.maps, 403)


async def test_a_binding_of_the_cluster(check: Check) -> None:
    name = check.user
    rules = [{**READ, "resources": ["nodes"]}, {"nonResourceURLs": ["/metrics/*", "/nope"], "verbs": ["get"]}]
    roles, bindings = PATHS[f"clusterroles.{GROUP}"], PATHS[f"clusterrolebindings.{GROUP}"]
    await check.api.post(roles, {"metadata": {"name": name}, "rules": rules})
    await check.api.post(bindings, binding(check.subject, name=name, kind="ClusterRole"))
    await check.as_user.until("/api/v1/nodes/missing", 404)
    await check.as_user.get("/nope", 404)
    await check.as_user.get("/metrics", 403)
    await check.as_user.get("/api/v1/configmaps", 403)
    await check.api.delete(f"{bindings}/{name}", differs=["*"])
    await check.as_user.until("/api/v1/nodes/missing", 403)
    await check.api.delete(f"{roles}/{name}", differs=["*"])


async def test_a_binding_to_roles_that_do_not_exist(check: Check) -> None:
    await check.role(READ)
    await check.bind()
    await check.bind(name="missing")
    await check.as_user.until(check.maps, 200, differs=["*"])
    answer = await check.as_user.get(check.api.core("secrets"), 403)
    assert f'RBAC: role.{GROUP} "missing" not found' in answer.message
    await check.bind(name="also-missing", kind="ClusterRole")
    await check.api.until(check.api.group(RBAC, "rolebindings", "also-missing"), 200, differs=["*"])


async def test_who_creates_by_an_apply_or_an_update_needs_both_verbs(check: Check) -> None:
    patch = {"apiGroups": ["", GROUP], "resources": ["configmaps", "roles"], "verbs": ["patch", "update"]}
    await check.grant(patch, {**patch, "resources": ["secrets"], "verbs": ["patch", "create"]})
    applied = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}
    await check.as_user.apply(f"{check.maps}/b", applied, 403)
    await check.as_user.apply(check.api.core("secrets", "b"), {**applied, "kind": "Secret"}, 201)
    await check.as_user.put(check.api.group(RBAC, "roles", "b"), {"metadata": {"name": "b"}}, 403)
    await check.api.post(check.maps, config_map("b"))
    await check.as_user.apply(f"{check.maps}/b", applied, differs=["metadata.managedFields"])


async def test_rights_end_with_the_binding(check: Check) -> None:
    await check.grant(READ)
    await check.api.delete(check.api.group(RBAC, "rolebindings", "a"), differs=["*"])
    await check.as_user.until(check.maps, 403)


async def test_an_aggregated_role_follows_others(check: Check) -> None:
    roles, name = PATHS[f"clusterroles.{GROUP}"], check.api.namespace
    labels = {"part-of": name}
    whole = {
        "metadata": {"name": f"{name}-whole"},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": labels}]},
    }
    await check.api.post(roles, whole)
    for part in ("b", "a"):
        rules = [{**READ, "resources": ["pods", part]}, READ]
        await check.api.post(roles, {"metadata": {"name": f"{name}-{part}", "labels": labels}, "rules": rules})
    place = f"{roles}/{name}-whole"
    await check.api.until(place, 200, when=lambda body: len(body["rules"] or ()) == 3)
    await check.api.delete(f"{roles}/{name}-a", differs=["*"])
    await check.api.until(place, 200, when=lambda body: len(body["rules"]) == 2)
    await check.api.delete(place, differs=["*"])
    await check.api.delete(f"{roles}/{name}-b", differs=["*"])


# who may grant


WRITE_ROLES: Json = {
    "apiGroups": [GROUP],
    "resources": ["roles", "rolebindings"],
    "verbs": ["create", "update", "patch"],
}


async def test_nobody_grants_what_he_may_not_do(check: Check) -> None:
    await check.grant(WRITE_ROLES, READ, {**READ, "resources": ["secrets"], "resourceNames": ["s"]})
    roles = check.api.group(RBAC, "roles")

    def role(*rules: Json) -> Json:
        return {"metadata": {"name": "more"}, "rules": list(rules)}

    await check.as_user.post(roles, role(READ))
    for rule in (
        {**READ, "verbs": ["get", "list", "delete", "create"]},
        {**READ, "resources": ["configmaps", "secrets"]},
        {**READ, "apiGroups": ["", "apps"], "resources": ["pods/log", "*"]},
        {**READ, "resources": ["secrets"], "resourceNames": ["s", "t"]},
        {**READ, "verbs": ["*"]},
    ):
        answer = await check.as_user.put(f"{roles}/more", role(rule), 403)
        assert "is attempting to grant RBAC permissions not currently held" in answer.message
    await check.as_user.put(f"{roles}/more", role({**READ, "resources": ["secrets"], "resourceNames": ["s"]}))
    await check.as_user.patch(
        f"{roles}/more", [{"op": "add", "path": "/rules/0/verbs/-", "value": "x"}], 403, type=JSON_PATCH
    )
    applied = {"apiVersion": RBAC, "kind": "Role", **role({**READ, "verbs": ["watch"]})}
    await check.as_user.apply(f"{roles}/other", {**applied, "metadata": {"name": "other"}}, 403)
    # What is invalid is forbidden first.
    await check.as_user.post(
        roles, {"metadata": {"name": "X/"}, "rules": [{"apiGroups": [""], "resources": ["x"], "verbs": ["y"]}]}, 403
    )


async def test_who_may_escalate_grants_anything(check: Check) -> None:
    await check.grant(WRITE_ROLES, {**WRITE_ROLES, "resources": ["roles"], "verbs": ["escalate"]})
    path = check.api.group(RBAC, "roles")
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    await check.as_user.post(path, {"metadata": {"name": "more"}, "rules": [everything]})


async def test_nobody_binds_roles_beyond_his_own_rights(check: Check) -> None:
    await check.role({**READ, "verbs": ["watch"]}, name="more")
    await check.grant(WRITE_ROLES, READ)
    path = check.api.group(RBAC, "rolebindings")
    await check.as_user.post(path, binding(check.subject, name="more"), 403)
    await check.as_user.post(path, binding(check.subject, name="missing"), 404)
    await check.as_user.post(path, binding(check.subject, name="missing", kind="ClusterRole"), 404)
    await check.as_user.post(path, binding(check.subject, name="again", role="a"))


async def test_who_may_bind_a_role_binds_it(check: Check) -> None:
    bind = {"apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": ["view"], "verbs": ["bind"]}
    await check.grant(WRITE_ROLES, bind)
    path = check.api.group(RBAC, "rolebindings")
    await check.as_user.post(path, binding(check.subject, name="view", kind="ClusterRole"))
    await check.as_user.post(path, binding(check.subject, name="edit", kind="ClusterRole"), 403, differs=["message"])


async def test_finalizers_of_a_role_are_no_grant(check: Check) -> None:
    await check.role({**READ, "verbs": ["watch"]}, name="more")
    await check.grant(WRITE_ROLES)
    path = check.api.group(RBAC, "roles", "more")
    await check.as_user.patch(path, {"metadata": {"finalizers": ["example.com/a"]}})
    await check.as_user.patch(path, {"metadata": {"labels": {"a": "b"}}}, 403)
    await check.api.patch(path, {"metadata": {"finalizers": None}})


# what is valid


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"verbs": ["get"]},
        {"verbs": [], "apiGroups": [""], "resources": ["pods"]},
        {"verbs": ["get"], "nonResourceURLs": ["/x", "/y"]},
        {"verbs": ["get"], "nonResourceURLs": ["/x"], "apiGroups": [""]},
    ],
)
@pytest.mark.parametrize("plural", ["roles", "clusterroles"])
async def test_rules_that_are_invalid(api: Api, plural: str, rule: Json) -> None:
    path = api.group(RBAC, "roles") if plural == "roles" else PATHS[f"clusterroles.{GROUP}"]
    is_valid = plural == "clusterroles" and set(rule) == {"verbs", "nonResourceURLs"}
    body = {"metadata": {"name": f"role-of-{api.namespace}"}, "rules": [rule]}
    await api.post(path, body, 201 if is_valid else 422)
    if is_valid:
        await api.delete(f"{path}/role-of-{api.namespace}", differs=["*"])


@pytest.mark.parametrize(
    ("reference", "subject"),
    [
        ({"kind": "Role", "name": "a", "apiGroup": "x"}, {"kind": "User", "name": "a"}),
        ({"kind": "Nope", "name": ""}, {"kind": "User", "name": ""}),
        ({"kind": "ClusterRole", "name": "a/b"}, {"kind": "Group", "name": "a", "apiGroup": "x"}),
        ({"kind": "ClusterRole", "name": "a"}, {"kind": "Nope", "name": "a"}),
        ({"kind": "ClusterRole", "name": "a"}, {"kind": "ServiceAccount", "name": "A", "apiGroup": "x"}),
    ],
)
@pytest.mark.parametrize("plural", ["rolebindings", "clusterrolebindings"])
async def test_bindings_that_are_invalid(api: Api, plural: str, reference: Json, subject: Json) -> None:
    path = api.group(RBAC, plural) if plural == "rolebindings" else PATHS[f"{plural}.{GROUP}"]
    await api.post(path, {"metadata": {"name": "a"}, "roleRef": reference, "subjects": [subject]}, 422)


async def test_an_aggregation_of_nothing_is_invalid(api: Api) -> None:
    body = {"metadata": {"name": "a"}, "aggregationRule": {"clusterRoleSelectors": []}, "rules": []}
    await api.post(PATHS[f"clusterroles.{GROUP}"], body, 422)


async def test_the_role_of_a_binding_stays(check: Check) -> None:
    await check.bind()
    path = check.api.group(RBAC, "rolebindings", "a")
    await check.api.put(path, binding(check.subject, role="b"), 422)
    await check.api.put(path, {**binding(), "subjects": None})


# reviews


async def test_reviews_say_why(check: Check) -> None:
    await check.grant(READ)
    namespace = check.api.namespace
    asked = {"namespace": namespace, "verb": "list", "resource": "configmaps"}
    own = await check.as_user.post(
        f"{REVIEWS}/selfsubjectaccessreviews", {"spec": {"resourceAttributes": asked}}, part=status
    )
    assert own.body["status"] == {
        "allowed": True,
        "reason": f'RBAC: allowed by RoleBinding "a/{namespace}" of Role "a" to User "{check.user}"',
    }
    for attributes in ({**asked, "verb": "delete"}, {**asked, "namespace": "default"}, {**asked, "namespace": ""}):
        spec = {"user": check.user, "resourceAttributes": attributes}
        answer = await check.api.post(f"{REVIEWS}/subjectaccessreviews", {"spec": spec}, part=status)
        assert answer.body["status"]["allowed"] is False
    spec = {"user": check.user, "groups": ["x"], "resourceAttributes": {**asked, "verb": "get", "name": "a"}}
    local = f"/apis/authorization.k8s.io/v1/namespaces/{namespace}/localsubjectaccessreviews"
    answer = await check.api.post(local, {"metadata": {"namespace": namespace}, "spec": spec}, part=status)
    assert answer.body["status"]["allowed"] is True
    for path, verb in (("/api", "get"), ("/api/x", "get"), ("/apix", "get"), ("/version", "post")):
        body = {"spec": {"nonResourceAttributes": {"path": path, "verb": verb}}}
        await check.as_user.post(f"{REVIEWS}/selfsubjectaccessreviews", body, part=allowed)
    await check.bind(name="missing")
    await check.api.until(check.api.group(RBAC, "rolebindings", "missing"), 200)
    spec = {"user": check.user, "resourceAttributes": {**asked, "verb": "delete"}}
    await check.api.post(f"{REVIEWS}/subjectaccessreviews", {"spec": spec}, part=status)


def status(body: Json) -> Any:
    return body["status"]


def allowed(body: Json) -> Any:
    """The answer of a review, without the name of the binding: the real server takes any."""
    return body["status"]["allowed"]


@pytest.mark.parametrize(
    ("plural", "spec"),
    [
        ("selfsubjectaccessreviews", {}),
        ("subjectaccessreviews", {}),
        ("subjectaccessreviews", {"user": "a"}),
        ("subjectaccessreviews", {"user": "a", "resourceAttributes": {}, "nonResourceAttributes": {}}),
        ("localsubjectaccessreviews", {"user": "a", "resourceAttributes": {"namespace": "other"}}),
        ("localsubjectaccessreviews", {"user": "a", "nonResourceAttributes": {}}),
    ],
)
async def test_reviews_that_are_invalid(api: Api, plural: str, spec: Json) -> None:
    path = api.group("authorization.k8s.io/v1", plural) if plural.startswith("local") else f"{REVIEWS}/{plural}"
    await api.post(path, {"spec": spec}, 422)


async def test_a_user_is_told_his_rules(check: Check) -> None:
    await check.grant(READ, {"apiGroups": ["apps"], "resources": ["*"], "resourceNames": ["x"], "verbs": ["*"]})
    await check.bind(name="missing")

    def part(body: Json) -> Any:
        rules = [*body["status"]["resourceRules"], *body["status"]["nonResourceRules"]]
        return {**body["status"], "resourceRules": sorted(map(str, rules)), "nonResourceRules": None}

    body = {"spec": {"namespace": check.api.namespace}}
    answer = await check.as_user.post(f"{REVIEWS}/selfsubjectrulesreviews", body, part=part)
    assert READ in answer.body["status"]["resourceRules"]
    await check.as_user.post(f"{REVIEWS}/selfsubjectrulesreviews", {"spec": {}}, 400)
