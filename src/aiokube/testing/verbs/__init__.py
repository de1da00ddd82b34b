"""The verbs of the API over the store: each takes a call, and returns what the server sends."""
