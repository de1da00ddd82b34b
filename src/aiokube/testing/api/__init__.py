"""The API of a cluster: resources, found in an OpenAPI document, and their discovery."""
