"""Writes the table of Kubernetes' protobuf messages; `make messages` runs this module.

The facts are those of the Go modules that the test cluster is built from: numbers and types are in their
`generated.proto`, and the names in JSON, with what Go leaves out there, in the tags of their structs. The messages are
those of the group-versions in spec/v3, and of what these are made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiokube.testing.real.binaries import NEWEST, cache_directory, report
from aiokube.testing.real.toolchain import environment, find_go
from tests.support.children import output_of

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "src" / "aiokube" / "testing" / "protobuf" / "messages.json"

_MODULES = ("k8s.io/apimachinery", "k8s.io/api", "k8s.io/apiextensions-apiserver", "k8s.io/kube-aggregator")
_SHARED = {
    "k8s.io.apimachinery.pkg.apis.meta.v1",
    "k8s.io.apimachinery.pkg.api.resource",
    "k8s.io.apimachinery.pkg.runtime",
    "k8s.io.apimachinery.pkg.util.intstr",
}
_ALSO_SERVED = {"apidiscovery.k8s.io/v2", "meta.k8s.io/v1"}
"""Discovery, and the options and statuses of all groups."""

_SCALARS = {"string", "bytes", "bool", "int32", "int64", "double"}

_PACKAGE = re.compile(r"^package (\S+);$", re.MULTILINE)
_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (?:(optional|repeated) )?(map<string, [\w.]+>|[\w.]+) (\w+) = (\d+);$", re.MULTILINE)
_GROUP = re.compile(r'^(?:const )?\s*GroupName\s*= "([^"]*)"$', re.MULTILINE)
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}$", re.MULTILINE | re.DOTALL)
_MEMBER = re.compile(r"^\s*(?:\w+\s+)?(\S+)\s+`([^`]*)`", re.MULTILINE)
_TAG = re.compile(r'(\w+):"([^"]*)"')
_VERSION = re.compile(r"v\d+((alpha|beta)\d+)?")


@dataclass(frozen=True)
class Member:
    """A field of a struct in Go, with what its tags say."""

    name: str
    """In JSON; empty if its own fields stand in its place."""
    options: frozenset[str]
    is_pointer: bool


@dataclass(frozen=True)
class Package:
    """A Go package with protobuf messages."""

    name: str
    messages: str
    sources: str

    @property
    def short(self) -> str:
        """Its name without what all share: `core.v1`, `runtime`."""
        parts = self.name.split(".")
        return ".".join(parts[-2:] if _VERSION.fullmatch(parts[-1]) else parts[-1:])

    @property
    def group_version(self) -> str:
        """The group and version that its kinds have; empty if they have none."""
        group = _GROUP.search(self.sources)
        version = self.name.rpartition(".")[2]
        return f"{group[1]}/{version}" if group is not None and _VERSION.fullmatch(version) else ""

    def full(self, type: str) -> str:
        """Return the name of a type as the table has it."""
        if "." not in type:
            return type if type[0].islower() else f"{self.short}.{type}"
        package, _, name = type.removeprefix(".").rpartition(".")
        return f"{Package(package, '', '').short}.{name}"

    def members(self) -> dict[str, dict[str, Member]]:
        """The fields of its structs, by struct and number."""
        return {name: dict(_members(body)) for name, body in _STRUCT.findall(self.sources)}


def table() -> dict[str, dict[str, object]]:
    """Return the table: the package of each group-version, and the fields of each message by number.

    A field is its name in JSON, with `!` if Go writes it even where it is zero; and its type, after `*` for a pointer,
    `[]` for a list, or `map:` for a map from strings. A field without a name is inlined.
    """
    served = {*_served(), *_ALSO_SERVED}
    every = list(_packages())
    packages = [one for one in every if one.name in _SHARED or one.group_version in served]
    groups = {one.group_version: one.short for one in packages if one.group_version in served}
    if missing := served - groups.keys():
        raise SystemExit(f"no messages of {', '.join(sorted(missing))}")
    found: dict[str, dict[str, str]] = {}
    for package in packages:
        found |= _messages(package)
    _add_used(found, every)
    return {"groups": dict(sorted(groups.items())), "messages": dict(sorted(found.items()))}


def _add_used(found: dict[str, dict[str, str]], packages: list[Package]) -> None:
    """Add the messages of other packages that the messages have as fields."""
    others = {package.short: package for package in packages}
    while (
        missing := {type for fields in found.values() for type in map(_type, fields.values())} - found.keys() - _SCALARS
    ):
        for short in {type.rpartition(".")[0] for type in missing}:
            found |= {name: fields for name, fields in _messages(others[short]) if name in missing}


def _type(field: str) -> str:
    return field.partition(" ")[2].removeprefix("map:").lstrip("*[]")


def rendered() -> str:
    """Return the table as the file has it, a message on each line."""
    content = table()
    parts = []
    for name, entries in content.items():
        lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items())
        parts.append(f'"{name}": {{\n{lines}\n}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _messages(package: Package) -> Iterator[tuple[str, dict[str, str]]]:
    members = package.members()
    for name, body in _MESSAGE.findall(package.messages):
        fields = {}
        for repeated, type, proto_name, number in _FIELD.findall(body):
            member = members.get(name, {}).get(number)
            if member is None:
                # No struct: a list of its own type, or one that has its own way into JSON.
                member = Member("" if proto_name == "items" else proto_name, frozenset(), False)
            fields[number] = _field(package, member, repeated == "repeated", type)
        yield f"{package.short}.{name}", dict(sorted(fields.items(), key=lambda item: int(item[0])))


def _field(package: Package, member: Member, repeated: bool, type: str) -> str:
    is_map = type.startswith("map<")
    full = package.full(type.removeprefix("map<string, ").removesuffix(">"))
    # Go's omitempty does not leave out structs.
    is_struct = "." in full and not (repeated or is_map or member.is_pointer)
    is_left_out = ("omitzero" if is_struct else "omitempty") in member.options
    prefix = "map:" if is_map else "[]" if repeated else "*" if member.is_pointer else ""
    return f"{member.name}{'' if is_left_out or not member.name else '!'} {prefix}{full}"


def _members(body: str) -> Iterator[tuple[str, Member]]:
    for type, text in _MEMBER.findall(body):
        tags: Mapping[str, str] = dict(_TAG.findall(text))
        if tags.get("protobuf", "-") == "-":
            continue
        number = tags["protobuf"].split(",")[1]
        default = tags["protobuf"].rpartition("name=")[2]
        name, *options = tags.get("json", default).split(",")
        yield number, Member(default if name == "-" else name, frozenset(options), type.startswith("*"))


def _packages() -> Iterator[Package]:
    for folder in _folders():
        for file in sorted(folder.rglob("generated.proto")):
            messages = file.read_text()
            names = _PACKAGE.findall(messages)
            sources = [path for path in sorted(file.parent.glob("*.go")) if not path.name.endswith("_test.go")]
            yield Package(
                names[0], messages, "".join(path.read_text() for path in sources if "generated" not in path.name)
            )


def _folders() -> list[Path]:
    """Return where the Go modules are, which are downloaded unless the test cluster was built here."""
    go = find_go(NEWEST.go_version, cache=cache_directory(), progress=report)
    command = (str(go), "mod", "download", "-json", *_MODULES)
    output = output_of(*command, cwd=NEWEST.directory, env=environment(), timeout=300)
    decoder, text, found = json.JSONDecoder(), output.strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        found.append(Path(value["Dir"]))
        text = text[end:].strip()
    return found


def _served() -> Iterator[str]:
    for file in (ROOT / "spec" / "v3").glob("api*__v*_openapi.json"):
        _, *group, version = file.name.removesuffix("_openapi.json").split("__")
        yield f"{group[0] if group else ''}/{version}"


if __name__ == "__main__":
    TABLE.write_text(rendered())
