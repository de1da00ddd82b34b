"""Discovery: the resources that a server serves, by any of the names that they have."""
