"""What a cluster serves: resources, found in an OpenAPI document, and their discovery."""
