"""The way of the data is one direction: who imports whom, and where there is logic at all."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "src" / "aiokube" / "runtime"
TESTING = ROOT / "src" / "aiokube" / "testing"
CODEGEN = ROOT / "codegen" / "aiokube_codegen"
GENERATED = {
    "aiokube": ROOT / "src" / "aiokube",
    **{path.name: path for path in (ROOT / "tests" / "codegen" / "golden").glob("abi_*")},
}

# The rooms of a package, each with the rooms that it may import. Files beside the folders are rooms of their own.
_RUNTIME_ROOMS: dict[str, tuple[str, ...]] = {
    "": (),
    "public": (),
    "version": (),
    "errors": ("public",),
    "failures": ("errors",),
    "secret": ("errors",),
    "arguments": ("errors",),
    "codec": ("errors", "secret", "arguments", "public"),
    "config": ("errors", "secret", "arguments", "codec", "public"),
    "http": ("errors", "failures", "secret", "arguments", "codec", "config", "public"),
    "http.auth": ("errors", "secret", "arguments", "codec", "config", "http", "public"),
    "http.aiohttp": ("errors", "secret", "version", "config", "http", "http.auth"),
    "discovery": ("errors", "http", "public"),
    "client": (
        "errors",
        "secret",
        "arguments",
        "codec",
        "config",
        "http",
        "http.aiohttp",
        "discovery",
        "public",
    ),
    "watching": ("errors", "failures", "arguments", "codec", "http", "public"),
    "streams": ("errors", "failures", "secret", "arguments", "codec", "config", "http", "public"),
    "workloads": ("errors", "failures", "arguments", "codec", "http", "streams", "watching", "public"),
    "controllers": ("errors", "arguments", "codec", "http", "public"),
    "verbs": (
        "errors",
        "secret",
        "arguments",
        "version",
        "codec",
        "config",
        "http",
        "discovery",
        "watching",
        "streams",
        "workloads",
        "public",
    ),
    "manifests": (
        "errors",
        "failures",
        "secret",
        "arguments",
        "version",
        "codec",
        "http",
        "discovery",
        "client",
        "watching",
        "workloads",
        "verbs",
        "public",
    ),
    "base_client": ("client", "verbs", "manifests", "public"),
    # What generated packages import.
    "verbs.__init__": (
        "base_client",
        "errors",
        "secret",
        "codec",
        "config",
        "http",
        "watching",
        "streams",
        "workloads",
        "verbs",
    ),
}
_TESTING_ROOMS: dict[str, tuple[str, ...]] = {
    "document": (),
    "clock": (),
    "logs": (),
    "store": (),
    "bugs": (),
    "functions": (),
    "headers": (),
    "names": (),
    "parsing": (),
    "service_accounts": (),
    "clients": (),
    "certificates": (),
    "threads": (),
    "protobuf": (),
    "schema": ("document", "protobuf"),
    "api": ("document", "schema"),
    "failures": ("api",),
    "versions": ("api", "failures", "schema", "store"),
    "call": ("api", "failures", "parsing", "store", "versions"),
    "selectors": ("api", "failures", "names", "parsing", "store"),
    "rendering": ("api", "failures", "protobuf", "store", "versions"),
    "tables": ("rendering", "schema", "store", "versions"),
    "bodies": ("api", "call", "failures", "protobuf", "schema", "store"),
    "authorization": ("call", "failures", "names", "parsing", "selectors", "store"),
    "authentication": ("authorization", "call", "clock", "failures", "service_accounts", "store"),
    "regular": (),
    "cel": ("names", "regular"),
    "checks": ("failures", "names", "selectors", "store"),
    "kinds": ("api", "call", "cel", "checks", "failures", "names", "regular", "schema", "store"),
    "managed": ("call", "failures", "schema", "store", "versions"),
    "patching": ("schema", "store"),
    "verbs": (
        "api",
        "authentication",
        "authorization",
        "bodies",
        "bugs",
        "call",
        "clock",
        "failures",
        "kinds",
        "managed",
        "names",
        "parsing",
        "patching",
        "rendering",
        "schema",
        "selectors",
        "store",
        "tables",
    ),
    "bootstrap": ("authorization", "store", "verbs"),
    "pods": ("logs", "managed", "store", "threads", "verbs"),
    "streams": (
        "authorization",
        "call",
        "failures",
        "functions",
        "headers",
        "logs",
        "parsing",
        "rendering",
        "selectors",
        "store",
        "verbs",
    ),
    "http": (
        "api",
        "authentication",
        "authorization",
        "bugs",
        "call",
        "failures",
        "functions",
        "names",
        "parsing",
        "protobuf",
        "rendering",
        "streams",
        "verbs",
        "versions",
    ),
    "services": (),
    "faults": ("api", "failures", "headers", "http", "rendering", "store", "verbs"),
    "cluster": (
        "api",
        "bootstrap",
        "certificates",
        "clients",
        "document",
        "failures",
        "faults",
        "functions",
        "http",
        "logs",
        "pods",
        "streams",
        "threads",
        "verbs",
    ),
    "real": ("clients", "service_accounts"),
    "namespaces": ("cluster",),
    "": ("cluster", "http", "pods", "real", "services", "streams"),
}
_CODEGEN_ROOMS: dict[str, tuple[str, ...]] = {
    "": (),
    "errors": (),
    "contract": (),
    "naming": (),
    "skipped": (),
    "console": (),
    "folders": ("errors",),
    "document": ("errors", "skipped"),
    "render": ("errors", "contract", "folders", "naming"),
    "models": ("errors", "contract", "skipped", "naming", "document"),
    "verbs": ("naming", "models"),
    "methods": ("errors", "contract", "naming", "document", "render", "models", "verbs", "skipped"),
    "comparison": ("errors", "contract", "naming", "render", "models"),
    "cluster_options": ("errors", "naming"),
    "discovery": (),
    "cluster_api": ("errors", "document", "discovery"),
    "reference": ("contract", "document", "errors", "folders", "methods", "models", "naming", "render", "comparison"),
    "fetch": ("errors", "skipped", "document", "discovery", "cluster_api", "cluster_options"),
    "explain": ("console", "errors", "naming", "document", "reference"),
    "finding": ("errors", "naming", "methods", "reference", "explain"),
    "api_options": ("errors", "document", "reference", "fetch", "cluster_options"),
    "commands": (
        "errors",
        "api_options",
        "console",
        "explain",
        "finding",
        "reference",
        "skipped",
        "naming",
        "document",
        "render",
        "models",
        "methods",
        "comparison",
        "fetch",
        "cluster_options",
    ),
    "cli": ("errors", "naming", "commands", "cluster_options"),
}
# The shipped package has 45,000 lines.
_GENERATED = [pytest.param(name, marks=pytest.mark.slow) if name == "aiokube" else name for name in GENERATED]
PACKAGES = {
    "aiokube.runtime": (RUNTIME, _RUNTIME_ROOMS),
    "aiokube.testing": (TESTING, _TESTING_ROOMS),
    "aiokube_codegen": (CODEGEN, _CODEGEN_ROOMS),
}

# A generated module names, types and documents; what decides or repeats is logic.
_LOGIC = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.Try,
    ast.TryStar,
    ast.With,
    ast.AsyncWith,
    ast.Match,
    ast.Raise,
    ast.Assert,
    ast.BoolOp,
    ast.Compare,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.AugAssign,
    ast.NamedExpr,
    ast.Delete,
    ast.Global,
    ast.Nonlocal,
)


@cache
def imports(path: Path, package: str) -> tuple[str, ...]:
    """The modules and names that a file imports when it runs, by absolute names: `a.b.c` for `from a.b import c`, too.

    Imports inside functions count; those below `if TYPE_CHECKING:` do not.

    Args:
        path: the file.
        package: the package that the file is in, which relative imports start from.
    """
    return tuple(_imports(path, package))


def _imports(path: Path, package: str) -> Iterator[str]:
    for node in _executed(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{name.name}" for name in node.names)


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node outside of expressions but those that only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            continue
        yield node
        yield from _executed(node)


def modules(folder: Path, package: str) -> Iterator[tuple[Path, str]]:
    """Each file below a folder, with the package that it is in."""
    found = sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    assert found, folder
    for path in found:
        yield path, ".".join([package, *path.parent.relative_to(folder).parts])


def is_below(name: str, *packages: str) -> bool:
    """Return true if a module is one of some packages, or in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def generated(name: str) -> Iterator[tuple[Path, str]]:
    """The generated files of a package, with the package that each is in."""
    folder = GENERATED[name]
    yield folder / "client.py", name
    yield folder / "protocols.py", name
    for part in ("api", "apply", "models"):
        yield from modules(folder / part, f"{name}.{part}")


def test_relative_imports_are_understood(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        "import a.b\nfrom . import c\nfrom ..d import e\nfrom .f import g\ndef f():\n    from h import i\n"
        "if TYPE_CHECKING:\n    import j\n"
    )
    assert imports(tmp_path / "x.py", "p.q") == ("a.b", "p.q.c", "p.d.e", "p.q.f.g", "h.i")


def room_of(module: str, rooms: Collection[str]) -> str:
    """The room of a module: the longest of the rooms that it is, or is in; `""` for the rest."""
    if f"{module}.__init__" in rooms:
        return f"{module}.__init__"
    return max((room for room in rooms if is_below(module, room)), key=len, default="")


def imports_within(folder: Path, package: str) -> dict[str, set[str]]:
    """The modules of a package, by their names below it, with those of its modules that each imports."""
    prefix = f"{package}."
    paths = {
        f"{inside}.{path.stem}".removeprefix(prefix).removesuffix(".__init__"): (path, inside)
        for path, inside in modules(folder, package)
    }
    found: dict[str, set[str]] = {}
    for module, (path, inside) in paths.items():
        named = {name.removeprefix(prefix) for name in imports(path, inside) if name.startswith(prefix)}
        # `from a.b import c` names the module `a.b.c`, or the `c` of the module `a.b`.
        found[module] = {name if name in paths else name.rpartition(".")[0] for name in named} - {module}
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_each_room_imports_only_the_rooms_below_it(package: str) -> None:
    folder, rooms = PACKAGES[package]
    imported = imports_within(folder, package)
    assert len(imported) > 30
    for module, names in imported.items():
        room = room_of(module, rooms)
        for name in names:
            other = room_of(name, rooms)
            assert other == room or other in rooms[room], f"{module} imports {name}: {room} may not know {other}"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_in_a_circle(package: str) -> None:
    imported = imports_within(PACKAGES[package][0], package)
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"a circle: {' -> '.join([*path[path.index(module) :], module])}"
        if module not in done:
            for name in sorted(imported[module]):
                visit(name, (*path, module))
            done.add(module)

    for module in imported:
        visit(module, ())
    assert done == set(imported)


def test_the_runtime_knows_neither_the_generator_nor_what_it_makes() -> None:
    for path, package in modules(RUNTIME, "aiokube.runtime"):
        for name in imports(path, package):
            assert not is_below(name, "aiokube_codegen", "tests"), f"{path} imports {name}"
            assert not is_below(name, "aiokube") or is_below(name, "aiokube.runtime"), f"{path} imports {name}"


def test_the_test_kit_knows_the_runtime_and_loads_the_client_when_asked_for_one() -> None:
    for path, package in modules(TESTING, "aiokube.testing"):
        for name in imports(path, package):
            assert not is_below(name, "aiokube_codegen", "tests"), f"{path} imports {name}"
            known = is_below(name, "aiokube.runtime", "aiokube.testing", "aiokube.client")
            assert known or not is_below(name, "aiokube"), f"{path} imports {name}"


def test_the_generator_does_not_know_what_it_makes() -> None:
    for path, package in modules(CODEGEN, "aiokube_codegen"):
        for name in imports(path, package):
            assert not is_below(name, "aiokube", "tests") or is_below(name, "aiokube.runtime"), f"{path} imports {name}"


@pytest.mark.parametrize("package", _GENERATED)
def test_generated_packages_import_the_contract_and_nothing_else_of_the_runtime(package: str) -> None:
    for path, inside in generated(package):
        for name in imports(path, inside):
            parts = (f"{owner}.{part}" for owner in (package, "aiokube") for part in ("api", "apply", "models"))
            known = is_below(name, "aiokube.runtime.verbs", *parts)
            assert known or name.partition(".")[0] in sys.stdlib_module_names, f"{path} imports {name}"


@pytest.mark.parametrize("package", _GENERATED)
def test_models_know_no_calls(package: str) -> None:
    for path, inside in modules(GENERATED[package] / "models", f"{package}.models"):
        for name in imports(path, inside):
            assert not is_below(name, f"{package}.api", f"{package}.client"), f"{path} imports {name}"


@pytest.mark.parametrize("package", _GENERATED)
def test_what_is_generated_holds_no_logic(package: str) -> None:
    folder = GENERATED[package]
    for path, _ in generated(package):
        tree = ast.parse(path.read_bytes())
        is_lazy = path.parent == folder or path.name == "__init__.py"
        tree.body = [node for node in tree.body if not (_is_for_types(node) or (is_lazy and _loads_on_first_use(node)))]
        for node in ast.walk(tree):
            assert not isinstance(node, _LOGIC), f"{path}:{node.lineno}: {type(node).__name__}"
            if isinstance(node, ast.Lambda):
                assert isinstance(node.body, ast.Constant), f"{path}:{node.lineno}: a lambda that does something"
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name != "__init__":
                body = [one for one in node.body if not _is_constant(one) and not isinstance(one, ast.ImportFrom)]
                is_declared = {"overload", "property"} & {ast.unparse(one) for one in node.decorator_list}
                calls = 0 if is_declared else 1
                assert len(body) == calls, f"{path}:{node.lineno}: {node.name} does more than to make one call"


def _loads_on_first_use(node: ast.stmt) -> bool:
    """Return true if a statement is the `__getattr__` of an index."""
    return isinstance(node, ast.FunctionDef) and node.name == "__getattr__"


def _is_for_types(node: ast.stmt) -> bool:
    """Return true if a statement is `if TYPE_CHECKING:` of imports and protocols."""
    return (
        isinstance(node, ast.If)
        and ast.unparse(node.test) == "TYPE_CHECKING"
        and all(isinstance(one, (ast.ImportFrom, ast.ClassDef)) for one in node.body)
        and not node.orelse
    )


def _is_constant(node: ast.stmt) -> bool:
    """Return true if a statement is a docstring, or the `...` of a declaration."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_the_transport_alone_knows_aiohttp() -> None:
    knowing = {
        path.relative_to(ROOT / "src").as_posix()
        for path, package in modules(RUNTIME, "aiokube.runtime")
        if any(is_below(name, "aiohttp") for name in imports(path, package))
    }
    assert knowing == {
        f"aiokube/runtime/http/aiohttp/{name}.py" for name in ("transport", "body", "websocket", "internals")
    }


# Parts of aiohttp that its documentation does not describe: attributes that lead to connections, and the connector.
_AIOHTTP_INTERNALS = {"connection", "connector", "pause_reading", "resume_reading", "http_exceptions"}


def test_internals_of_aiohttp_are_used_in_one_file() -> None:
    using = {
        path.name
        for path, _ in modules(RUNTIME / "http" / "aiohttp", "aiokube.runtime.http.aiohttp")
        if _AIOHTTP_INTERNALS & _attributes_and_modules(ast.parse(path.read_bytes()))
    }
    assert using == {"internals.py"}


def _attributes_and_modules(tree: ast.AST) -> set[str]:
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return attributes | {
        part for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for part in (node.module or "").split(".")
    }
