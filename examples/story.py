"""A tour from the first request to a generated client: TLS, credentials, RBAC, a pod's life, code generation.

Run `make demo` for a test cluster, or `python examples/story.py [KUBECONFIG]` for your own. It creates a
ClusterRoleBinding and a Pod, and deletes both.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from aiokube import Client, Config
from aiokube.errors import ApiError, Forbidden, NotFound, TLSError
from aiokube.models import authentication_v1, core_v1, meta_v1, rbac_v1

T = TypeVar("T")

NAME = "aiokube-story"
CALL = """
import asyncio, sys
from mycluster import Client

async def main():
    async with Client(kubeconfig=sys.argv[1] or None) as kube:
        version = await kube.version()
        nodes = await kube.core_v1.nodes.list()
        print(version.git_version, len(nodes.items))

asyncio.run(main())
"""


def find_server(kubeconfig: str | None = None) -> Config:
    """Find the server and the user in the kubeconfig, as kubectl does."""
    return Config.load(kubeconfig=kubeconfig)


async def without_ca(admin: Config) -> TLSError:
    """Call the server without its CA: the certificate cannot be verified."""
    async with Client(Config(server=admin.server)) as kube:
        return await _failure(TLSError, kube)


async def anonymous(admin: Config) -> Forbidden:
    """Call the server with its CA and without credentials."""
    async with Client(_without_credentials(admin)) as kube:
        return await _failure(Forbidden, kube)


async def unverified(admin: Config) -> Forbidden:
    """Call the server without verifying its certificate, as configured explicitly."""
    async with Client(Config(server=admin.server, insecure_skip_tls_verify=True)) as kube:
        return await _failure(Forbidden, kube)


async def service_account(admin: Config) -> Config:
    """Create a token for the service account `default`, and return a config that uses it."""
    async with Client(admin) as kube:
        request = authentication_v1.TokenRequest(
            spec=authentication_v1.TokenRequestSpec(audiences=[], expiration_seconds=600)
        )
        response = await kube.core_v1.service_accounts.create_token_request("default", request, namespace="default")
    return _without_credentials(admin, token=response.status.token)


async def as_service_account(account: Config) -> Forbidden:
    """Call the server with the token: authenticated, but not authorized."""
    async with Client(account) as kube:
        return await _failure(Forbidden, kube)


@asynccontextmanager
async def cluster_admin(admin: Config) -> AsyncIterator[rbac_v1.ClusterRoleBinding]:
    """Bind the service account to cluster-admin while the block runs."""
    binding = rbac_v1.ClusterRoleBinding(
        metadata=meta_v1.ObjectMeta(name=NAME),
        role_ref=rbac_v1.RoleRef(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name="cluster-admin"),
        subjects=[rbac_v1.Subject(kind="ServiceAccount", name="default", namespace="default")],
    )
    async with Client(admin) as kube:
        yield await kube.rbac_v1.cluster_role_bindings.create(binding)
        await kube.rbac_v1.cluster_role_bindings.delete(NAME)


async def paths(account: Config) -> list[str]:
    """Read the paths of `/`; a new binding takes effect after a moment."""
    async with Client(account) as kube:
        return await _soon(kube.root_paths)


async def run_pod(account: Config) -> core_v1.Pod:
    """Create a Pod, and watch it until it is running."""
    pod = core_v1.Pod(
        metadata=meta_v1.ObjectMeta(name=NAME, labels={"app": NAME}),
        spec=core_v1.PodSpec(
            containers=[core_v1.Container(name="main", image="busybox:1.37", command=["sleep", "60"])]
        ),
    )
    async with Client(account) as kube:
        created = await kube.core_v1.pods.create(pod)
        async for event in kube.core_v1.pods.watch(
            field_selector=f"metadata.name={NAME}",
            resource_version=created.metadata.resource_version,
            timeout_seconds=60,
        ):
            if event.object.status.phase == "Running":
                return event.object
    raise TimeoutError(f"the Pod {NAME} was not running after a minute")


async def list_pods(account: Config) -> core_v1.PodList:
    """List the Pods with a label."""
    async with Client(account) as kube:
        return await kube.core_v1.pods.list(label_selector=f"app={NAME}")


async def label_pod(account: Config) -> core_v1.Pod:
    """Add a label to the Pod with a patch."""
    async with Client(account) as kube:
        return await kube.core_v1.pods.patch(NAME, {"metadata": {"labels": {"story": "told"}}})


async def pod_log(account: Config) -> str:
    """Read the last lines of the log."""
    async with Client(account) as kube:
        return await kube.core_v1.pods.log(NAME, tail_lines=5)


async def evict_pod(account: Config) -> None:
    """Evict the Pod, and wait until it is gone."""
    async with Client(account) as kube:
        await kube.core_v1.pods.evict(NAME, {"deleteOptions": {"gracePeriodSeconds": 0}})
        for _ in range(100):
            try:
                await kube.core_v1.pods.get(NAME)
            except NotFound:
                return
            await asyncio.sleep(0.1)
    raise TimeoutError(f"the evicted Pod {NAME} is still there")


async def delete_pod(account: Config) -> None:
    """Delete the Pod at once."""
    async with Client(account) as kube:
        await kube.core_v1.pods.delete(NAME, grace_period_seconds=0)


async def generate(kubeconfig: str | None, folder: Path) -> str:
    """Generate a client from the OpenAPI document of the server, and return the report."""
    command = [sys.executable, "-m", "aiokube_codegen.cli", "generate", "--output", str(folder / "mycluster")]
    command += ["--kubeconfig", kubeconfig] if kubeconfig else []
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    return done.stdout


async def call_generated(kubeconfig: str | None, folder: Path) -> str:
    """Call the generated client in a new process, and return its output."""
    command = [sys.executable, "-c", CALL, kubeconfig or ""]
    done = await asyncio.to_thread(subprocess.run, command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _without_credentials(admin: Config, token: str | None = None) -> Config:
    """Return a config for the same server and CA, with no credentials but a token."""
    return Config(
        server=admin.server,
        certificate_authority=admin.certificate_authority,
        certificate_authority_data=admin.certificate_authority_data,
        token=token,
    )


async def _failure(kind: type[T], kube: Client) -> T:
    try:
        await kube.root_paths()
    except (ApiError, TLSError) as error:
        if isinstance(error, kind):
            return error
        raise
    raise AssertionError(f"the call succeeded; {kind.__name__} was expected")


async def _soon(call: Callable[[], Awaitable[T]]) -> T:
    for _ in range(50):
        try:
            return await call()
        except Forbidden:
            await asyncio.sleep(0.1)
    return await call()


async def main(kubeconfig: str | None) -> None:
    """Run every step, and print what each returns."""
    admin = find_server(kubeconfig)
    print(f"1. The server of the kubeconfig: {admin.server}\n")
    print(f"2. Without its CA:\n   {await without_ca(admin)}\n")
    print(f"3. With its CA and no credentials:\n   {(await anonymous(admin)).message}\n")
    print(f"4. Without verification, and without credentials:\n   {(await unverified(admin)).message}\n")
    account = await service_account(admin)
    print(f"5. With the token of a service account:\n   {(await as_service_account(account)).message}\n")
    async with cluster_admin(admin) as binding:
        found = await paths(account)
        print(f"6. Bound to {binding.role_ref.name}, it reads {len(found)} paths: {', '.join(found[:4])}, ...\n")
        running = await run_pod(account)
        print(f"7. A new Pod is {running.status.phase} at {running.status.pod_ip}")
        listed = await list_pods(account)
        print(f"   listed: {[pod.metadata.name for pod in listed.items]}")
        print(f"   patched: {(await label_pod(account)).metadata.labels}")
        print(f"   its log: {(await pod_log(account)).splitlines()}")
        await evict_pod(account)
        print("   evicted\n")
        with tempfile.TemporaryDirectory() as folder:
            print("8. aiokube generate --output mycluster")
            print("   " + (await generate(kubeconfig, Path(folder))).replace("\n", "\n   "))
            print(f"9. from mycluster import Client: {await call_generated(kubeconfig, Path(folder))}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
