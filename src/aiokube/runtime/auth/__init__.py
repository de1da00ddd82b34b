"""What proves who the user is, request by request."""

from .credentials import Credential, Credentials, basic
from .impersonation import impersonation_headers

__all__ = ["Credential", "Credentials", "basic", "impersonation_headers"]
