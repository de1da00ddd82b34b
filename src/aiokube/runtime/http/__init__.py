"""HTTP: requests and responses, retries, TLS, credentials and the transport."""
