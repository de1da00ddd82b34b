"""Headers that a test gives."""

import re
from collections.abc import Mapping

from ..runtime.arguments import types
from ..runtime.errors import InvalidArgument

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_IN_VALUES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers that can be sent.

    Raises:
        InvalidArgument: One of them cannot.
    """
    checked = types.text_map(headers, "headers")
    for name, value in checked.items():
        if not _NAME.fullmatch(name):
            raise InvalidArgument(f"headers: {name!r:.80} is no name of a header")
        if _NOT_IN_VALUES.search(types.unicode_text(value, f"headers[{name!r}]")):
            raise InvalidArgument(f"headers[{name!r}]: has a line break or another control character")
    return checked
