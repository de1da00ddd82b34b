"""Protocols of the general verbs, for libraries that serve the clients of many clusters.

`CanGet` and its like stand for some verbs of a resource, `ClusterResource` and `NamespacedResource` for all of them.
Their parameters are the class of the objects and that of their lists. The `protocols` of a generated package name those
of each resource; nothing else imports these modules when a program runs.
"""

from .cluster_scoped import (
    CanApply,
    CanChange,
    CanChangeStatus,
    CanCreate,
    CanDelete,
    CanDeleteCollection,
    CanGet,
    CanList,
    ClusterResource,
    ClusterResourceWithStatus,
)
from .namespaced import (
    CanApplyNamespaced,
    CanChangeNamespaced,
    CanChangeStatusNamespaced,
    CanCreateNamespaced,
    CanDeleteCollectionNamespaced,
    CanDeleteNamespaced,
    CanGetNamespaced,
    CanListNamespaced,
    NamespacedResource,
    NamespacedResourceWithStatus,
)

__all__ = [
    "CanApply",
    "CanApplyNamespaced",
    "CanChange",
    "CanChangeNamespaced",
    "CanChangeStatus",
    "CanChangeStatusNamespaced",
    "CanCreate",
    "CanCreateNamespaced",
    "CanDelete",
    "CanDeleteCollection",
    "CanDeleteCollectionNamespaced",
    "CanDeleteNamespaced",
    "CanGet",
    "CanGetNamespaced",
    "CanList",
    "CanListNamespaced",
    "ClusterResource",
    "ClusterResourceWithStatus",
    "NamespacedResource",
    "NamespacedResourceWithStatus",
]
