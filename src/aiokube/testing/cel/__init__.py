"""A part of CEL, the language of rules of custom resources: what it does not know it refuses, naming it."""
