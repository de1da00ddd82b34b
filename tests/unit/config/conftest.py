"""Fixtures of the table of kubeconfigs."""

from __future__ import annotations

from tests.support.kubeconfigs.fixture import box, shared_box

__all__ = ["box", "shared_box"]
