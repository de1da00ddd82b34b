"""Paths of OpenAPI 3 in the shape of OpenAPI 2.0, which everything after reads.

What has the wrong form stays as it is, for the checks of paths to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .path_checks import METHODS

_PARAMETERS: Final = "#/components/parameters/"


def path_as_openapi_v2(item: object, parameters: Mapping[str, Any]) -> object:
    """Return the operations of a path in the shape of OpenAPI 2.0.

    Args:
        item: The operations as served.
        parameters: The parameters that the document's operations share.
    """
    if not isinstance(item, dict):
        return item
    found = {method: _operation(item[method], parameters) for method in METHODS if method in item}
    return found | _parameters(item, parameters)


def _operation(operation: object, shared: Mapping[str, Any]) -> object:
    if not isinstance(operation, dict):
        return operation
    found = {key: value for key, value in operation.items() if key not in ("requestBody", "responses")}
    found |= _parameters(operation, shared)
    if isinstance(body := operation.get("requestBody"), dict):
        found["consumes"] = list(_content(body))
        declared = {"name": "body", "in": "body", **_schema(body)}
        if isinstance(found.setdefault("parameters", []), list):
            found["parameters"] = [*found["parameters"], declared]
    if isinstance(responses := operation.get("responses"), dict):
        responses = {code: _response(response) for code, response in responses.items()}
    if responses is not None:
        found["responses"] = responses
    return found


def _response(response: object) -> object:
    if not isinstance(response, dict):
        return response
    return {key: value for key, value in response.items() if key != "content"} | _schema(response)


def _content(message: Mapping[str, Any]) -> Mapping[str, Any]:
    content = message.get("content")
    return content if isinstance(content, dict) else {}


def _schema(message: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a body; that of JSON where there are many."""
    content = _content(message)
    media = content.get("application/json") or next(iter(content.values()), None)
    return {"schema": media["schema"]} if isinstance(media, dict) and "schema" in media else {}


def _parameters(source: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    declared = source.get("parameters")
    if isinstance(declared, list):
        declared = [_parameter(one, shared) for one in declared]
    return {} if declared is None else {"parameters": declared}


def _parameter(parameter: object, shared: Mapping[str, Any]) -> object:
    ref = parameter.get("$ref") if isinstance(parameter, dict) else None
    if isinstance(ref, str) and ref.startswith(_PARAMETERS):
        parameter = shared.get(ref.removeprefix(_PARAMETERS), parameter)
    if not isinstance(parameter, dict) or not isinstance(parameter.get("schema"), dict):
        return parameter
    # A parameter whose schema is a definition elsewhere is a text: most of these are enums.
    schema = {key: value for key, value in parameter["schema"].items() if key != "$ref"}
    return {key: value for key, value in parameter.items() if key != "schema"} | schema
