"""The kubeconfigs of the table in accepted.py, rejected.py and stricter.py, and how they are written.

In the texts, HTTPS and HTTP stand for the addresses of recording servers, CA, CERT and KEY for base64 data, and DIR for
the directory of the file, which also holds ca.crt, client.crt, client.key, token.txt and plugin.
"""

from __future__ import annotations

from dataclasses import dataclass

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"


@dataclass(frozen=True)
class Case:
    """One kubeconfig."""

    name: str
    text: str
    place: str = ""
    """Where aiokube says the fault is; empty when there is none."""
    reason: str = ""
    """Why aiokube rejects what kubectl goes on with; empty when they agree."""
    encoding: str = "utf-8"


def kubeconfig(
    *,
    cluster: str = "server: 'HTTPS', insecure-skip-tls-verify: true",
    user: str = "token: t0k3n",
    context: str = "cluster: k, user: u",
    more: str = "",
) -> str:
    """A kubeconfig with one entry of each kind."""
    return (
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
        f"contexts: [{{name: c, context: {{{context}}}}}]\n"
        f"clusters: [{{name: k, cluster: {{{cluster}}}}}]\n"
        f"users: [{{name: u, user: {{{user}}}}}]\n{more}"
    )


PLAIN = kubeconfig()
CLUSTER, USER, CONTEXT = 'clusters[0] "k": ', 'users[0] "u": ', 'contexts[0] "c": '


def https(more: str) -> str:
    return f"server: 'HTTPS', {more}"


def insecure(server: str) -> str:
    return f'server: "{server}", insecure-skip-tls-verify: true'


def plugin(more: str) -> str:
    return f"exec: {{command: ./plugin, {more}}}"
