"""The table of kubeconfigs: what kubectl accepts, what it rejects, and where aiokube is stricter, with the reason.

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
            user="token: t0k3n, as: jane, as-uid: u-1, as-groups: [a, 'b c'], as-user-extra: {scopes: [view, edit], Acme/Team: [red]}"
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
"""Kubeconfigs without credentials: kubectl asks its user for a name and a password then."""

REJECTED = [
    Case("a list", "[1, 2]", "must be a mapping"),
    Case("a string", "hello", "must be a mapping"),
    Case("a number", "3", "must be a mapping"),
    Case("not YAML", "a: b: c", "not valid YAML: line 1"),
    Case("Latin-1", kubeconfig(user="token: 'ü'"), "not utf-8 text", encoding="latin-1"),
    Case("UTF-16 without a byte order mark", PLAIN, "not valid YAML", encoding="utf-16-le"),
    Case("control character", PLAIN + "x: \x01\n", "control characters are not allowed"),
    Case("another kind", PLAIN.replace("kind: Config", "kind: Pod"), "kind: is 'Pod'"),
    Case("another version", PLAIN.replace("apiVersion: v1", "apiVersion: v2"), "apiVersion: is 'v2'"),
    Case("alias to itself", PLAIN + "x: &a [*a]\n", "line 7: the anchor &a contains itself"),
    Case("alias to nothing", PLAIN + "x: *nothing\n", "line 7: there is no anchor &nothing"),
    Case(
        "alias bomb",
        PLAIN
        + "b0: &b0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"b{i}: &b{i} [{', '.join([f'*b{i - 1}'] * 9)}]\n" for i in range(1, 9)),
        "more than 1000000 values",
    ),
    Case("nested too deep", PLAIN + "x: " + "[" * 20_000 + "]" * 20_000, "nested deeper than 100 levels"),
    Case("merge of a number", PLAIN + "x: {<<: 3}\n", "line 7: a merge"),
    Case("null key", PLAIN + "~: x\n", "line 7: a key must be a string"),
    Case("list as a key", PLAIN + "? [a]\n: x\n", "line 7: a key must be a string"),
    Case("infinity", PLAIN + "x: .inf\n", "line 7: infinity"),
    Case("clusters is a mapping", "clusters: {a: b}", "clusters: is a mapping and must be a list"),
    Case("entry is a string", PLAIN.replace("users: [", "users: [abc, "), "users[0]: is a string"),
    Case("name is a number", PLAIN.replace("name: k", "name: 3"), "clusters[0]: name: is a number (3)"),
    Case(
        "duplicate cluster",
        PLAIN.replace("clusters: [", "clusters: [{name: k}, "),
        'clusters[1] "k": the name is taken',
    ),
    Case("duplicate user", PLAIN.replace("users: [", "users: [{name: u}, "), 'users[1] "u": the name is taken'),
    Case(
        "duplicate context",
        PLAIN.replace("contexts: [", "contexts: [{name: c}, "),
        'contexts[1] "c": the name is taken',
    ),
    Case(
        "duplicate extension",
        PLAIN + "extensions: [{name: e, extension: 1}, {name: e, extension: 2}]\n",
        'extensions[1] "e": the name is taken',
    ),
    Case("preferences is a number", PLAIN + "preferences: 3\n", "preferences: is a number"),
    Case(
        "dangling current-context",
        PLAIN.replace("current-context: c", "current-context: zz"),
        "current-context: there is no context 'zz'",
    ),
    *(
        Case(f"token is {text}", kubeconfig(user=f"token: {text}"), USER + "token: is a number")
        for text in (
            "12345",
            "0123",
            "1_000",
            "1e3",
            "0x1F",
            "0b11",
            "-0b11",
            "+1",
            ".5",
            "5.",
            "0o7",
            "08",
            "1_",
            "12e03",
            "1" * 30,
        )
    ),
    *(
        Case(f"token is {text}", kubeconfig(user=f"token: {text}"), USER + "token: is a boolean")
        for text in ("yes", "y", "N", "on", "True", "OFF")
    ),
    Case(
        "insecure-skip-tls-verify is a string",
        kubeconfig(cluster=https("insecure-skip-tls-verify: 'true'")),
        CLUSTER + "insecure-skip-tls-verify: is a string ('true')",
    ),
    Case("as-groups is a string", kubeconfig(user="as: a, as-groups: b"), USER + "as-groups: is a string"),
    Case(
        "as-user-extra holds a string",
        kubeconfig(user="as: a, as-user-extra: {b: c}"),
        USER + "as-user-extra: b: is a string",
    ),
    Case("exec argument is a number", kubeconfig(user="exec: {args: [1]}"), USER + "exec: args[0]: is a number"),
    Case(
        "auth-provider config holds a number",
        kubeconfig(user="auth-provider: {name: oidc, config: {a: 1}}"),
        USER + "auth-provider: config.a: is a number",
    ),
    *(
        Case(
            f"base64 {text!r}",
            kubeconfig(cluster=https(f"certificate-authority-data: '{text}'")),
            CLUSTER + "certificate-authority-data: is not base64",
        )
        for text in ("!!!", "YWJjZA", "YWJj ZGVm", "YW-_", "YWJj====")
    ),
    Case(
        "base64 in an entry that is not in use",
        PLAIN.replace("users: [", "users: [{name: v, user: {client-key-data: '!'}}, "),
        'users[0] "v": client-key-data: is not base64',
    ),
    Case(
        "CA data is no PEM",
        kubeconfig(cluster=https("certificate-authority-data: YWJj")),
        CLUSTER + "certificate-authority-data: holds no PEM certificate",
    ),
    Case(
        "CA data and file",
        kubeconfig(cluster=https("certificate-authority-data: CA, certificate-authority: ca.crt")),
        CLUSTER + "certificate-authority: certificate-authority-data is set as well",
    ),
    Case(
        "CA file is missing",
        kubeconfig(cluster=https("certificate-authority: nothing.crt")),
        CLUSTER + "certificate-authority: cannot read 'DIR/nothing.crt': No such file",
    ),
    Case(
        "CA file is a directory",
        kubeconfig(cluster=https("certificate-authority: DIR")),
        CLUSTER + "certificate-authority: DIR is a directory",
    ),
    Case(
        "insecure with a CA",
        kubeconfig(cluster=insecure("HTTPS") + ", certificate-authority: ca.crt"),
        CLUSTER + "insecure-skip-tls-verify: goes with no certificate authority",
    ),
    Case("certificate without key", kubeconfig(user="client-certificate-data: CERT"), USER + "client-key: is missing"),
    Case(
        "certificate data and file",
        kubeconfig(user="client-certificate-data: CERT, client-certificate: client.crt, client-key: client.key"),
        USER + "client-certificate: client-certificate-data is set as well",
    ),
    Case(
        "key data and file",
        kubeconfig(user="client-certificate: client.crt, client-key: client.key, client-key-data: KEY"),
        USER + "client-key: client-key-data is set as well",
    ),
    Case(
        "certificate is no PEM",
        kubeconfig(user="client-certificate-data: YWJj, client-key-data: KEY"),
        USER + "client-certificate-data: holds no PEM certificate",
    ),
    Case(
        "key is no PEM",
        kubeconfig(user="client-certificate-data: CERT, client-key-data: YWJj"),
        USER + "client-key-data: holds no PEM private key",
    ),
    Case(
        "key file is missing",
        kubeconfig(user="client-certificate: client.crt, client-key: nothing.key"),
        USER + "client-key: cannot read 'DIR/nothing.key'",
    ),
    Case(
        "token and user name",
        kubeconfig(user="token: a, username: b"),
        USER + "token: username or password is set as well",
    ),
    Case(
        "token and password",
        kubeconfig(user="token: a, password: b"),
        USER + "token: username or password is set as well",
    ),
    Case(
        "token file and user name",
        kubeconfig(user="tokenFile: token.txt, username: b"),
        USER + "tokenFile: username is set as well",
    ),
    Case(
        "token file is missing",
        kubeconfig(user="tokenFile: nothing.txt"),
        USER + "tokenFile: cannot read 'DIR/nothing.txt'",
    ),
    Case("token ends with a line break", kubeconfig(user='token: "abc\\n"'), USER + "token: holds a line break"),
    Case(
        "token with a header in it", kubeconfig(user='token: "abc\\r\\nX-Evil: 1"'), USER + "token: holds a line break"
    ),
    Case(
        "token with NUL",
        kubeconfig(user='token: "a\\0b"'),
        USER + "token: holds a line break or another control character",
    ),
    Case("token with a lone surrogate", kubeconfig(user='token: "\\ud800"'), "not valid YAML: line 6"),
    Case("as with a line break", kubeconfig(user='token: t0k3n, as: "a\\nb"'), USER + "as: 'a\\nb' holds a line break"),
    Case(
        "as-uid with a line break",
        kubeconfig(user='token: t0k3n, as: a, as-uid: "a\\nb"'),
        USER + "as-uid: 'a\\nb' holds a line break",
    ),
    Case(
        "as-groups with a line break",
        kubeconfig(user='token: t0k3n, as: a, as-groups: [x, "a\\nb"]'),
        USER + "as-groups: 'a\\nb' holds a line break",
    ),
    Case(
        "as-user-extra with a line break",
        kubeconfig(user='token: t0k3n, as: a, as-user-extra: {k: ["a\\nb"]}'),
        USER + "as-user-extra: 'k': 'a\\nb' holds a line break",
    ),
    Case("as-uid without as", kubeconfig(user="as-uid: x"), USER + "as: is missing"),
    Case("as-groups without as", kubeconfig(user="as-groups: [x]"), USER + "as: is missing"),
    Case(
        "namespace is a number",
        kubeconfig(context="cluster: k, user: u, namespace: 12"),
        CONTEXT + "namespace: is a number (12)",
    ),
    Case(
        "server with a path and no scheme",
        kubeconfig(cluster="server: 'BARE/a'"),
        CLUSTER + "server: 'BARE/a' is neither a URL nor host:port",
    ),
    Case(
        "server with a line break",
        kubeconfig(cluster='server: "HTTPS\\n"'),
        CLUSTER + "server: 'HTTPS\\n' holds a line break",
    ),
    Case(
        "server with a space first",
        kubeconfig(cluster='server: " HTTPS"'),
        CLUSTER + "server: ' HTTPS' must start with",
    ),
    Case(
        "server with another scheme",
        kubeconfig(cluster="server: ftp://127.0.0.1"),
        CLUSTER + "server: 'ftp://127.0.0.1' must start with",
    ),
    Case(
        "server without host",
        kubeconfig(cluster="server: https:///a"),
        CLUSTER + "server: 'https:///a' has no valid host name",
    ),
    Case(
        "server with a word for a port",
        kubeconfig(cluster="server: https://127.0.0.1:x"),
        CLUSTER + "server: 'https://127.0.0.1:x' is not a URL",
    ),
    Case(
        "server with a port too high",
        kubeconfig(cluster="server: https://127.0.0.1:99999"),
        CLUSTER + "server: 'https://127.0.0.1:99999' is not a URL",
    ),
    Case(
        "server with half an IPv6 address",
        kubeconfig(cluster="server: 'https://[::1:1'"),
        CLUSTER + "server: 'https://[::1:1' is not a URL",
    ),
    Case(
        "server with half an escape",
        kubeconfig(cluster="server: 'HTTPS/%zz'"),
        CLUSTER + "server: 'HTTPS/%zz': a % must be",
    ),
    Case(
        "proxy-url with another scheme",
        kubeconfig(cluster=https("proxy-url: 'ftp://a'")),
        CLUSTER + "proxy-url: 'ftp://a' must start with",
    ),
    Case(
        "proxy-url without scheme",
        kubeconfig(cluster=https("proxy-url: '127.0.0.1:1'")),
        CLUSTER + "proxy-url: '127.0.0.1:1' must start with",
    ),
    Case(
        "exec without command", kubeconfig(user=f"exec: {{apiVersion: {V1BETA1}}}"), USER + "exec: command: is missing"
    ),
    Case(
        "exec without apiVersion",
        kubeconfig(user=plugin("interactiveMode: Never")),
        USER + "exec: apiVersion: is missing",
    ),
    Case(
        "exec v1alpha1",
        kubeconfig(user=plugin("apiVersion: client.authentication.k8s.io/v1alpha1")),
        USER + "exec: apiVersion: 'client.authentication.k8s.io/v1alpha1' is not supported",
    ),
    Case(
        "exec v1 without interactiveMode",
        kubeconfig(user=plugin(f"apiVersion: {V1}")),
        USER + "exec: interactiveMode: is missing",
    ),
    Case(
        "exec with another interactiveMode",
        kubeconfig(user=plugin(f"apiVersion: {V1}, interactiveMode: Maybe")),
        USER + "exec: interactiveMode: is 'Maybe'",
    ),
    Case(
        "exec variable without name",
        kubeconfig(user=plugin(f"apiVersion: {V1BETA1}, env: [{{value: x}}]")),
        USER + "exec: env: a variable has no name",
    ),
    Case(
        "exec and auth-provider",
        kubeconfig(user="auth-provider: {name: oidc}, " + plugin(f"apiVersion: {V1BETA1}")),
        USER + "exec: auth-provider is set as well",
    ),
    Case(
        "auth-provider of another name",
        kubeconfig(user="auth-provider: {name: nope}"),
        USER + "auth-provider: 'nope' is not supported",
    ),
    Case(
        "auth-provider gcp",
        kubeconfig(user="auth-provider: {name: gcp}"),
        USER + "auth-provider: 'gcp' is not supported",
    ),
]

STRICTER = [
    Case("empty file", "", "current-context: is missing", "kubectl goes to localhost:8080"),
    Case("null", "null", "current-context: is missing", "kubectl goes to localhost:8080"),
    Case(
        "no current-context",
        PLAIN.replace("current-context: c\n", ""),
        "current-context: is missing; write it, or pass context= with one of 'c'",
        "kubectl goes to localhost:8080",
    ),
    Case(
        "context without cluster",
        kubeconfig(context="user: u"),
        CONTEXT + "cluster: is missing",
        "kubectl goes to localhost:8080",
    ),
    Case(
        "dangling cluster",
        kubeconfig(context="cluster: zz, user: u"),
        CONTEXT + "cluster: there is no cluster 'zz'",
        "kubectl goes to localhost:8080",
    ),
    Case(
        "cluster is null",
        PLAIN.replace("cluster: {server: 'HTTPS', insecure-skip-tls-verify: true}", "cluster: null"),
        CLUSTER + "server: is missing",
        "kubectl goes to localhost:8080",
    ),
    Case(
        "server is empty",
        kubeconfig(cluster=insecure("")),
        CLUSTER + "server: is missing",
        "kubectl goes to localhost:8080",
    ),
    Case(
        "field in another case",
        kubeconfig(cluster="Server: HTTPS"),
        CLUSTER + "server: is missing",
        "kubectl goes to localhost:8080",
    ),
    Case(
        "dangling user",
        kubeconfig(context="cluster: k, user: zz"),
        CONTEXT + "user: there is no user 'zz'",
        "kubectl goes on as nobody in particular",
    ),
    Case(
        "repeated key",
        PLAIN + "current-context: c\n",
        "line 7: the key 'current-context' is repeated, first on line 3",
        "two answers; kubectl takes the last",
    ),
    Case(
        "tag that makes an object",
        kubeconfig(user="token: !!python/object:os.system x"),
        "line 6: the tag",
        "nothing in a kubeconfig needs tags",
    ),
    Case(
        "tag of one's own",
        kubeconfig(user="token: !secret t0k3n"),
        "line 6: the tag '!secret' is not allowed",
        "nothing in a kubeconfig needs tags",
    ),
    Case(
        "tag binary", kubeconfig(user="token: !!binary dDBr"), "line 6: the tag", "nothing in a kubeconfig needs tags"
    ),
    Case(
        "nested 9,000 deep",
        PLAIN + "x: " + "[" * 9_000 + "]" * 9_000,
        "nested deeper than 100 levels",
        "kubectl allows 10,000",
    ),
    Case(
        "namespace is no DNS label",
        kubeconfig(context="cluster: k, user: u, namespace: A_b"),
        CONTEXT + "namespace: 'A_b' is not the name of a namespace",
        "kubectl fails later, at each request",
    ),
    Case(
        "server with user name and password",
        kubeconfig(cluster=insecure("USERINFO_HTTPS")),
        CLUSTER + "server: holds a user name or password",
        "kubectl sends them as well, unless there is a token",
    ),
    Case(
        "server name with a line break",
        kubeconfig(cluster=insecure("HTTPS") + ', tls-server-name: "a\\nb"'),
        CLUSTER + "tls-server-name: 'a\\nb' is not a host name",
        "kubectl doesn't look when it verifies nothing",
    ),
    Case(
        "user name with a line break",
        kubeconfig(user='username: "a\\nb", password: c'),
        USER + "username: 'a\\nb' holds a line break",
        "RFC 7617 forbids control characters",
    ),
]
