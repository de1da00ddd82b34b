"""The version of an API server: `Info` of the package version."""

from ..public import public
from .model import Model, dataclass


@public("aiokube")
@dataclass
class VersionInfo(Model, kw_only=True):
    """The version of an API server, as GET /version returns it."""

    major: str = ""
    """Major version: `1`."""
    minor: str = ""
    """Minor version: `37`; some providers add a `+`."""
    git_version: str = ""
    """Whole version: `v1.37.2`."""
    git_commit: str = ""
    """Commit that the server was built from."""
    git_tree_state: str = ""
    """State of that source tree: `clean` or `dirty`."""
    build_date: str = ""
    """Time of the build, as RFC 3339."""
    go_version: str = ""
    """Version of Go that the server was built with."""
    compiler: str = ""
    """Go compiler."""
    platform: str = ""
    """Operating system and architecture: `linux/amd64`."""
    emulation_major: str = ""
    """Major version that the server emulates; empty if it emulates none."""
    emulation_minor: str = ""
    """Minor version that the server emulates."""
    min_compatibility_major: str = ""
    """Major version of the oldest API that the server stays compatible with."""
    min_compatibility_minor: str = ""
    """Minor version of the oldest API that the server stays compatible with."""
