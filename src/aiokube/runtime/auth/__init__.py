"""What proves who the user is, request by request."""

from ..http.auth.credentials import Credential, Credentials, basic
from ..http.auth.impersonation import impersonation_headers

__all__ = ["Credential", "Credentials", "basic", "impersonation_headers"]
