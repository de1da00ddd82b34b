"""A small document with everything that a catalog tells of fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiokube_codegen.document.load import load_spec
from aiokube_codegen.document.spec import Spec

GROUP = "shop.example.com"
META = "io.k8s.apimachinery.pkg.apis.meta.v1"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_OBJECT_META = {"$ref": f"#/definitions/{META}.ObjectMeta"}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}"}


def kind_schema(kind: str, spec: Mapping[str, Any], description: str = "", **more: Any) -> dict[str, Any]:
    """The definition of a kind of the group."""
    return {
        "type": "object",
        "description": description,
        "x-kubernetes-group-version-kind": [{"group": GROUP, "version": "v1", "kind": kind}],
        "properties": {
            "spec": spec,
            "metadata": _OBJECT_META,
            "kind": {"type": "string", "description": "Cannot be updated."},
            "apiVersion": {"type": "string"},
        },
        **more,
    }


def document(definitions: Mapping[str, Any], kinds: Mapping[str, str], group: str = GROUP) -> Spec:
    """A document with kinds, each with the operations of a resource.

    Args:
        definitions: The definitions of the kinds and of what they hold.
        kinds: Plural names by kind.
        group: Their group.
    """
    meta = {
        f"{META}.ObjectMeta": {"type": "object", "properties": {"name": {"type": "string"}}},
        QUANTITY: {"type": "string", "description": "An amount."},
    }
    paths: dict[str, Any] = {}
    for kind, plural in kinds.items():
        gvk = {"group": group, "version": "v1", "kind": kind}
        base = f"/apis/{group}/v1/namespaces/{{namespace}}/{plural}"
        item = {"200": {"description": "OK", "schema": ref(f"com.example.shop.v1.{kind}")}}

        def said(
            action: str, verb: str, kind: str = kind, gvk: Mapping[str, str] = gvk, item: Mapping[str, Any] = item
        ) -> dict[str, Any]:
            return {
                "operationId": f"{verb}ShopExampleComV1Namespaced{kind}",
                "x-kubernetes-action": action,
                "x-kubernetes-group-version-kind": gvk,
                "responses": item,
            }

        paths[f"{base}/{{name}}"] = {
            "get": said("get", "read"),
            "put": {
                **said("put", "replace"),
                "parameters": [
                    {"name": "body", "in": "body", "required": True, "schema": ref(f"com.example.shop.v1.{kind}")},
                    {"name": "dryRun", "in": "query", "type": "string", "description": "Try it."},
                ],
            },
        }
    content = {"swagger": "2.0", "info": {"version": "v1.99.0"}, "paths": paths, "definitions": {**meta, **definitions}}
    return load_spec(json.dumps(content).encode(), origin="shop.json")
