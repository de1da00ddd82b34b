"""Kubeconfigs that both kubectl and aiokube reject, with a part of aiokube's error."""

from __future__ import annotations

from .cases import CLUSTER, CONTEXT, PLAIN, USER, V1, V1BETA1, Case, https, insecure, kubeconfig, plugin

REJECTED = [
    Case("a list", "[1, 2]", "must be a mapping"),
    Case("a string", "hello", "must be a mapping"),
    Case("a number", "3", "must be a mapping"),
    Case("not YAML", "a: b: c", "not valid YAML: line 1"),
    Case("Latin-1", kubeconfig(user="token: 'ü'"), "not utf-8 text", encoding="latin-1"),
    Case("UTF-16 without a byte order mark", PLAIN, "not valid YAML", encoding="utf-16-le"),
    Case("control character", PLAIN + "x: \x01\n", "control characters are not allowed"),
    Case("another kind", PLAIN.replace("kind: Config", "kind: Pod"), "kind: must be 'Config', not 'Pod'"),
    Case("another version", PLAIN.replace("apiVersion: v1", "apiVersion: v2"), "apiVersion: must be 'v1', not 'v2'"),
    Case("alias to itself", PLAIN + "x: &a [*a]\n", "line 7: an alias refers to a node that contains it"),
    Case(
        "alias to nothing",
        PLAIN + "x: *nothing\n",
        "line 7: an alias refers to an undefined anchor; put a value that begins with * in quotes",
    ),
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
    Case("clusters is a mapping", "clusters: {a: b}", "clusters: must be a list, not a mapping"),
    Case("entry is a string", PLAIN.replace("users: [", "users: [abc, "), "users[0]: must be a mapping, not a string"),
    Case(
        "name is a number", PLAIN.replace("name: k", "name: 3"), "clusters[0]: name: must be a string, not a number (3)"
    ),
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
    Case(
        "preferences.colors is a word",
        PLAIN + "preferences: {colors: blue}\n",
        "preferences: colors: must be true or false, without quotes, not a string ('blue')",
    ),
    Case("preferences is a number", PLAIN + "preferences: 3\n", "preferences: must be a mapping, not a number"),
    Case(
        "dangling current-context",
        PLAIN.replace("current-context: c", "current-context: zz"),
        "current-context: there is no context 'zz'",
    ),
    *(
        Case(f"token is {text}", kubeconfig(user=f"token: {text}"), USER + "token: must be a string, not a number")
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
        Case(f"token is {text}", kubeconfig(user=f"token: {text}"), USER + "token: must be a string, not a boolean")
        for text in ("yes", "y", "N", "on", "True", "OFF")
    ),
    Case(
        "insecure-skip-tls-verify is a string",
        kubeconfig(cluster=https("insecure-skip-tls-verify: 'true'")),
        CLUSTER + "insecure-skip-tls-verify: must be true or false, without quotes, not a string ('true')",
    ),
    Case(
        "as-groups is a string",
        kubeconfig(user="as: a, as-groups: b"),
        USER + "as-groups: must be a list, not a string",
    ),
    Case(
        "as-user-extra holds a string",
        kubeconfig(user="as: a, as-user-extra: {b: c}"),
        USER + "as-user-extra: b: must be a list, not a string",
    ),
    Case(
        "exec argument is a number",
        kubeconfig(user="exec: {args: [1]}"),
        USER + "exec: args[0]: must be a string, not a number",
    ),
    Case(
        "auth-provider config holds a number",
        kubeconfig(user="auth-provider: {name: oidc, config: {a: 1}}"),
        USER + "auth-provider: config.a: must be a string, not a number",
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
        CLUSTER + "certificate-authority-data: contains no PEM certificate",
    ),
    Case(
        "CA data and file",
        kubeconfig(cluster=https("certificate-authority-data: CA, certificate-authority: ca.crt")),
        CLUSTER + "certificate-authority: cannot be combined with certificate-authority-data",
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
        CLUSTER + "insecure-skip-tls-verify: cannot be combined with a certificate authority",
    ),
    Case("certificate without key", kubeconfig(user="client-certificate-data: CERT"), USER + "client-key: is missing"),
    Case(
        "certificate data and file",
        kubeconfig(user="client-certificate-data: CERT, client-certificate: client.crt, client-key: client.key"),
        USER + "client-certificate: cannot be combined with client-certificate-data",
    ),
    Case(
        "key data and file",
        kubeconfig(user="client-certificate: client.crt, client-key: client.key, client-key-data: KEY"),
        USER + "client-key: cannot be combined with client-key-data",
    ),
    Case(
        "certificate is no PEM",
        kubeconfig(user="client-certificate-data: YWJj, client-key-data: KEY"),
        USER + "client-certificate-data: contains no PEM certificate",
    ),
    Case(
        "key is no PEM",
        kubeconfig(user="client-certificate-data: CERT, client-key-data: YWJj"),
        USER + "client-key-data: contains no PEM private key",
    ),
    Case(
        "key file is missing",
        kubeconfig(user="client-certificate: client.crt, client-key: nothing.key"),
        USER + "client-key: cannot read 'DIR/nothing.key'",
    ),
    Case(
        "token and user name",
        kubeconfig(user="token: a, username: b"),
        USER + "token: cannot be combined with username or password",
    ),
    Case(
        "token and password",
        kubeconfig(user="token: a, password: b"),
        USER + "token: cannot be combined with username or password",
    ),
    Case(
        "token file and user name",
        kubeconfig(user="tokenFile: token.txt, username: b"),
        USER + "tokenFile: cannot be combined with username",
    ),
    Case(
        "token file is missing",
        kubeconfig(user="tokenFile: nothing.txt"),
        USER + "tokenFile: cannot read 'DIR/nothing.txt'",
    ),
    Case("token ends with a line break", kubeconfig(user='token: "abc\\n"'), USER + "token: contains a line break"),
    Case(
        "token with a header in it",
        kubeconfig(user='token: "abc\\r\\nX-Evil: 1"'),
        USER + "token: contains a line break",
    ),
    Case(
        "token with NUL",
        kubeconfig(user='token: "a\\0b"'),
        USER + "token: contains a line break or another control character",
    ),
    Case("token with a lone surrogate", kubeconfig(user='token: "\\ud800"'), "not valid YAML: line 6"),
    Case(
        "as with a line break", kubeconfig(user='token: t0k3n, as: "a\\nb"'), USER + "as: 'a\\nb' contains a line break"
    ),
    Case(
        "as-uid with a line break",
        kubeconfig(user='token: t0k3n, as: a, as-uid: "a\\nb"'),
        USER + "as-uid: 'a\\nb' contains a line break",
    ),
    Case(
        "as-groups with a line break",
        kubeconfig(user='token: t0k3n, as: a, as-groups: [x, "a\\nb"]'),
        USER + "as-groups: 'a\\nb' contains a line break",
    ),
    Case(
        "as-user-extra with a line break",
        kubeconfig(user='token: t0k3n, as: a, as-user-extra: {k: ["a\\nb"]}'),
        USER + "as-user-extra: 'k': 'a\\nb' contains a line break",
    ),
    Case("as-uid without as", kubeconfig(user="as-uid: x"), USER + "as: is missing"),
    Case("as-groups without as", kubeconfig(user="as-groups: [x]"), USER + "as: is missing"),
    Case(
        "namespace is a number",
        kubeconfig(context="cluster: k, user: u, namespace: 12"),
        CONTEXT + "namespace: must be a string, not a number (12)",
    ),
    Case(
        "server with a path and no scheme",
        kubeconfig(cluster="server: 'BARE/a'"),
        CLUSTER + "server: 'BARE/a' is neither a URL nor host:port",
    ),
    Case(
        "server with a line break",
        kubeconfig(cluster='server: "HTTPS\\n"'),
        CLUSTER + "server: 'HTTPS\\n' contains a line break",
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
        CLUSTER + "server: 'HTTPS/%zz': '%' must be",
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
        USER + "exec: cannot be combined with auth-provider",
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
