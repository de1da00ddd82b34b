"""The default container of a pod with several, which an annotation names, as in kubectl."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import AiokubeError, BadRequest
from ..http.request import JSON, Request
from ..http.responses import decode_response
from .pod import Pod

if TYPE_CHECKING:
    from ..client import HttpClient

_ANNOTATION = "kubectl.kubernetes.io/default-container"


def lacks_container(refusal: AiokubeError) -> bool:
    """Return True if a server refused a request because it names no container of a pod with several."""
    return isinstance(refusal, BadRequest) and "a container name must be specified" in refusal.message


async def with_default_container(client: HttpClient, request: Request, refusal: BadRequest) -> Request:
    """Return a refused request with the default container of its pod.

    The pod is read only when a server has asked for a container: it takes the only container of a pod by itself.

    Args:
        client: The client that reads the pod.
        request: A request for a subresource of a pod.
        refusal: The error of the request.

    Raises:
        BadRequest: The refusal, if it has another cause, or if the pod has no default container.
    """
    if not lacks_container(refusal):
        raise refusal
    pod_request = Request(
        method="GET",
        path=request.path.rpartition("/")[0],
        template=request.template.rpartition("/")[0],
        headers={"Accept": JSON},
    )
    try:
        pod = decode_response(pod_request, await client.send(pod_request), Pod)
    except AiokubeError:
        raise refusal from None
    container = pod.metadata.annotations.get(_ANNOTATION)
    if not container:
        raise refusal
    return replace(request, query=(*request.query, ("container", container)))
