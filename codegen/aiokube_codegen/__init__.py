"""From a cluster's OpenAPI document to a package of typed, awaited calls."""
