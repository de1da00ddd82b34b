"""The pages of a catalog: complete, the same each time, and safe whatever a document holds."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.catalog import Catalog
from aiokube_codegen.reference.pages import MARKER, Pages
from aiokube_codegen.reference.visible import visible

from .document import document, kind_schema, ref

_VOID = ("br", "input", "link", "meta")
_CLOSED_BY_OTHERS = ("p", "li", "dt", "dd")
"""Elements whose end tags may be left out."""


class Parsed(HTMLParser):
    """A page, as far as the tests look at it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.loaded: list[str] = []
        self.comments: list[str] = []
        self.open: list[str] = []
        self.inside: dict[str, tuple[str, ...]] = {}
        """The ids of the details around each id."""
        self._details: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes.update(values)
        if "id" in values:
            self.ids.append(values["id"])
            self.inside[values["id"]] = tuple(self._details)
        if tag == "a":
            self.links.append(values["href"])
        self.loaded += [values[name] for name in ("src", "href") if name in values and tag != "a"]
        if tag == "details":
            self._details.append(values.get("id", ""))
        if tag not in (*_VOID, *_CLOSED_BY_OTHERS):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._details.pop()
        if tag not in _CLOSED_BY_OTHERS:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def files_of(catalog: Catalog) -> dict[str, str]:
    return dict(Pages(catalog).files())


def pages_of(catalog: Catalog) -> dict[str, Parsed]:
    return {path: Parsed(text) for path, text in files_of(catalog).items() if path.endswith(".html")}


def target(page: str, href: str) -> tuple[str, str]:
    """The file and the id that a link of a page leads to."""
    parts = urlsplit(href)
    if not parts.path:
        return page, unquote(parts.fragment)
    steps = page.split("/")[:-1]
    for step in parts.path.split("/"):
        if step == "..":
            steps.pop()
        else:
            steps.append(step)
    return "/".join(steps), unquote(parts.fragment)


@pytest.fixture(scope="module")
def mini_pages(mini: Catalog) -> dict[str, Parsed]:
    return pages_of(mini)


def check_links(pages: dict[str, Parsed]) -> None:
    ids = {path: set(page.ids) for path, page in pages.items()}
    for path, page in pages.items():
        assert not page.open, path
        assert len(page.ids) == len(ids[path]), path
        for href in page.links:
            if not href.startswith("http"):
                file, id = target(path, href)
                assert file in pages, (path, href)
                assert id == "" or id in ids[file], (path, href)


def test_every_link_leads_to_a_page_and_a_place_in_it(mini_pages: dict[str, Parsed]) -> None:
    check_links(mini_pages)


@pytest.mark.slow
def test_every_link_of_the_shipped_reference_leads_somewhere(shipped: Catalog) -> None:
    pages = pages_of(shipped)
    check_links(pages)
    pod = pages["kinds/core/v1/pod.html"]
    assert pod.inside["Pod.spec.containers[].livenessProbe"] == ("Pod.spec", "Pod.spec.containers")
    template = "Deployment.spec.template.spec.containers[].livenessProbe.httpGet.port"
    assert template in pages["kinds/apps/v1/deployment.html"].ids


@pytest.mark.slow
def test_the_shipped_reference_is_small(shipped: Catalog) -> None:
    sizes = {path: len(text.encode()) for path, text in files_of(shipped).items()}
    assert sum(sizes.values()) < 25e6
    assert sizes["reference.css"] + sizes["reference.js"] < 60_000
    assert max(sizes.values()) < 1.3e6


def test_a_page_loads_nothing_but_its_style_and_script(mini_pages: dict[str, Parsed]) -> None:
    for path, page in mini_pages.items():
        root = "../" * path.count("/")
        assert page.loaded == ["#end", f"{root}reference.css", f"{root}reference.js"]
        assert "end" in page.ids
        assert MARKER in page.comments[0]
        assert not {name for name in page.attributes if name.startswith("on") or name == "style"}


def test_the_same_catalog_gives_the_same_files(mini: Catalog) -> None:
    assert files_of(mini) == files_of(mini)


def test_each_kind_has_a_page_with_its_fields_and_methods(mini_pages: dict[str, Parsed], mini: Catalog) -> None:
    for kind in mini.kinds():
        page = mini_pages[f"kinds/{kind.group or 'core'}/{kind.version}/{kind.name.lower()}.html"]
        assert {method.call for method in kind.methods} <= set(page.ids)
        named = mini.type_of(kind)
        assert named is not None
        assert {f"{kind.name}.{field.name}" for field in named.fields} <= set(page.ids)


def test_a_method_is_told_in_four_ways(mini: Catalog) -> None:
    text = files_of(mini)["kinds/core/v1/pod.html"]
    method = text[text.index('id="kube.core_v1.pods.log"') :]
    method = method[: method.index("</fieldset>")]
    for title in ("Python", "kubectl", "curl", "RBAC rule"):
        assert f">{title}</label>" in method
    assert "print(await kube.core_v1.pods.log(&#34;web-0&#34;" in method
    assert "kubectl logs web-0" in method
    assert "resources: [pods/log]" in method


def order_with(properties: dict[str, Any], **more: Any) -> Catalog:
    order = kind_schema("Order", {"type": "object", "properties": properties, **more}, "An order.")
    return build_catalog(document({"com.example.shop.v1.Order": order}, {"Order": "orders"}))


ORDER = "kinds/shop.example.com/v1/order.html"


def test_a_required_field_comes_first_and_a_closed_one_shows_what_is_inside() -> None:
    inner = {"type": "object", "properties": {name: {"type": "string"} for name in "abcdef"}, "required": ["e"]}
    text = files_of(order_with({"one": {"type": "string"}, "two": inner}, required=["two"]))[ORDER]
    assert text.index('id="Order.spec.two"') < text.index('id="Order.spec.one"')
    assert "{ e, a, b, c, +2 }" in text
    assert text.index('id="Order.spec.two.e"') < text.index('id="Order.spec.two.a"')


def test_the_description_of_a_field_comes_before_that_of_its_type() -> None:
    part = {"type": "object", "description": "Type says this.", "properties": {"a": {"type": "string"}}}
    order = kind_schema(
        "Order",
        {
            "type": "object",
            "properties": {"one": {**ref("com.example.shop.v1.Part"), "description": "Field says this. And that."}},
        },
    )
    catalog = build_catalog(
        document({"com.example.shop.v1.Order": order, "com.example.shop.v1.Part": part}, {"Order": "orders"})
    )
    files = files_of(catalog)
    places = [files[ORDER].index(said) for said in ("Field says this.", "And that.", "Type says this.")]
    assert places == sorted(places)
    used = Parsed(files["types/com.example.shop.v1.part.html"])
    assert "Order.spec.one" in used.text


def test_a_field_has_its_path_in_three_spellings() -> None:
    items = {"type": "array", "items": {"type": "object", "properties": {"aB/c~": {"type": "string"}}}}
    text = files_of(order_with({"theItems": items}))[ORDER]
    start = text.index('id="Order.spec.theItems[].aB/c~"')
    paths = text[start:].partition('<pre class="paths">')[2].partition("</pre>")[0]
    assert paths.split("\n") == [
        "path    spec.theItems[].aB/c~",
        "Python  order.spec.the_items[0].a_b_c",
        "pointer /spec/theItems/0/aB~1c~0",
    ]


HOSTILE = "<script>alert(1)</script>\"'`</pre><img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}\u202egpj.\x07\x1b[31m"


def test_nothing_of_a_document_becomes_markup_or_script() -> None:
    links = "[x](javascript:alert(1)) https://a.example/'onclick='x"
    schema = {
        "type": "string",
        "description": f"{HOSTILE}. {links}\n\n- {HOSTILE}\n\n    {HOSTILE}",
        "default": HOSTILE,
        "enum": [HOSTILE, "b"],
        "pattern": HOSTILE,
        "x-kubernetes-validations": [{"rule": HOSTILE, "message": HOSTILE}, {"rule": "self == oldSelf"}],
        "x-kubernetes-list-type": HOSTILE,
    }
    name = "<b>x</b>"
    order = kind_schema(name, {"type": "object", "properties": {HOSTILE: schema, "plain": schema}}, HOSTILE)
    catalog = build_catalog(
        document({f"com.example.shop.v1.{name}": order}, {name: "../../<i>evil</i>"}, group="a/../../x")
    )
    files = files_of(catalog)
    for path, text in files.items():
        assert not set(path.split("/")) & {"..", ".", ""}, path
        if path.endswith(".html"):
            page = Parsed(text)
            assert page.tags <= {
                *("html", "head", "meta", "title", "link", "script", "body", "a", "header", "div", "main", "nav", "h1"),
                *("p", "dl", "dt", "dd", "code", "ul", "li", "section", "h2", "h3", "details", "summary", "b", "em"),
                *("span", "pre", "fieldset", "legend", "input", "label", "footer"),
            }
            assert not {name for name in page.attributes if name.startswith("on") or name in ("style", "srcdoc")}
            assert {urlsplit(href).scheme for href in page.links} <= {"", "https"}
            assert not any(char in text for char in "\u202e\x07\x1b")
            assert text.count("<script") == 1


def test_what_does_not_show_or_turns_text_around_is_written_out() -> None:
    assert visible("a\nb") == "a\nb"
    assert visible("a\tb\xa0c") == "a b c"
    assert visible("\u202ea\x00") == "\\u202ea\\x00"
