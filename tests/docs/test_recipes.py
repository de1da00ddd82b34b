"""Each recipe runs on a real cluster, as a service account that has the rules in the page and no others."""

from __future__ import annotations

import ast

import pytest

from tests.cluster.cluster import Cluster
from tests.docs.outputs import matches, normalised
from tests.docs.recipes import INDEX, TABLE, Recipe, Run, recipes, run_recipes, table
from tests.docs.rules import granted_by

RECIPES = recipes()

each_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)


@pytest.fixture(scope="module")
def runs(docs_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All recipes, run at the same time."""
    with pytest.MonkeyPatch.context() as patch:
        work = tmp_path_factory.mktemp("recipes")
        patch.chdir(work)
        return run_recipes(docs_cluster, RECIPES, work)


@pytest.mark.cluster
@each_recipe
def test_a_recipe_works_with_its_rules(recipe: Recipe, runs: dict[str, Run]) -> None:
    run = runs[recipe.title]
    if run.error:
        raise run.error
    expected = [block.text for block in recipe.output]
    outputs = [output for output in run.outputs if expected]
    assert len(expected) == len(outputs)
    for text, output in zip(expected, outputs, strict=True):
        assert matches(text, output), f"{recipe.code[0]}: it prints\n{normalised(output)}; `make outputs` accepts that"


@pytest.mark.cluster
@each_recipe
def test_a_recipe_needs_its_rules(recipe: Recipe, runs: dict[str, Run]) -> None:
    if recipe.has_own_clients:
        assert not runs[recipe.title].needed
        return
    needed = runs[recipe.title].needed
    # A wait that is over when it has listed does not watch.
    watched = {one._replace(verb="watch") for one in needed if one.verb == "list"}
    assert granted_by(recipe.rules) - watched <= needed


def test_the_start_page_lists_each_recipe() -> None:
    (listed,) = TABLE.findall(INDEX.read_text())
    assert listed == table(), "`make outputs` writes it"


# Everyday tasks, and the number of statements that the shortest solution in another client has; imports and a print do
# not count. Kr8s reads an object before it acts on it.
TASKS = {
    "Scale a deployment": 2,  # kr8s
    "Wait for a rollout": 1,  # kube-rs
    "Follow the logs of many pods": 3,  # kr8s, one pod after the other: two loops, and the `break`
    "Apply a folder": 1,  # fabric8
    "Create a secret": 1,  # the official client
    "Run a command in a pod": 2,  # kr8s
    "Evict a pod": 1,  # kube-rs
    "Watch a custom resource without a class": 2,  # lightkube
    "Set and remove labels": 3,  # kr8s
    "Cordon a node": 2,  # kr8s
    "Create a token": 1,  # kube-rs
    "Forward a port": 6,  # kr8s: two to open it, and four to use it
}


@pytest.mark.parametrize("recipe", [one for one in RECIPES if one.title in TASKS], ids=lambda recipe: recipe.title)
def test_an_everyday_task_takes_no_more_statements_than_in_any_other_client(recipe: Recipe) -> None:
    assert statements(recipe) <= TASKS[recipe.title]


def test_each_everyday_task_has_a_recipe() -> None:
    assert TASKS.keys() <= {recipe.title for recipe in RECIPES}


def statements(recipe: Recipe) -> int:
    """The number of statements of a recipe, without imports, and without those that only print."""
    return sum(
        isinstance(node, ast.stmt) and not isinstance(node, (ast.Import, ast.ImportFrom)) and not only_prints(node)
        for block in recipe.code
        for node in ast.walk(ast.parse(block.text))
    )


def only_prints(node: ast.stmt) -> bool:
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    is_print = isinstance(node, ast.Expr) and calls[:1] == [node.value] and ast.unparse(calls[0].func) == "print"
    return is_print and not any(isinstance(one, ast.Await) for one in ast.walk(node))


def test_no_two_recipes_have_one_title() -> None:
    titles = [recipe.title for recipe in RECIPES]
    assert len(set(titles)) == len(titles) > 35
