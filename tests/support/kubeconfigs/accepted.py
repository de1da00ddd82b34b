"""Kubeconfigs that both kubectl and aiokube accept."""

from __future__ import annotations

from .cases import PLAIN, V1, V1BETA1, Case, https, insecure, kubeconfig, plugin

ACCEPTED = [
    Case("token", PLAIN),
    Case(
        "block style",
        PLAIN.replace("users: [{name: u, user: {token: t0k3n}}]", "users:\n- name: u\n  user:\n    token: t0k3n"),
    ),
    Case("no apiVersion and kind", PLAIN.replace("apiVersion: v1\nkind: Config\n", "")),
    Case("unknown fields", kubeconfig(cluster=insecure("HTTPS") + ", new: 1", more="future: {a: [b]}\n")),
    Case("UTF-8 with a byte order mark", PLAIN, encoding="utf-8-sig"),
    Case("UTF-16", PLAIN, encoding="utf-16"),
    Case("CRLF", PLAIN.replace("\n", "\r\n")),
    Case("tab after the colon", PLAIN.replace("kind: Config", "kind:\tConfig")),
    Case("YAML 1.1 directive", "%YAML 1.1\n---\n" + PLAIN),
    Case("only the first document counts", PLAIN + "---\n[not, a, kubeconfig]\n"),
    Case("text after the end of the document", PLAIN + "...\n: [\n"),
    Case(
        "alias", kubeconfig(user="<<: *shared", more="").replace("contexts:", "x: &shared {token: t0k3n}\ncontexts:", 1)
    ),
    Case(
        "merge below a field",
        PLAIN.replace("contexts:", "x: &s {token: other}\ncontexts:", 1).replace(
            "token: t0k3n", "token: t0k3n, <<: *s"
        ),
    ),
    Case(
        "merge above a field",
        PLAIN.replace("contexts:", "x: &s {token: other}\ncontexts:", 1).replace(
            "token: t0k3n", "<<: *s, token: t0k3n"
        ),
    ),
    Case(
        "merge of a list",
        PLAIN.replace("contexts:", "x: &s {token: one}\ny: &t {token: two}\ncontexts:", 1).replace(
            "token: t0k3n", "<<: [*s, *t]"
        ),
    ),
    Case("quoted merge key", PLAIN.replace("token: t0k3n", 'token: t0k3n, "<<": {token: other}')),
    Case("token like a date", kubeconfig(user="token: 2001-12-14")),
    Case("token like a sexagesimal", kubeconfig(user="token: 12:30:45")),
    Case("token too large for a float", kubeconfig(user="token: 1e400")),
    Case("token with tab, space and umlaut", kubeconfig(user='token: "a\\t b\\u00fc"')),
    Case("token with tag !!str", kubeconfig(user="token: !!str 123")),
    Case("token with tag !!binary", kubeconfig(user="token: !!binary dDBrM24=")),
    Case(
        "block with tag !!binary, as PyYAML writes bytes",
        PLAIN.replace(
            "users: [{name: u, user: {token: t0k3n}}]",
            "users:\n- name: u\n  user:\n    token: !!binary |\n      dDBr\n      M24=",
        ),
    ),
    Case("yes is true", kubeconfig(cluster="server: HTTPS, insecure-skip-tls-verify: yes")),
    Case("namespace", kubeconfig(context="cluster: k, user: u, namespace: shop")),
    Case("null fields", kubeconfig(user="token: t0k3n, exec: null, as: ~, as-groups: null, client-key-data: ''")),
    Case("null entry in a list", PLAIN.replace("clusters: [", "clusters: [null, ")),
    Case(
        "fault in an entry that is not in use",
        PLAIN.replace("users: [", "users: [{name: v, user: {exec: {}, as-uid: x}}, "),
    ),
    Case("key without certificate", kubeconfig(user="token: t0k3n, client-key-data: KEY")),
    Case("basic", kubeconfig(user="username: alice, password: 'pa:ss word'")),
    Case("basic without password", kubeconfig(user="username: alice")),
    Case("token file", kubeconfig(user="tokenFile: token.txt")),
    Case("token file, absolute", kubeconfig(user="tokenFile: DIR/token.txt")),
    Case("token file beside a token", kubeconfig(user="token: t0k3n, tokenFile: token.txt")),
    Case("missing token file beside a token", kubeconfig(user="token: t0k3n, tokenFile: nothing.txt")),
    Case("CA data", kubeconfig(cluster=https("certificate-authority-data: CA"))),
    Case("CA data in lines", kubeconfig(cluster=https('certificate-authority-data: "CA\\n"'))),
    Case("CA file", kubeconfig(cluster=https("certificate-authority: ./sub/../ca.crt"))),
    Case(
        "TLS server name",
        kubeconfig(cluster=https("certificate-authority: ca.crt, tls-server-name: apiserver.internal")),
    ),
    Case("disable compression", kubeconfig(cluster=insecure("HTTPS") + ", disable-compression: true")),
    Case("certificate data", kubeconfig(user="client-certificate-data: CERT, client-key-data: KEY")),
    Case("certificate files", kubeconfig(user="client-certificate: client.crt, client-key: client.key")),
    Case("certificate data, key file", kubeconfig(user="client-certificate-data: CERT, client-key: client.key")),
    Case(
        "certificate and token", kubeconfig(user="client-certificate: client.crt, client-key: client.key, token: t0k3n")
    ),
    Case(
        "impersonation",
        kubeconfig(
            user="token: t0k3n, as: jane, as-uid: u-1, as-groups: [a, 'b c'], "
            "as-user-extra: {scopes: [view, edit], Acme/Team: [red]}"
        ),
    ),
    Case("path in the server", kubeconfig(cluster=insecure("HTTPS/clusters/a/"))),
    Case("query and fragment in the server", kubeconfig(cluster=insecure("HTTPS/p?x=1#f"))),
    Case("query without path", kubeconfig(cluster=insecure("HTTPS?x=1"))),
    Case("upper-case scheme", kubeconfig(cluster=insecure("UPPER_HTTPS"))),
    Case("http: no token is sent", kubeconfig(cluster="server: HTTP")),
    Case("http: no password is sent", kubeconfig(cluster="server: HTTP", user="username: a, password: b")),
    Case("http: no plugin is run", kubeconfig(cluster="server: HTTP", user=plugin(f"apiVersion: {V1BETA1}"))),
    Case("http: still impersonates", kubeconfig(cluster="server: HTTP", user="token: t0k3n, as: jane")),
    Case(
        "http: insecure with a CA",
        kubeconfig(cluster="server: HTTP, insecure-skip-tls-verify: true, certificate-authority: ca.crt"),
    ),
    Case("no scheme is http", kubeconfig(cluster="server: 'BARE'")),
    Case("exec", kubeconfig(user=plugin(f"apiVersion: {V1}, interactiveMode: Never, args: [get, --it]"))),
    Case(
        "exec v1beta1 without interactiveMode", kubeconfig(user=plugin(f"apiVersion: {V1BETA1}, args: null, env: null"))
    ),
    Case("exec beside a token", kubeconfig(user="token: t0k3n, " + plugin(f"apiVersion: {V1BETA1}"))),
]

ANONYMOUS = [
    Case("no user", kubeconfig(context="cluster: k")),
    Case("empty user", kubeconfig(user="")),
    Case("password without user name", kubeconfig(user="password: x")),
]
"""Kubeconfigs without credentials, for which kubectl prompts for a user name and a password."""
