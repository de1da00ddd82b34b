"""Kubernetes' protobuf: from the bytes of requests to the JSON data that verbs know, and back."""
