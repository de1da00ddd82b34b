"""`Api`: all verbs over the objects of a resource."""

from __future__ import annotations

from ...public import public
from .actions import ActionVerbs
from .base import ObjectT
from .following import FollowingVerbs
from .logs import LogVerbs
from .metadata import LabelVerbs
from .nodes import DrainVerbs
from .parts import PartVerbs
from .reading import ReadingVerbs
from .rediscovery import follows_discovery
from .scales import ScaleVerbs
from .status import StatusVerbs
from .streams import StreamingVerbs
from .subresources import SubresourceVerbs
from .workloads import RolloutVerbs
from .writing import WritingVerbs


@public("aiokube")
@follows_discovery
class Api(
    ReadingVerbs[ObjectT],
    FollowingVerbs[ObjectT],
    WritingVerbs[ObjectT],
    LabelVerbs[ObjectT],
    StatusVerbs[ObjectT],
    ScaleVerbs[ObjectT],
    PartVerbs[ObjectT],
    RolloutVerbs[ObjectT],
    DrainVerbs[ObjectT],
    ActionVerbs[ObjectT],
    LogVerbs[ObjectT],
    StreamingVerbs[ObjectT],
    SubresourceVerbs[ObjectT],
):
    """A resource of the cluster with the verbs of generated resources, for code that serves many kinds.

    `Client.api` returns one. Nothing is asked of the server until the first call, which finds the resource:

        T = TypeVar("T", bound=AnyObject)

        async def newest(api: Api[T]) -> T:
            return max(await api.list(), key=lambda obj: int(obj.metadata.resource_version))

    Any call may raise `UnknownResource` (the server does not serve it, or its objects have no such verb),
    `AmbiguousResource` (several have the name), `ConnectionError` (no response), `Unauthorized` (credentials refused)
    or `Forbidden` (the user is not allowed to do this). A resource without namespaces takes no notice of arguments
    about them.
    """
