"""Each recipe runs on a real cluster, as a service account that has the rules in the page and no others."""

from __future__ import annotations

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


def test_no_two_recipes_have_one_title() -> None:
    titles = [recipe.title for recipe in RECIPES]
    assert len(set(titles)) == len(titles) > 35
