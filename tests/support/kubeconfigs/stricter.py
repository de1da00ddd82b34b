"""Kubeconfigs that kubectl accepts and aiokube rejects, each with the reason."""

from __future__ import annotations

from .cases import CLUSTER, CONTEXT, PLAIN, USER, Case, insecure, kubeconfig

STRICTER = [
    Case("empty file", "", "current-context: is missing", "kubectl uses localhost:8080"),
    Case("null", "null", "current-context: is missing", "kubectl uses localhost:8080"),
    Case(
        "no current-context",
        PLAIN.replace("current-context: c\n", ""),
        "current-context: is missing; set it, or pass context= with one of 'c'",
        "kubectl uses localhost:8080",
    ),
    Case(
        "context without cluster",
        kubeconfig(context="user: u"),
        CONTEXT + "cluster: is missing",
        "kubectl uses localhost:8080",
    ),
    Case(
        "dangling cluster",
        kubeconfig(context="cluster: zz, user: u"),
        CONTEXT + "cluster: there is no cluster 'zz'",
        "kubectl uses localhost:8080",
    ),
    Case(
        "cluster is null",
        PLAIN.replace("cluster: {server: 'HTTPS', insecure-skip-tls-verify: true}", "cluster: null"),
        CLUSTER + "server: is missing",
        "kubectl uses localhost:8080",
    ),
    Case(
        "server is empty",
        kubeconfig(cluster=insecure("")),
        CLUSTER + "server: is missing",
        "kubectl uses localhost:8080",
    ),
    Case(
        "field in another case",
        kubeconfig(cluster="Server: HTTPS"),
        CLUSTER + "server: is missing",
        "kubectl uses localhost:8080",
    ),
    Case(
        "dangling user",
        kubeconfig(context="cluster: k, user: zz"),
        CONTEXT + "user: there is no user 'zz'",
        "kubectl continues anonymously",
    ),
    Case(
        "repeated key",
        PLAIN + "current-context: c\n",
        "line 7: the key 'current-context' is repeated, first on line 3",
        "it is ambiguous; kubectl uses the last",
    ),
    Case(
        "tag that makes an object",
        kubeconfig(user="token: !!python/object:os.system x"),
        "line 6: a tag",
        "nothing in a kubeconfig needs tags",
    ),
    Case(
        "custom tag",
        kubeconfig(user="token: !secret t0k3n"),
        "line 6: a tag is not allowed; put a value that begins with ! in quotes",
        "nothing in a kubeconfig needs tags",
    ),
    Case(
        "nested 9,000 deep",
        PLAIN + "x: " + "[" * 9_000 + "]" * 9_000,
        "nested deeper than 100 levels",
        "kubectl allows 10,000",
    ),
    Case(
        "namespace is not a DNS label",
        kubeconfig(context="cluster: k, user: u, namespace: A_b"),
        CONTEXT + "namespace: 'A_b' is not the name of a namespace",
        "kubectl fails later, at each request",
    ),
    Case(
        "server with user name and password",
        kubeconfig(cluster=insecure("USERINFO_HTTPS")),
        CLUSTER + "server: contains a user name or password",
        "kubectl sends them as well, unless there is a token",
    ),
    Case(
        "server name with a line break",
        kubeconfig(cluster=insecure("HTTPS") + ', tls-server-name: "a\\nb"'),
        CLUSTER + "tls-server-name: 'a\\nb' is not a host name",
        "kubectl ignores it without verification",
    ),
    Case(
        "user name with a line break",
        kubeconfig(user='username: "a\\nb", password: c'),
        USER + "username: 'a\\nb' contains a line break",
        "RFC 7617 forbids control characters",
    ),
]
