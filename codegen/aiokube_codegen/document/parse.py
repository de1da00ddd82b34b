"""JSON as OpenAPI documents, or the reason why it is not one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ..errors import SpecError

_INSTALL: Final = "install a CRD in a cluster, and read its API from there"


def parse_document(data: bytes, origin: str) -> dict[str, Any]:
    """Parse an OpenAPI document of version 2.0 or 3.

    Args:
        data: Document as served, in JSON.
        origin: Path or URL of the document, for messages.

    Raises:
        SpecError: The data is not such a document.
    """
    document = _parse(data, origin)
    if not is_openapi_v3(document) and document.get("swagger") != "2.0":
        raise SpecError(f"{origin}: {_other(document)}")
    return document


def is_openapi_v3(document: Mapping[str, Any]) -> bool:
    """True for OpenAPI 3, false for OpenAPI 2.0."""
    return str(document.get("openapi", "")).startswith("3.")


def kind_of(value: object) -> str:
    """Name the JSON type of a value."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _parse(data: bytes, origin: str) -> dict[str, Any]:
    if not data.strip():
        raise SpecError(f"{origin}: the document is empty")
    if data.startswith(b"\x1f\x8b"):
        raise SpecError(f"{origin}: the document is compressed: unpack it with gunzip first")
    if data.lstrip().startswith((b"apiVersion:", b"kind:")):
        raise SpecError(f"{origin}: this is a Kubernetes manifest, not an OpenAPI document; {_INSTALL}")
    if data.lstrip().startswith((b"swagger:", b"openapi:", b"---", b"#")):
        raise SpecError(f"{origin}: the document is YAML: request JSON from the API server (Accept: application/json)")
    if data.lstrip()[:1] == b"<":
        raise SpecError(
            f"{origin}: this is HTML or XML, not an OpenAPI document: request /openapi/v2 or /openapi/v3 from the API "
            "server"
        )
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{origin}: byte {error.start} is not UTF-8: request JSON from the API server (Accept: application/json)"
        ) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        # JSON reports an unfinished string where it starts, anything else unfinished where the text ends.
        if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string"):
            raise SpecError(
                f"{origin}: the document is cut off after {len(data)} bytes ({place}): fetch it again"
            ) from error
        raise SpecError(f"{origin}: not JSON: {error.msg} at {place}") from error
    except (RecursionError, ValueError) as error:
        # Or a number of more digits than Python converts.
        why = "nested too deeply" if isinstance(error, RecursionError) else "holds a number too long"
        raise SpecError(f"{origin}: the document is {why} to be read") from error
    if not isinstance(document, dict):
        raise SpecError(f"{origin}: an OpenAPI document is a JSON object, but this is {kind_of(document)}")
    return document


def _other(document: Mapping[str, Any]) -> str:
    if "openapi" in document:
        return f"this is OpenAPI {document['openapi']}, but only 2.0 and 3 can be read"
    if "swagger" in document:
        return f"its version is {document['swagger']!r}, but only 2.0 and 3 can be read"
    if document.get("kind") == "Status":
        return f"the server responded with an error instead: {document.get('message') or document.get('reason')}"
    if "kind" in document:
        way_out = f"; {_INSTALL}" if document["kind"] == "CustomResourceDefinition" else ""
        return f"this is a Kubernetes {document['kind']}, not an OpenAPI document{way_out}"
    return 'this is not an OpenAPI document: it has neither `swagger: "2.0"` nor `openapi: "3.0.0"`'
