"""The notation of the table in accepted.py, rejected.py and stricter.py.

In the texts, HTTPS and HTTP stand for the addresses of recording servers, CA, CERT and KEY for base64 data, and DIR for
the directory of the file, which also contains ca.crt, client.crt, client.key, token.txt and plugin.
"""

from __future__ import annotations

from dataclasses import dataclass

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"


@dataclass(frozen=True)
class Case:
    """A kubeconfig of the table."""

    name: str
    text: str
    place: str = ""
    """The part of aiokube's error that names the location of the fault; empty if the kubeconfig is accepted."""
    reason: str = ""
    """The reason for which only aiokube rejects it; empty if kubectl does so, too."""
    encoding: str = "utf-8"


def kubeconfig(
    *,
    cluster: str = "server: 'HTTPS', insecure-skip-tls-verify: true",
    user: str = "token: t0k3n",
    context: str = "cluster: k, user: u",
    more: str = "",
) -> str:
    """Return a kubeconfig with one entry of each kind."""
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
