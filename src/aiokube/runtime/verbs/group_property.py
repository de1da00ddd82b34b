"""The decorator of a client's group-versions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Type checkers find a `cached_property` not to be the property that a protocol has.
    from builtins import property as group_property
else:
    from functools import cached_property as group_property

__all__ = ["group_property"]
