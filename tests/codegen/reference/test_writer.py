"""Pages are written into folders of their own, completely or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aiokube_codegen.errors import CodegenError
from aiokube_codegen.reference.pages import MARKER
from aiokube_codegen.reference.writer import check_output, write_pages
from tests.support.folders import snapshot

INDEX = ("index.html", f"<!doctype html>\n<!-- {MARKER} -->\n")


def test_pages_take_the_place_of_older_ones_and_other_files_stay(tmp_path: Path) -> None:
    write_pages([INDEX, ("kinds/a/v1/old.html", "old"), ("search/a.js", "a")], tmp_path)
    (tmp_path / "CNAME").write_text("docs.example.com")
    size = write_pages([INDEX, ("kinds/a/v1/new.html", "é")], tmp_path)
    assert size == len(INDEX[1]) + 2
    assert snapshot(tmp_path) == {
        "CNAME": b"docs.example.com",
        "index.html": INDEX[1].encode(),
        "kinds/a/v1/new.html": "é".encode(),
    }


@pytest.mark.parametrize("name", ["index.html", "notes.txt", ".git"])
def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(CodegenError, match=f"holds '{name}' and no index.html of `aiokube reference`.*another folder"):
        write_pages([INDEX], tmp_path)
    assert snapshot(tmp_path) == {name: b"mine"}


def test_a_file_and_a_broken_link_are_no_folders(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CodegenError, match="is not a folder"):
        check_output(tmp_path / "file")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(CodegenError, match=r"is a link to .*gone, which does not exist"):
        check_output(tmp_path / "link")


def test_pages_that_cannot_be_made_leave_the_old_ones(tmp_path: Path) -> None:
    write_pages([INDEX, ("kinds/old.html", "old")], tmp_path)
    before = snapshot(tmp_path)

    def broken() -> Iterator[tuple[str, str]]:
        yield INDEX
        yield "kinds/new.html", "new"
        raise CodegenError("no more")

    with pytest.raises(CodegenError, match="no more"):
        write_pages(broken(), tmp_path)
    assert snapshot(tmp_path) == before


def test_pages_that_cannot_be_moved_leave_the_old_ones(tmp_path: Path) -> None:
    write_pages([INDEX, ("kinds/old.html", "old")], tmp_path)
    before = snapshot(tmp_path)
    # A file where a folder belongs cannot be made.
    with pytest.raises(CodegenError, match=r"cannot be written.*what was there is unchanged"):
        write_pages([INDEX, ("kinds", "a file"), ("kinds/new.html", "new")], tmp_path)
    assert snapshot(tmp_path) == before


def test_a_new_folder_that_nothing_was_written_to_does_not_stay(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match="cannot be written"):
        write_pages([("kinds", "a file"), ("kinds/new.html", "new")], tmp_path / "pages")
    assert list(tmp_path.iterdir()) == []
