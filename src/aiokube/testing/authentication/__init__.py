"""Who sends a request: bearer tokens, service accounts, and users who act as others."""
