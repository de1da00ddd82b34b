"""The recipes of docs/recipes/: each runs in a namespace of its own, as a service account with the rules that it names.

All of them run at the same time, on one cluster. A recipe is a section of a page with one block in YAML, its rules.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from aiokube import Client, Config
from tests.cluster.cluster import Cluster
from tests.docs.pages import DOCS, Block, Section, blocks_of, sections_of
from tests.docs.preparations import PREPARATIONS
from tests.docs.python import run_python
from tests.docs.rules import Permission, PermissionRecorder, granted_by

FOLDER = DOCS / "recipes"
INDEX = FOLDER / "index.md"
PAGES = [
    FOLDER / f"{name}.md"
    for name in ("workloads", "pods", "nodes", "objects", "manifests", "access", "watching", "custom")
]

TABLE = re.compile(r"^\| task \|.*\n(?:\|.*\n)+", re.MULTILINE)

ACCOUNT = "recipe"
TIMEOUT = 60  # seconds for one recipe
AT_ONCE = 6  # recipes

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Recipe:
    """A recipe, as the page has it."""

    section: Section
    kind: str
    """Role or ClusterRole."""
    rules: list[dict[str, Any]]

    @property
    def title(self) -> str:
        """The heading, which no other recipe has."""
        return self.section.title

    @property
    def code(self) -> list[Block]:
        """The code that runs."""
        return self.section.of("python")

    @property
    def has_own_clients(self) -> bool:
        """True if it makes clients, instead of using the one that it is given."""
        return any("Client(" in block.text for block in self.code)

    @property
    def output(self) -> list[Block]:
        """The output: no block, or one after each block of code."""
        return self.section.of("text")


@dataclass
class Run:
    """The result of a recipe."""

    outputs: list[str] = field(default_factory=list)
    error: BaseException | None = None
    needed: set[Permission] = field(default_factory=set)


def recipes() -> list[Recipe]:
    """All recipes of all pages."""
    return [_recipe(section) for page in PAGES for section in sections_of(page)]


def _recipe(section: Section) -> Recipe:
    (block,) = section.of("yaml")
    role = yaml.safe_load(block.text)
    assert set(role) == {"kind", "rules"}, f"{block}: a recipe has the kind and the rules of a role"
    return Recipe(section, role["kind"], role["rules"])


def objects() -> str:
    """The manifests of what the namespace of each recipe has."""
    return blocks_of(INDEX)[-1].text


def table() -> str:
    """The table of the start page: each recipe with its rules, and the kind of role that they are for."""
    rows = [
        f"| {_link(recipe)} | {_in_words(recipe)} | {recipe.kind if recipe.rules else ''} |\n" for recipe in recipes()
    ]
    return "".join(["| task | needs | role |\n", "|---|---|---|\n", *rows])


def _link(recipe: Recipe) -> str:
    anchor = re.sub(r"\W+", "-", recipe.title.lower()).strip("-")
    return f"[{recipe.title}]({recipe.section.page.name}#{anchor})"


def _in_words(recipe: Recipe) -> str:
    """The rules."""
    rules = [
        f"{', '.join(rule['verbs'])} of `{resource}{'.' if group else ''}{group}`"
        for rule in recipe.rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    ]
    return "; ".join(rules) or "nothing"


def run_recipes(cluster: Cluster, chosen: Iterable[Recipe], work: Path) -> dict[str, Run]:
    """Run recipes, and return what happened by their titles.

    Args:
        cluster: An own cluster; some recipes change its nodes and its definitions.
        chosen: The recipes.
        work: The folder in which files are written; the current directory.
    """
    deploy = work / "deploy"
    deploy.mkdir()
    web = objects().partition("---")[0]
    (deploy / "web.yaml").write_text(web.replace("nginx:1.29", "nginx:1.30"))
    (deploy / "limits.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: limits}}")
    return asyncio.run(_run_all(cluster, list(chosen)))


async def _run_all(cluster: Cluster, chosen: list[Recipe]) -> dict[str, Run]:
    limit, environment = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
    async with Client(kubeconfig=cluster.kubeconfig) as admin:

        async def run(recipe: Recipe) -> Run:
            async with limit:
                try:
                    async with asyncio.timeout(TIMEOUT), _namespace(admin) as shop, AsyncExitStack() as stack:
                        if prepare := PREPARATIONS.get(recipe.title):
                            await stack.enter_async_context(prepare(cluster, shop))
                        return await _run(cluster, shop, recipe, environment)
                except Exception as error:
                    return Run(error=error)

        runs = await asyncio.gather(*map(run, chosen))
        return {recipe.title: one for recipe, one in zip(chosen, runs, strict=True)}


@asynccontextmanager
async def _namespace(admin: Client) -> AsyncIterator[Client]:
    """A namespace with the objects that recipes work on."""
    name = f"shop-{next(_numbers)}"
    await admin.core_v1.namespaces.create({"metadata": {"name": name}})
    shop = admin.in_namespace(name)
    await shop.core_v1.service_accounts.wait_for("default", lambda account: account is not None)
    await shop.apply(objects(), field_manager="ci", wait=TIMEOUT)
    try:
        yield shop
    finally:
        await admin.core_v1.namespaces.delete(name)


async def _run(cluster: Cluster, shop: Client, recipe: Recipe, environment: asyncio.Lock) -> Run:
    """Run a recipe as a service account that has its rules."""
    token = await _account(shop, recipe)
    config = Config(server=cluster.url, certificate_authority=cluster.ca_file, token=token, namespace=shop.namespace)
    transport = PermissionRecorder(config)
    async with AsyncExitStack() as stack:
        kube = Client(config, field_manager="recipes", transport=transport)
        await stack.enter_async_context(kube)
        await _until_granted(kube, recipe)
        if recipe.has_own_clients:
            # They find their clusters in the environment of the process, which all recipes share.
            await stack.enter_async_context(environment)
            kubeconfig = cluster.directory / f"{shop.namespace}.kubeconfig"
            with _in_environment(KUBECONFIG=str(_write_kubeconfig(kubeconfig, config))):
                outputs = await run_python(recipe.code, {"kube": kube})
        else:
            outputs = await run_python(recipe.code, {"kube": kube})
    return Run(outputs=outputs, needed=transport.needed)


async def _account(shop: Client, recipe: Recipe) -> str:
    """A service account with the rules of a recipe; returns a token of it."""
    name = shop.namespace if recipe.kind == "ClusterRole" else ACCOUNT
    role: dict[str, Any] = {"metadata": {"name": name}, "rules": recipe.rules}
    binding: dict[str, Any] = {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": recipe.kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": shop.namespace}],
    }
    await shop.core_v1.service_accounts.create({"metadata": {"name": ACCOUNT}})
    if recipe.kind == "ClusterRole":
        await shop.rbac_v1.cluster_roles.create(role)
        await shop.rbac_v1.cluster_role_bindings.create(binding)
    else:
        await shop.rbac_v1.roles.create(role)
        await shop.rbac_v1.role_bindings.create(binding)
    return await shop.core_v1.service_accounts.create_token(ACCOUNT, seconds=3600)


async def _until_granted(kube: Client, recipe: Recipe) -> None:
    """Wait until the API server knows the role; it follows roles by watches."""
    missing = granted_by(recipe.rules)
    while missing:
        review = await kube.authorization_v1.self_subject_rules_reviews.create({"spec": {"namespace": kube.namespace}})
        known = [
            {"apiGroups": rule.api_groups, "resources": rule.resources, "verbs": rule.verbs}
            for rule in review.status.resource_rules
        ]
        missing -= granted_by(known)
        await asyncio.sleep(0.05)


def _write_kubeconfig(path: Path, config: Config) -> Path:
    """A kubeconfig with two contexts, both of which lead to the one cluster there is."""
    contexts = ("blue", "green")
    context = {"cluster": "shop", "user": "shop", "namespace": config.namespace}
    document = {
        "clusters": [
            {
                "name": "shop",
                "cluster": {"server": config.server, "certificate-authority": str(config.certificate_authority)},
            }
        ],
        "users": [{"name": "shop", "user": {"token": config.token}}],
        "contexts": [{"name": name, "context": context} for name in contexts],
        "current-context": contexts[0],
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document))
    return path


@contextmanager
def _in_environment(**variables: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
