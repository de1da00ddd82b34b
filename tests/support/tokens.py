"""Service account tokens with lifetimes that the TokenRequest API does not support, signed with the cluster's key."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.cluster.cluster import Cluster

ISSUER = "https://kubernetes.default.svc"


def service_account_token(cluster: Cluster, uid: str, *, expires_in: float) -> str:
    """Return a token of the service account `default` in the namespace `default`.

    Args:
        cluster: The test cluster.
        uid: UID of the service account.
        expires_in: Seconds until the expiry; the server tolerates another minute.
    """
    now = int(time.time())
    key = load_pem_private_key(cluster.signing_key.read_bytes(), None)
    claims = {
        "aud": [ISSUER],
        "exp": now + int(expires_in),
        "iat": now - 3600,
        "nbf": now - 3600,
        "iss": ISSUER,
        "jti": str(uuid4()),
        "kubernetes.io": {"namespace": "default", "serviceaccount": {"name": "default", "uid": uid}},
        "sub": "system:serviceaccount:default:default",
    }
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    content = _encode({"alg": "ES256"}) + b"." + _encode(claims)
    r, s = decode_dss_signature(key.sign(content, ec.ECDSA(SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return (content + b"." + _base64(signature)).decode()


def _encode(data: object) -> bytes:
    return _base64(json.dumps(data).encode())


def _base64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
