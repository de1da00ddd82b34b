"""The parts of the build of the documentation site: checked links, and pictures drawn from text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from website import rows
from website.flow import draw
from website.kinds import add_to_search, link_kinds
from website.links import broken_links

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))


def write(folder: Path, **pages: str) -> Path:
    """Write HTML pages, and return their folder."""
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text)
    return folder


def test_links_inside_of_a_site_are_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder", index='<a href="../start.html#top">up</a><a href="%C3%A9.html">é</a>', é="<p>")
    write(
        tmp_path,
        start='<h1 id="top"><a href="folder/">a folder</a><a href="#top">here</a><a href="#%74op">here</a>'
        '<a href="https://example.com/gone">elsewhere</a><a href="mailto:a@example.com">mail</a>'
        '<img src="/start.html">',
    )
    assert broken_links(tmp_path) == []


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ('<a href="gone.html">', "gone.html: no such file"),
        ('<img src="gone.svg">', "gone.svg: no such file"),
        ('<link href="gone.css">', "gone.css: no such file"),
        ('<a href="#gone">', "#gone: no such anchor"),
        ('<a href="start.html#gone">', "start.html#gone: no such anchor"),
        ('<a href="/gone.html">', "/gone.html: no such file"),
        ('<a href="../start.html">', "../start.html: outside of the site"),
        ('<a href=".">', ".: no such file"),
    ],
)
def test_a_broken_link_is_named_with_its_page(tmp_path: Path, link: str, problem: str) -> None:
    assert broken_links(write(tmp_path, start=link)) == [f"start.html: {problem}"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_has_a_page_that_a_guide_links_to_and_a_test_that_runs_it(example: str) -> None:
    page = ROOT / "docs" / "examples" / f"{example}.md"
    assert f'--8<-- "examples/{example}.py"' in page.read_text()
    assert f"({example}.md)" in (page.parent / "index.md").read_text()
    linked = [path for path in (ROOT / "docs").rglob("*.md") if path.parent != page.parent]
    assert [path for path in linked if f"examples/{example}.md" in path.read_text()]
    tests = [path.read_text() for path in (ROOT / "tests" / "e2e").glob("test_*.py")]
    assert [text for text in tests if f'"{example}.py"' in text or f"from examples import {example}" in text]


def test_a_picture_has_a_box_for_each_name_and_an_arrow_for_each_arrow() -> None:
    svg = draw("a -> b <- c\n  | v\na -> <d> | c\n")
    assert svg.count("<rect") == 4  # `a` and `c` are tall ones
    assert re.findall(r">([^<>]+)</text>", svg) == ["a", "b", "c", "&lt;d&gt;"]
    assert svg.count("<path") == 4
    heights = re.findall(r'height="(\d+)" rx', svg)
    assert heights == ["98", "34", "98", "34"]
    assert 'aria-label="a -&gt; b &lt;- c; | v; a -&gt; &lt;d&gt; | c"' in svg


def test_arrows_of_a_picture_point_where_the_text_points() -> None:
    right, left = (re.findall(r'<path d="M(\d+) \d+L(\d+) ', draw(text)) for text in ("a -> b", "a <- b"))
    assert [int(start) < int(end) for start, end in right] == [True]
    assert [int(start) > int(end) for start, end in left] == [True]


@pytest.mark.parametrize(
    ("link", "markdown", "html"),
    [
        ("[all](kind:)", "[all](../reference/index.html)", '<a href="../reference/index.html">all</a>'),
        (
            "[Pod](kind:core/v1/Pod)",
            "[Pod](../reference/kinds/core/v1/pod.html)",
            '<a href="../reference/kinds/core/v1/pod.html">Pod</a>',
        ),
        (
            "[`spec`](kind:apps/v1/Deployment#Deployment.spec)",
            "[`spec`](../reference/kinds/apps/v1/deployment.html#Deployment.spec)",
            '<a href="../reference/kinds/apps/v1/deployment.html#Deployment.spec">`spec`</a>',
        ),
        ("[kind](kind.md)", "[kind](kind.md)", "[kind](kind.md)"),
    ],
)
def test_a_link_to_a_kind_becomes_a_relative_one(link: str, markdown: str, html: str) -> None:
    assert link_kinds(link, "guides/client.md", html=False) == markdown
    assert link_kinds(link, "guides/client.md", html=True) == html
    assert "../" not in link_kinds(link, "index.md", html=True)


def test_the_search_finds_a_kind_its_first_fields_and_its_methods(tmp_path: Path) -> None:
    folder = tmp_path / "reference" / "kinds" / "core" / "v1"
    folder.mkdir(parents=True)
    anchors = (
        "Pod.metadata.uid",
        "Pod.spec",
        "Pod.spec.nodeName",
        "Pod.spec.affinity.podAffinity",
        "search",
        "kube.core_v1.pods.log",
    )
    write(folder, pod="<h1>Pod</h1>" + "".join(f'<p id="{anchor}">' for anchor in anchors))
    write(folder, node='<h1>Node</h1><p id="Node.metadata"><p id="Node.metadata.uid">')
    (tmp_path / "migration").mkdir()
    write(tmp_path / "migration", methods="")
    (tmp_path / "search").mkdir()
    index = tmp_path / "search" / "search_index.json"
    index.write_text('{"docs": []}')

    add_to_search(tmp_path)

    docs = json.loads(index.read_text())["docs"]
    node, page = (f"reference/kinds/core/v1/{name}.html" for name in ("node", "pod"))
    assert [(doc["location"], doc["title"]) for doc in docs] == [
        (node, "Node (core/v1)"),
        (f"{node}#Node.metadata", "metadata"),
        (page, "Pod (core/v1)"),
        (f"{page}#Pod.metadata.uid", "uid"),
        (f"{page}#Pod.spec", "spec"),
        (f"{page}#Pod.spec.nodeName", "nodeName"),
        (f"{page}#kube.core_v1.pods.log", "kube.core_v1.pods.log"),
    ]
    assert index.with_suffix(".js").read_text() == f"var __index = {index.read_text()}"


_METHODS = """<h2 id="corev1api">CoreV1Api<a href="#corev1api"></a></h2>
<h3 id="corev1api-pods">CoreV1Api: pods</h3>
<tr>
<td><code>read_namespaced_pod_log</code></td>
<td><code>kube.core_v1.pods.log(name, namespace=...)</code></td>
</tr>
<h2 id="versionapi">VersionApi</h2>
<tr>
<td><code>get_code</code></td>
<td><code>kube.discovery.get_code()</code></td>
</tr>
"""


def test_the_search_finds_each_row_of_all_methods_in_place_of_its_sections(tmp_path: Path) -> None:
    (tmp_path / "migration").mkdir()
    write(tmp_path / "migration", methods=rows.with_breaks(rows.with_anchors(_METHODS)))
    (tmp_path / "search").mkdir()
    index = tmp_path / "search" / "search_index.json"
    page = "migration/methods.html"
    index.write_text(json.dumps({"docs": [{"location": page}, {"location": f"{page}#corev1api-pods"}]}))

    add_to_search(tmp_path)

    assert json.loads(index.read_text())["docs"] == [
        {"location": page},
        {
            "location": f"{page}#CoreV1Api.read_namespaced_pod_log",
            "title": "read_namespaced_pod_log",
            "text": "<p><code>kube.core_v1.pods.log(name, namespace=...)</code>, for CoreV1Api.</p>",
        },
        {
            "location": f"{page}#VersionApi.get_code",
            "title": "get_code",
            "text": "<p><code>kube.discovery.get_code()</code>, for VersionApi.</p>",
        },
    ]


def test_a_name_in_a_table_of_methods_breaks_between_its_words_only() -> None:
    assert rows.with_breaks("<td><code>core_v1.pods(name, x=...)</code></td><code>a_b</code>") == (
        "<td><code>core_<wbr>v1.<wbr>pods(<wbr>name, x=...)</code></td><code>a_b</code>"
    )
