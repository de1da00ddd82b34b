"""Pods for the benchmarks: created in a real API server, scheduled, and reported as running."""

from __future__ import annotations

import asyncio
import sys

from aiokube import Client, Quantity
from aiokube.models import core_v1, meta_v1

_AT_ONCE = 50


def _pod(number: int) -> core_v1.Pod:
    resources = core_v1.ResourceRequirements(
        requests={"cpu": Quantity("1m"), "memory": Quantity("1Mi")},
        limits={"cpu": Quantity(1), "memory": Quantity("1Gi")},
    )

    def probe(path: str, port: str) -> core_v1.Probe:
        return core_v1.Probe(http_get=core_v1.HTTPGetAction(path=path, port=port), period_seconds=10)

    env = [core_v1.EnvVar(name=f"SETTING_{n}", value=f"value-{n}") for n in range(6)]
    field = core_v1.EnvVarSource(field_ref=core_v1.ObjectFieldSelector(field_path="metadata.name"))
    env.append(core_v1.EnvVar(name="POD_NAME", value_from=field))
    containers = [
        core_v1.Container(
            name=name,
            image=f"registry.example.com/team/{name}:1.2.3",
            args=["--verbose", f"--name={name}"],
            env=env,
            ports=[core_v1.ContainerPort(name=name, container_port=8080 + index)],
            resources=resources,
            liveness_probe=probe("/healthz", name),
            readiness_probe=probe("/readyz", name),
            volume_mounts=[core_v1.VolumeMount(name="config", mount_path="/etc/app")],
        )
        for index, name in enumerate(("main", "proxy"))
    ]
    labels = {"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": f"web-{number % 20}", "tier": "front"}
    return core_v1.Pod(
        metadata=meta_v1.ObjectMeta(
            name=f"web-{number:05}", labels=labels, annotations={"example.com/checksum": f"{number:064x}"}
        ),
        spec=core_v1.PodSpec(
            containers=containers,
            volumes=[
                core_v1.Volume(name="config", config_map=core_v1.ConfigMapVolumeSource(name="web", optional=True))
            ],
        ),
    )


async def make_small(kubeconfig: str) -> None:
    """Create the ConfigMap `small`."""
    async with Client(kubeconfig=kubeconfig) as kube:
        await kube.core_v1.config_maps.create(
            core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="small"), data={"color": "blue"})
        )


async def make_pods(kubeconfig: str, count: int) -> bytes:
    """Create pods, wait until all of them are running, and return the list of them as JSON from the server."""
    async with Client(kubeconfig=kubeconfig) as kube:
        limit = asyncio.Semaphore(_AT_ONCE)

        async def create(number: int) -> None:
            async with limit:
                await kube.core_v1.pods.create(_pod(number))

        print(f"creating {count} pods ...", file=sys.stderr)
        await asyncio.gather(*(create(number) for number in range(count)))
        while True:
            waiting = await kube.core_v1.pods.list(field_selector="status.phase!=Running", limit=1)
            if not waiting.items:
                break
            await asyncio.sleep(1)
        path = "/api/v1/namespaces/default/pods"
        return bytes((await kube.request("GET", path, accept="application/json")).body)


async def change_pods(kubeconfig: str, rounds: int) -> tuple[str, int]:
    """Patch every pod once in each round; return the resource version before that, and the number of changes."""
    async with Client(kubeconfig=kubeconfig) as kube:
        start = await kube.core_v1.pods.list(limit=1)
        assert start.metadata.resource_version
        names = [pod.metadata.name async for pod in kube.core_v1.pods.iterate()]
        limit = asyncio.Semaphore(_AT_ONCE)

        async def change(name: str, number: int) -> None:
            async with limit:
                await kube.core_v1.pods.patch(name, {"metadata": {"annotations": {"example.com/round": str(number)}}})

        print(f"changing {len(names)} pods {rounds} times ...", file=sys.stderr)
        for number in range(rounds):
            await asyncio.gather(*(change(name, number) for name in names if name))
        return start.metadata.resource_version, len(names) * rounds
