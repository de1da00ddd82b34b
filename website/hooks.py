"""The hooks of MkDocs: every link of the built site leads somewhere."""

from __future__ import annotations

import logging
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from website.links import broken_links

# Below the logger of MkDocs, whose warnings fail a strict build.
_log = logging.getLogger("mkdocs.hooks.aiokube")


def on_post_build(config: MkDocsConfig) -> None:
    """Warn of each link whose file or anchor does not exist."""
    for problem in broken_links(Path(config.site_dir)):
        _log.warning("broken link: %s", problem)
