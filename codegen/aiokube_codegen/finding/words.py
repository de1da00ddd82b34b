"""Names that no document has: commands and functions of other clients beside the operations of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ANY: Final = 'kube.api("crontabs.stable.example.com")'
_VERBS: Final = {
    "create": "create(body)",
    "delete": "delete(name)",
    "delete_collection": "delete_collection()",
    "get": "get(name)",
    "list": "list()",
    "patch": "patch(name, body)",
    "replace": "replace(obj)",
}
_GENERATED: Final = "A client that is generated from the cluster has methods and classes for it."
_CUSTOM_OBJECTS: Final = (
    ("CustomObjectsApi.get_api_resources", "await kube.resources()", ""),
    ("CustomObjectsApi.list_custom_object_for_all_namespaces", f"await {_ANY}.list(all_namespaces=True)", _GENERATED),
    *(
        (f"CustomObjectsApi.{verb}_{scope}_custom_object", f"await {_ANY}.{call}", _GENERATED)
        for verb, call in _VERBS.items()
        for scope in ("cluster", "namespaced")
    ),
    *(
        (
            f"CustomObjectsApi.{verb}_{scope}_custom_object_{part}",
            f"await {_ANY}.{verb}_{part}({arguments})",
            _GENERATED,
        )
        for verb, arguments in (("get", "name"), ("patch", "name, body"), ("replace", "obj"))
        for scope in ("cluster", "namespaced")
        for part in ("scale", "status")
    ),
)

OTHERS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "kubectl": (
        ("api-resources", "await kube.resources()", ""),
        ("api-versions", "await kube.resources()", "Each has its `group` and `version`."),
        ("apply -f", 'await kube.apply(Path("deploy/"), field_manager="ci")', "`prune=` removes what is gone."),
        ("auth can-i", "await kube.authorization_v1.self_subject_access_reviews.create(review)", ""),
        ("auth whoami", "await kube.authentication_v1.self_subject_reviews.create({})", ""),
        ("autoscale", "await kube.autoscaling_v2.horizontal_pod_autoscalers.create(autoscaler)", ""),
        (
            "certificate approve",
            "await kube.certificates_v1.certificate_signing_requests.patch_approval(name, body)",
            "",
        ),
        ("config get-contexts", "Config.contexts()", ""),
        ("config use-context", 'Client(context="prod")', "The kubeconfig is not changed."),
        ("debug", "await kube.core_v1.pods.patch_ephemeral_containers(name, body)", ""),
        ("delete -f", 'await kube.delete(Path("deploy/"))', ""),
        (
            "describe",
            "await kube.core_v1.pods.get(name)",
            "Its events: `kube.core_v1.events.list(field_selector=...)`.",
        ),
        ("diff", 'await kube.diff(Path("deploy/"))', ""),
        ("events", "await kube.core_v1.events.list()", ""),
        ("explain", "aiokube explain pods.spec", "A command, like that of kubectl."),
        ("expose", "await kube.core_v1.services.create(service)", ""),
        ("run", "await kube.core_v1.pods.create(pod)", "A command in a pod that runs: `kube.core_v1.pods.run`."),
        ("taint", "await kube.core_v1.nodes.edit(name, change)", "`change` sets `node.spec.taints`."),
        ("version", "await kube.version()", ""),
    ),
    "kubernetes, kubernetes_asyncio": (
        ("config.load_config", "Client()", "Finds the kubeconfig, or the service account of the pod."),
        ("config.load_kube_config", "Client(kubeconfig=path, context=name)", "Both have the defaults of kubectl."),
        ("config.load_incluster_config", "Client()", "`Config.in_cluster()` takes nothing but the service account."),
        ("config.load_kube_config_from_dict", "Client(Config.from_dict(data))", ""),
        ("config.list_kube_config_contexts", "Config.contexts()", ""),
        ("client.ApiClient", "Client()", "A context manager: `async with Client() as kube`."),
        ("client.Configuration", "Config(server=..., token=...)", "There is no default for the process."),
        ("client.ApiException", "aiokube.errors.ApiError", "With a class for each reason: `NotFound`, `Conflict`."),
        ("api_client.sanitize_for_serialization", "pod.to_dict()", ""),
        ("watch.Watch", "kube.core_v1.pods.watch()", "Events have `type` and `object`; `informer` keeps a cache."),
        ("stream.WsApiClient", "kube.core_v1.pods.run(name, command)", "`exec` for a process to talk to."),
        ("stream.stream", "kube.core_v1.pods.run(name, command)", "`exec` for a process to talk to."),
        ("stream.portforward", "kube.core_v1.pods.port_forward(name, port)", ""),
        ("utils.create_from_yaml", "await kube.apply(path)", "Creates and updates; many documents, folders, `List`."),
        ("dynamic.DynamicClient", 'kube.api("deployments.apps")', "The verbs over any kind, by class or by name."),
        ("leaderelection", "LeaderElector", ""),
        *_CUSTOM_OBJECTS,
    ),
    "lightkube": (
        ("lightkube.AsyncClient", "Client()", ""),
        ("client.set", "kube.core_v1.pods.label(name, labels)", "And `annotate`."),
        ("client.apply", "kube.core_v1.pods.apply(pod, field_manager=...)", ""),
        ("client.wait", "kube.core_v1.pods.wait_for(name, condition)", ""),
        ("client.watch", "kube.core_v1.pods.watch()", ""),
        ("codecs.load_all_yaml", "aiokube.manifests.load(text)", ""),
        ("generic_resource.create_namespaced_resource", 'kube.api("crontabs.stable.example.com")', ""),
        ("generic_resource.create_global_resource", 'kube.api("crontabs.stable.example.com")', ""),
    ),
    "kr8s": (
        ("kr8s.asyncio.api", "Client()", "A value of your own, not shared."),
        ("kr8s.asyncio.watch", "kube.core_v1.pods.watch()", ""),
        ("kr8s.asyncio.whoami", "await kube.authentication_v1.self_subject_reviews.create({})", ""),
        ("kr8s.asyncio.api_resources", "await kube.resources()", ""),
        ("kr8s.asyncio.objects.new_class", 'kube.api("crontabs.stable.example.com")', ""),
        ("kr8s.asyncio.objects.objects_from_files", "aiokube.manifests.load(path)", ""),
        ("pod.wait", "await kube.core_v1.pods.wait_for(name, condition)", ""),
        ("pod.exists", "await kube.core_v1.pods.get(name)", "`NotFound` is raised where it does not exist."),
        ("pod.refresh", "await kube.core_v1.pods.get(name)", "A new object: those there are do not change."),
        ("pod.label", "await kube.core_v1.pods.label(name, labels)", ""),
        ("pod.annotate", "await kube.core_v1.pods.annotate(name, annotations)", ""),
        ("node.cordon", "await kube.core_v1.nodes.cordon(name)", ""),
        ("node.uncordon", "await kube.core_v1.nodes.uncordon(name)", ""),
    ),
}
"""By whose it is: the name, what to write instead, and what else there is to know."""
