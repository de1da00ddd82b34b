"""A round trip of real custom resources: `python -m tests.corpus FOLDER` installs CRDs, stores samples, and compares.

FOLDER has the CRDs in `crds/` and objects of them in `samples/`, as JSON files, each in a folder of its operator. Every
sample that the server stores is read as a model of a package that is generated from the server, replaced as it is,
edited, and created and applied from its model. What is stored afterwards must be what was stored before. Every node of
the CRDs that has a type has one in the package.

Run it against a test cluster, whose CRDs it adds to: `make corpus CORPUS=FOLDER`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokube import AiokubeError, Client
from aiokube.errors import AlreadyExists, ApiError, Invalid, NotFound
from tests.codegen.command import AIOKUBE
from tests.support.children import output_of
from tests.support.lost_types import lost_types, typed_nodes
from tests.support.operations import client_calls

_AT_ONCE = 4
_WAIT_S = 300.0
_LABEL = "aiokube.test/edited"
_STEPS = ("lossless", "replace", "edit", "create", "apply")
# Metadata of the cluster that a sample comes from, or that something would act on.
_KEPT_METADATA = ("name", "namespace", "labels", "annotations")
_SERVERS_METADATA = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A version of a CRD."""

    plural: str
    namespaced: bool
    has_status: bool
    schema: Mapping[str, Any]

    def path(self, manifest: Mapping[str, Any]) -> str:
        """Return the path of the collection that an object belongs to."""
        namespace = f"/namespaces/{manifest['metadata']['namespace']}" if self.namespaced else ""
        return f"/apis/{manifest['apiVersion']}{namespace}/{self.plural}"

    def template(self, api_version: str) -> str:
        """Return the path of an object, as docstrings of generated methods have it."""
        return f"/apis/{api_version}{'/namespaces/{namespace}' if self.namespaced else ''}/{self.plural}/{{name}}"


@dataclass
class Outcome:
    """The counts of an operator's samples, and what went wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)


class Corpus:
    """The samples of a folder, on their way through a server and a generated package.

    Args:
        folder: Folder of the CRDs and samples.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kinds: dict[tuple[str, str], Kind] = {}
        self._resources: dict[str, Any] = {}
        self._namespaces: dict[str, asyncio.Task[None]] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self.outcomes: dict[str, Outcome] = defaultdict(Outcome)
        self.typed = 0
        self.lost: list[str] = []

    async def run(self) -> None:
        """Install, generate, and send every sample through."""
        async with Client() as kube:
            await self.install(kube)
        with tempfile.TemporaryDirectory(prefix="aiokube-") as folder:
            package = await asyncio.to_thread(_generate, Path(folder))
            async with package.Client() as kube:
                for call in client_calls(kube):
                    if call.where.endswith(".get"):
                        self._resources[call.path] = call.function.__self__  # type: ignore[attr-defined] # a method
                self._count_types()
                async with asyncio.TaskGroup() as group:
                    for path in sorted(self._folder.glob("samples/*/*.json")):
                        group.create_task(self._sample(kube, path))

    async def install(self, kube: Client) -> None:
        """Install the CRDs, and wait until the server describes them."""
        paths = sorted(self._folder.glob("crds/*/*.json"))
        for path in paths:
            crd = json.loads(path.read_bytes())
            crd.pop("status", None)
            spec = crd["spec"]
            # There are no webhooks.
            spec["conversion"] = {"strategy": "None"}
            try:
                await _create_crd(kube, crd)
            except Invalid:
                # Rules may cost more than this server allows.
                await _create_crd(kube, _without_rules(crd))
            for version in spec["versions"]:
                if version["served"]:
                    self._kinds[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = Kind(
                        plural=spec["names"]["plural"],
                        namespaced=spec["scope"] == "Namespaced",
                        has_status="status" in version.get("subresources", {}),
                        schema=version["schema"]["openAPIV3Schema"],
                    )
        _report(f"{len(paths)} CRDs are installed; waiting for the OpenAPI document")
        missing = {kind.template(api_version) for (api_version, _), kind in self._kinds.items()}
        deadline = time.monotonic() + _WAIT_S
        while missing:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not in the OpenAPI document after {_WAIT_S:.0f} s: {sorted(missing)}")
            await asyncio.sleep(2)
            document = await kube.request("GET", "/openapi/v2", accept="application/json")
            missing -= document.json()["paths"].keys()

    def _count_types(self) -> None:
        for (api_version, kind), found in sorted(self._kinds.items()):
            cls = self._resources[found.template(api_version)].object_type
            self.typed += typed_nodes(found.schema)
            self.lost += [f"{api_version} {kind}{path}" for path in lost_types(found.schema, cls)]

    async def _sample(self, kube: Any, path: Path) -> None:
        manifest = json.loads(path.read_bytes())
        kind = self._kinds.get((manifest["apiVersion"], manifest["kind"]))
        outcome = self.outcomes[path.parent.name]
        outcome.counts["samples"] += 1
        if kind is None:
            outcome.counts["not served"] += 1
            return
        metadata = {key: value for key, value in manifest["metadata"].items() if key in _KEPT_METADATA}
        metadata.setdefault("name", path.stem.lower().replace("_", "-"))
        if kind.namespaced:
            metadata.setdefault("namespace", "default")
        else:
            metadata.pop("namespace", None)
        manifest["metadata"] = metadata
        async with self._locks[f"{kind.plural}/{metadata['name']}"], self._limit:
            if kind.namespaced:
                await self._namespace(kube, metadata["namespace"])
            resource = self._resources[kind.template(manifest["apiVersion"])]
            await _RoundTrip(kube, resource, kind, manifest, outcome, str(path.relative_to(self._folder))).run()

    async def _namespace(self, kube: Any, name: str) -> None:
        async def make() -> None:
            with suppress(AlreadyExists):
                body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
                await kube.request("POST", "/api/v1/namespaces", body=body)

        if name not in self._namespaces:
            self._namespaces[name] = asyncio.create_task(make())
        await self._namespaces[name]


class _RoundTrip:
    """One sample, raw and typed."""

    def __init__(
        self, kube: Any, resource: Any, kind: Kind, manifest: dict[str, Any], outcome: Outcome, title: str
    ) -> None:
        self._kube = kube
        self._resource = resource
        self._kind = kind
        self._manifest = manifest
        self._outcome = outcome
        self._title = title
        self._name: str = manifest["metadata"]["name"]
        self._scope = {"namespace": manifest["metadata"]["namespace"]} if kind.namespaced else {}
        self._path = f"{kind.path(manifest)}/{self._name}"

    async def run(self) -> None:
        """Count the steps in which nothing is lost."""
        try:
            await self._store_raw()
        except ApiError as error:
            self._outcome.counts[f"refused by the server: {error.reason}"] += 1
            await self._delete()
            return
        before = await self._stored()
        self._outcome.counts["stored"] += 1
        with suppress(_Failed):
            obj = await self._step("lossless", lambda: self._read(before))
            await self._step("replace", lambda: self._replace(obj, before))
            await self._step("edit", lambda: self._edit(before))
            await self._step("create", lambda: self._make(obj, before, self._create))
            await self._step("apply", lambda: self._make(obj, before, self._apply))
        await self._delete()

    async def _step(self, name: str, step: Callable[[], Awaitable[Any]]) -> Any:
        try:
            result = await step()
        except AiokubeError as error:
            self._outcome.details.append(f"{self._title}: {name}: {type(error).__name__}: {error!s:.300}")
            raise _Failed from error
        except _Differs as error:
            self._outcome.details.append(f"{self._title}: {name}: {error}")
            return error.result
        self._outcome.counts[name] += 1
        return result

    async def _store_raw(self) -> None:
        await self._delete()
        await self._kube.request("POST", self._kind.path(self._manifest), body=self._manifest)
        if self._kind.has_status and "status" in self._manifest:
            body = {**await self._stored(), "status": self._manifest["status"]}
            await self._kube.request("PUT", f"{self._path}/status", body=body)
        # Some defaults appear when an object is written for the second time.
        await self._kube.request("PUT", self._path, body=await self._stored())

    async def _read(self, before: dict[str, Any]) -> Any:
        obj = await self._resource.get(self._name, **self._scope)
        _compare(before, obj.to_dict(), result=obj)
        return obj

    async def _replace(self, obj: Any, before: dict[str, Any]) -> None:
        await self._resource.replace(obj, **self._scope)
        _compare(before, await self._stored())
        if self._kind.has_status:
            await self._resource.replace_status(obj, **self._scope)
            _compare(before, await self._stored())

    async def _edit(self, before: dict[str, Any]) -> None:
        def label(obj: Any) -> None:
            obj.metadata.labels[_LABEL] = "yes"

        await self._resource.edit(self._name, label, **self._scope)
        after = await self._stored()
        labels = after["metadata"]["labels"]
        del labels[_LABEL]
        if not labels:
            del after["metadata"]["labels"]
        for version in (before, after):
            version["metadata"] = {
                key: value
                for key, value in version["metadata"].items()
                if key not in ("resourceVersion", "managedFields") and value != {}
            }
        _compare(before, after)

    async def _make(self, obj: Any, before: dict[str, Any], make: Callable[[Any], Awaitable[Any]]) -> None:
        await self._delete()
        model = type(obj).from_json(obj.to_json())
        for name in _SERVERS_METADATA:
            with suppress(KeyError):
                del before["metadata"][name]
        blank = type(model.metadata)(
            name=model.metadata.name,
            namespace=model.metadata.namespace,
            labels=model.metadata.labels,
            annotations=model.metadata.annotations,
        )
        model.metadata = blank
        await make(model)
        after = await self._stored()
        for name in _SERVERS_METADATA:
            after["metadata"].pop(name, None)
        if self._kind.has_status:
            # It is stored by another method; a default may be there.
            before, after = ({**one, "status": None} for one in (before, after))
        _compare(before, after)

    async def _create(self, model: Any) -> None:
        await self._resource.create(model, **self._scope)

    async def _apply(self, model: Any) -> None:
        await self._resource.apply(model, field_manager="corpus", **self._scope)

    async def _stored(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self._kube.request("GET", self._path)).json()
        return found

    async def _delete(self) -> None:
        with suppress(NotFound):
            await self._kube.request("DELETE", self._path)


class _Failed(Exception):
    """A step failed, so that those after it say nothing."""


class _Differs(Exception):
    """Something was lost or changed."""

    def __init__(self, problem: str, result: Any) -> None:
        super().__init__(problem)
        self.result = result


def _compare(before: Any, after: Any, *, result: Any = None) -> None:
    found = list(differences(before, after))
    if found:
        raise _Differs("; ".join(found[:5]), result)


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Yield the places where two documents are not the same JSON."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() | after.keys():
            if key not in after:
                yield f"{path}.{key}: {json.dumps(before[key]):.60} is lost"
            elif key not in before:
                yield f"{path}.{key}: {json.dumps(after[key]):.60} is new"
            else:
                yield from differences(before[key], after[key], f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif type(before) is not type(after) or before != after:
        yield f"{path}: {json.dumps(before):.60} became {json.dumps(after):.60}"


async def _create_crd(kube: Client, crd: Mapping[str, Any]) -> None:
    with suppress(AlreadyExists):
        await kube.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body=crd)


def _without_rules(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_rules(value) for key, value in schema.items() if key != "x-kubernetes-validations"}
    return [_without_rules(item) for item in schema] if isinstance(schema, list) else schema


def _generate(folder: Path) -> Any:
    start = time.monotonic()
    output_of(*AIOKUBE, "generate", "--output", folder / "corpus_package", timeout=600)
    _report(f"a package is generated, {time.monotonic() - start:.0f} s")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    return importlib.import_module("corpus_package")


def _report(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _table(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """Yield the lines of a Markdown table, with a total."""
    columns = ("samples", "stored", *_STEPS)
    yield f"| operator | {' | '.join(columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    total: Counter[str] = Counter()
    for name, outcome in sorted(outcomes.items()):
        total += outcome.counts
        yield f"| {name} | {' | '.join(str(outcome.counts[column]) for column in columns)} |"
    yield f"| all | {' | '.join(str(total[column]) for column in columns)} |"
    yield ""
    for reason, count in sorted(total.items()):
        if reason not in columns:
            yield f"{count} {reason}"


def main() -> int:
    """Return 0 if nothing that the server stored was lost or changed."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of crds/*/*.json and samples/*/*.json")
    corpus = Corpus(parser.parse_args().folder)
    asyncio.run(corpus.run())
    details = [line for _, outcome in sorted(corpus.outcomes.items()) for line in outcome.details]
    lost = [f"no type: {place}" for place in corpus.lost]
    types = f"{corpus.typed} nodes of the CRDs have a type; {len(lost)} have none in the package"
    sys.stdout.writelines(f"{line}\n" for line in (*_table(corpus.outcomes), types, *lost, *details))
    return 1 if details or lost else 0


if __name__ == "__main__":
    sys.exit(main())
