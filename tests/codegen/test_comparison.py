"""Surfaces of packages, and the changes between two of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiokube_codegen.comparison.changes import Action, Change, Subject
from aiokube_codegen.comparison.compare import compare
from aiokube_codegen.comparison.output import as_text
from aiokube_codegen.comparison.page import page_of
from aiokube_codegen.comparison.planned import planned_surface
from aiokube_codegen.comparison.sources import source_surface
from aiokube_codegen.comparison.surface import Class, Field, GroupVersion, Method, Parameter, Resource, Surface
from aiokube_codegen.comparison.wording import counts
from aiokube_codegen.document.load import load_spec
from aiokube_codegen.methods.group_versions import build_group_versions
from aiokube_codegen.models.build import build_models
from tests.codegen.command import GOLDEN, MINI

NAME = Parameter(annotation="str", default="", positional=True)
NAMESPACE = Parameter(annotation="str | None", default="None", positional=False)
SIZE = Parameter(annotation="int | None", default="None", positional=False)


def field(annotation: str, *, required: bool = False, deprecated: str = "") -> Field:
    return Field(annotation=annotation, required=required, deprecated=deprecated)


def part(**fields: Field) -> Class:
    return Class(fields=fields)


def kind(name: str, deprecated: str = "", **fields: Field) -> Class:
    constants = {"api_version": field("str"), "kind": field("str")}
    return Class(fields={**constants, **fields}, kind=name, deprecated=deprecated)


def method(returns: str = "None", *overloads: str, deprecated: str = "", **parameters: Parameter) -> Method:
    return Method(parameters=parameters, returns=returns, overloads=overloads, deprecated=deprecated)


def shop(
    methods: dict[str, Method] | None = None, classes: dict[str, Class] | None = None, *, deprecated: str = ""
) -> Surface:
    """A surface with one resource of the kind Order; arguments replace or add to what it has."""
    orders = Resource(kind="Order", methods={"get": method("shop_v1.Order", name=NAME), **(methods or {})})
    group = GroupVersion(resources={"orders": orders}, deprecated=deprecated)
    own = {
        "shop_v1.Order": kind("Order", spec=field("shop_v1.OrderSpec")),
        "shop_v1.OrderSpec": part(lines=field("list[shop_v1.Line]")),
        "shop_v1.Line": part(sku=field("str", required=True), count=field("int | None")),
    }
    return Surface(groups={"shop_v1": group}, classes={**own, **(classes or {})})


def line(**fields: Field) -> Surface:
    return shop(classes={"shop_v1.Line": part(**fields)})


def only(old: Surface, new: Surface) -> Change:
    (change,) = compare(old, new)
    return change


@pytest.mark.slow
def test_the_plans_and_the_files_of_a_package_have_the_same_surface() -> None:
    spec = load_spec(MINI.read_bytes(), origin="mini.json")
    models = build_models(spec)
    built = build_group_versions(spec, models)
    planned = planned_surface(models.plans, [*built.groups, built.discovery])
    files = {path.relative_to(GOLDEN).as_posix(): path.read_text() for path in Path(GOLDEN).rglob("*.py")}
    assert planned == source_surface(files)
    assert planned.classes["shop_example_com_v1.OrderSpecLine"].fields["sku"] == field("str", required=True)
    assert planned.groups["shop_example_com_v1"].resources["orders"].methods["get"].parameters == {
        "name": NAME,
        "namespace": NAMESPACE,
    }


def test_a_decorated_method_is_a_method_and_an_overload_is_none() -> None:
    text = """
class Orders:
    @overload
    def get(self, name: str) -> int: ...

    def get(self, name: str) -> int | None: ...

    @hides_arguments
    def run(self, name: str) -> int: ...


class ShopV1(GroupVersion):
    def __init__(self) -> None:
        self.orders: Orders = Orders()
"""
    methods = source_surface({"api/shop_v1.py": text}).groups["shop_v1"].resources["orders"].methods
    assert {name: method.overloads for name, method in methods.items()} == {"get": ("(name: str) -> int",), "run": ()}


def test_equal_surfaces_have_no_changes() -> None:
    assert compare(shop(), shop()) == []


# Fields


def test_a_field_that_went_is_breaking_and_says_where_it_was() -> None:
    change = only(line(sku=field("str"), count=field("int")), line(sku=field("str")))
    assert (change.subject, change.action, change.breaking) == (Subject.FIELD, Action.REMOVED, True)
    assert (change.name, change.place, change.old) == ("shop_v1.Line.count", "Order.spec.lines[].count", "int")
    assert (change.group_version, change.kind) == ("shop_v1", "Order")


@pytest.mark.parametrize(
    ("before", "after", "action", "breaking"),
    [
        (None, field("int | None"), Action.ADDED, False),
        (None, field("int", required=True), Action.ADDED, True),
        (field("int | None"), field("int", required=True), Action.REQUIRED, True),
        (field("list[int]"), field("list[int]", required=True), Action.REQUIRED, True),
        (field("int", required=True), field("int | None"), Action.OPTIONAL, True),
        (field("Any", required=True), field("Any | UnsetType"), Action.OPTIONAL, True),
        (field("list[int]", required=True), field("list[int]"), Action.OPTIONAL, False),
        (field("int | None"), field("int | str | None"), Action.TYPE, True),
        (field("int | None"), field("str", required=True), Action.TYPE, True),
        (field("int | None"), field("int | None", deprecated="Deprecated."), Action.DEPRECATED, False),
        (field("int | None", deprecated="Deprecated."), field("int | None"), Action.UNDEPRECATED, False),
    ],
)
def test_a_field_that_changed(before: Field | None, after: Field, action: Action, breaking: bool) -> None:
    change = only(line() if before is None else line(of=before), line(of=after))
    assert (change.subject, change.name) == (Subject.FIELD, "shop_v1.Line.of")
    assert (change.action, change.breaking) == (action, breaking)


def test_a_class_that_keeps_unknown_fields_no_longer_has_lost_them() -> None:
    def changes(before: str, after: str) -> list[tuple[str, Action, str]]:
        surfaces = [
            source_surface({"models/shop_v1.py": f"class Order({base}, kw_only=True): ..."}) for base in (before, after)
        ]
        return [(change.name, change.action, change.old) for change in compare(*surfaces) if change.breaking]

    lost = ("shop_v1.Order.extra_fields", Action.REMOVED, "dict[str, Any]")
    assert changes("OpenModel", "Model") == [lost]
    assert changes("OpenModel, QuantityModel", "QuantityModel") == [lost]
    metadata = ("shop_v1.Order.metadata", Action.REMOVED, "DynamicMetadata")
    assert sorted(changes("DynamicObject", "Model")) == [lost, metadata]
    assert changes("Model", "OpenModel") == changes("DynamicObject", "DynamicObject") == []


def test_quantities_have_the_types_that_code_reads() -> None:
    def total(declared: str) -> Surface:
        text = f"class Line(Model):\n    total: {declared}\n"
        return shop(classes=dict(source_surface({"models/shop_v1.py": text}).classes))

    change = only(total("QuantityField"), total("OptionalQuantity = ABSENT_QUANTITY"))
    assert (change.action, change.breaking) == (Action.OPTIONAL, True)
    assert (change.old, change.new) == ("Quantity", "Quantity | None")
    change = only(total("QuantityMap"), total("QuantityMap = ABSENT_QUANTITY_MAP"))
    assert (change.action, change.breaking, change.new) == (Action.OPTIONAL, False, "dict[str, Quantity]")


def test_the_order_of_a_union_does_not_matter() -> None:
    assert compare(line(of=field("int | str | None")), line(of=field("None | str | int"))) == []


def test_a_field_that_went_says_that_it_was_deprecated() -> None:
    change = only(line(of=field("int", deprecated="Deprecated: Use b.")), line())
    assert change.note == "It was deprecated."


# Classes


def test_a_class_in_another_module_has_moved() -> None:
    old = shop(classes={"shop_v1.Price": part(amount=field("int"))})
    new = shop(classes={"money_v1.Price": part(amount=field("int"))})
    change = only(old, new)
    assert (change.subject, change.action, change.breaking) == (Subject.CLASS, Action.MOVED, True)
    assert (change.name, change.new) == ("shop_v1.Price", "money_v1.Price")


def test_a_kind_does_not_move_to_another_version() -> None:
    note = kind("Note", text=field("str"))
    old, new = shop(classes={"shop_v1.Note": note}), shop(classes={"shop_v2.Note": note})
    gone = next(change for change in compare(old, new) if change.name == "shop_v1.Note")
    assert (gone.subject, gone.action, gone.note) == (Subject.KIND, Action.REMOVED, "`shop_v2` has `Note`.")


def test_classes_with_other_names_are_followed_through_fields_and_methods() -> None:
    old = shop(
        methods={"price": method("shop_v1.LinePrice")},
        classes={
            "shop_v1.Line": part(price=field("shop_v1.LinePrice | None")),
            "shop_v1.LinePrice": part(amount=field("shop_v1.LinePriceAmount | None"), currency=field("str")),
            "shop_v1.LinePriceAmount": part(units=field("int"), cents=field("int")),
        },
    )
    new = shop(
        methods={"price": method("shop_v1.Price")},
        classes={
            "shop_v1.Line": part(price=field("shop_v1.Price | None")),
            "shop_v1.Price": part(amount=field("shop_v1.Amount | None"), currency=field("str")),
            "shop_v1.Amount": part(units=field("int"), cents=field("int")),
        },
    )
    assert [(change.name, change.action, change.new) for change in compare(old, new)] == [
        ("shop_v1.LinePrice", Action.MOVED, "shop_v1.Price"),
        ("shop_v1.LinePriceAmount", Action.MOVED, "shop_v1.Amount"),
    ]


def test_two_classes_of_one_shape_are_not_taken_for_each_other() -> None:
    twins = {"shop_v1.A": part(x=field("int")), "shop_v1.B": part(x=field("int"))}
    changes = compare(shop(classes=twins), shop(classes={"shop_v1.C": part(x=field("int"))}))
    assert [(change.name, change.action) for change in changes] == [
        ("shop_v1.A", Action.REMOVED),
        ("shop_v1.B", Action.REMOVED),
        ("shop_v1.C", Action.ADDED),
    ]


def test_classes_that_came_with_a_field_are_part_of_its_change() -> None:
    new = shop(
        classes={
            "shop_v1.OrderSpec": part(lines=field("list[shop_v1.Line]"), gift=field("shop_v1.Gift | None")),
            "shop_v1.Gift": part(to=field("shop_v1.Person | None")),
            "shop_v1.Person": part(name=field("str")),
        }
    )
    change = only(shop(), new)
    assert (change.name, change.action) == ("shop_v1.OrderSpec.gift", Action.ADDED)
    assert change.includes == ("shop_v1.Gift", "shop_v1.Person")


def test_a_class_is_deprecated_and_no_longer() -> None:
    old, new = (
        shop(),
        shop(classes={"shop_v1.Order": kind("Order", "Deprecated: Use v2.", spec=field("shop_v1.OrderSpec"))}),
    )
    there, back = only(old, new), only(new, old)
    assert (there.subject, there.action, there.new) == (Subject.KIND, Action.DEPRECATED, "Deprecated: Use v2.")
    assert (back.subject, back.action) == (Subject.KIND, Action.UNDEPRECATED)


# Group-versions, resources, methods and parameters


def test_a_group_version_that_went_includes_its_classes_and_names_successors() -> None:
    old, empty = shop(), Surface(groups={}, classes={})
    beta = Surface(groups={}, classes={"shop_v2beta1.Order": kind("Order"), "shop_example_com_v1.Order": kind("Order")})
    change = next(change for change in compare(old, beta) if change.breaking)
    assert (change.subject, change.action, change.name) == (Subject.GROUP_VERSION, Action.REMOVED, "kube.shop_v1")
    assert change.includes == ("shop_v1.Line", "shop_v1.Order", "shop_v1.OrderSpec")
    assert (change.kinds, change.note) == (("shop_v1.Order",), "`shop_v2beta1` has `Order`.")
    assert only(old, empty).note == "No other version has `Order`."
    came = only(empty, old)
    assert (came.action, came.breaking, came.kinds) == (Action.ADDED, False, ("shop_v1.Order",))


def test_a_resource_that_went_includes_its_kind() -> None:
    old = shop()
    new = Surface(groups={"shop_v1": GroupVersion(resources={})}, classes={})
    change = only(old, new)
    assert (change.subject, change.name, change.kind) == (Subject.RESOURCE, "kube.shop_v1.orders", "Order")
    assert change.includes == ("shop_v1.Line", "shop_v1.Order", "shop_v1.OrderSpec")


def test_a_class_that_a_kind_shared_with_one_that_went_has_another_name() -> None:
    cart = kind("Cart", line=field("shop_v1.CartLine | None"), note=field("shop_v1.CartNote | None"))
    shared = part(sku=field("str"), weight=field("int"))
    order = kind("Order", line=field("shop_v1.CartLine | None"))
    note = part(text=field("str"))
    old = shop(
        classes={"shop_v1.Cart": cart, "shop_v1.CartLine": shared, "shop_v1.CartNote": note, "shop_v1.Order": order}
    )
    order = kind("Order", line=field("shop_v1.OrderLine | None"))
    new = shop(classes={"shop_v1.OrderLine": shared, "shop_v1.Order": order})
    moved, went = sorted(compare(old, new), key=lambda change: change.action)
    assert (moved.name, moved.action, moved.new) == ("shop_v1.CartLine", Action.MOVED, "shop_v1.OrderLine")
    assert (went.name, went.action, went.includes) == ("shop_v1.Cart", Action.REMOVED, ("shop_v1.CartNote",))


def test_methods_come_and_go() -> None:
    old, new = shop(methods={"refund": method()}), shop(methods={"cancel": method()})
    assert [(change.name, change.action, change.breaking) for change in compare(old, new)] == [
        ("kube.shop_v1.orders.cancel", Action.ADDED, False),
        ("kube.shop_v1.orders.refund", Action.REMOVED, True),
    ]


def test_methods_that_went_together_are_one_sentence() -> None:
    gone = compare(shop(methods={"refund": method(), "ship": method()}), shop())
    assert "    kube.shop_v1.orders.refund, .ship are gone.\n" in as_text(page_of(gone, old="old", new="new"))
    other = compare(
        shop(methods={"a": method("int"), "b": method("int")}), shop(methods={"a": method(), "b": method()})
    )
    told = as_text(page_of(other, old="old", new="new"))
    assert "    kube.shop_v1.orders.a, .b are None now: they were int.\n" in told
    parameter = compare(
        shop(methods={"a": method(size=SIZE), "b": method(size=SIZE)}), shop(methods={"a": method(), "b": method()})
    )
    assert "    size of kube.shop_v1.orders.a, .b is gone" in as_text(page_of(parameter, old="old", new="new"))


@pytest.mark.parametrize(
    ("before", "after", "breaking"),
    [("int", "str", True), ("int", "int | None", True), ("int | None", "int", False)],
)
def test_a_method_that_returns_something_else(before: str, after: str, breaking: bool) -> None:
    change = only(shop(methods={"count": method(before)}), shop(methods={"count": method(after)}))
    assert (change.action, change.old, change.new, change.breaking) == (Action.TYPE, before, after, breaking)


def test_overloads_that_went_are_breaking() -> None:
    one, two = (
        shop(methods={"f": method("Any", "(a: int) -> int")}),
        shop(methods={"f": method("Any", "(a: int) -> int", "(a: str) -> str")}),
    )
    assert (only(one, two).breaking, only(two, one).breaking) == (False, True)


@pytest.mark.parametrize(
    ("before", "after", "action", "breaking"),
    [
        (None, NAMESPACE, Action.ADDED, False),
        (None, NAME, Action.ADDED, True),
        (NAMESPACE, None, Action.REMOVED, True),
        (NAMESPACE, Parameter(annotation="str", default="", positional=False), Action.REQUIRED, True),
        (NAME, Parameter(annotation="str", default="''", positional=True), Action.OPTIONAL, False),
        (NAME, Parameter(annotation="str | int", default="", positional=True), Action.TYPE, False),
        (NAME, Parameter(annotation="int", default="", positional=True), Action.TYPE, True),
        (NAME, Parameter(annotation="str", default="", positional=False), Action.TYPE, True),
        (NAMESPACE, Parameter(annotation="str | None", default="''", positional=False), Action.DEFAULT, False),
        (
            NAMESPACE,
            Parameter(annotation="str | None", default="None", positional=False, deprecated="Deprecated."),
            Action.DEPRECATED,
            False,
        ),
    ],
)
def test_a_parameter_that_changed(
    before: Parameter | None, after: Parameter | None, action: Action, breaking: bool
) -> None:
    old, new = (
        shop(methods={"f": Method(parameters={"of": one} if one else {}, returns="None")}) for one in (before, after)
    )
    change = only(old, new)
    assert (change.subject, change.name, change.parameter) == (Subject.PARAMETER, "kube.shop_v1.orders.f", "of")
    assert (change.action, change.breaking) == (action, breaking)


def test_the_version_of_a_document_controls_no_terminal() -> None:
    page = page_of([], old="old.json (Kubernetes v1\x1b[2J)", new="new.json (Kubernetes v1\u202e)")
    assert as_text(page).splitlines()[:2] == [
        r"from  old.json (Kubernetes v1\x1b[2J)",
        r"to    new.json (Kubernetes v1\u202e)",
    ]


def test_a_parameter_of_many_methods_is_counted_once() -> None:
    old = shop({"list": method(), "watch": method()})
    new = shop({"list": method(size=SIZE, filter=NAMESPACE), "watch": method(size=SIZE)})
    assert list(counts(compare(old, new))) == ["2 parameters new (in 3 methods)"]


def test_methods_and_group_versions_are_deprecated() -> None:
    old, new = shop({"f": method()}), shop({"f": method(deprecated="Deprecated.")}, deprecated="Deprecated: Use v2.")
    assert [(change.subject, change.action, change.new) for change in compare(old, new)] == [
        (Subject.GROUP_VERSION, Action.DEPRECATED, "Deprecated: Use v2."),
        (Subject.METHOD, Action.DEPRECATED, "Deprecated."),
    ]
