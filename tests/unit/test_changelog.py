"""CHANGELOG.md has the form of Keep a Changelog."""

from __future__ import annotations

import re
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_RELEASE = re.compile(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d{2}-\d{2})")


def test_the_newest_release_comes_first_after_what_is_unreleased() -> None:
    unreleased, *releases = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    assert unreleased == "[Unreleased]"
    matches = [_RELEASE.fullmatch(release) for release in releases]
    assert all(matches), releases
    found = [([int(part) for part in match.groups()[:3]], match[4]) for match in matches if match]
    assert found == sorted(found, reverse=True)


def test_changes_are_listed_once_by_their_kind() -> None:
    for release in TEXT.split("\n## ")[1:]:
        kinds = re.findall(r"^### (.*)$", release, re.MULTILINE)
        assert kinds
        assert kinds == [kind for kind in KINDS if kind in kinds], release.splitlines()[0]
        for section in release.split("\n### ")[1:]:
            entries = [line for line in section.splitlines()[1:] if line]
            assert entries
            assert all(line.startswith(("- ", "  ")) for line in entries), section.splitlines()[0]


def test_every_release_names_its_version_of_kubernetes() -> None:
    for release in TEXT.split("\n## ")[1:]:
        assert re.search(r"^Generated from Kubernetes v1\.\d+\.\d+\.$", release, re.MULTILINE)
