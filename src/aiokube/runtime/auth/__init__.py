"""What proves who the user is, request by request."""

from .credentials import Credential, Credentials, basic, credentials_of
from .impersonation import impersonation_headers

__all__ = ["Credential", "Credentials", "basic", "credentials_of", "impersonation_headers"]
