"""Checks that FakeCluster behaves like kube-apiserver: each runs on both in the same run, request by request."""
