"""What proves who the user is, request by request."""

from .credentials import Credential, Credentials, credentials_of
from .impersonation import impersonation_headers

__all__ = ["Credential", "Credentials", "credentials_of", "impersonation_headers"]
