"""The parts in which `make unit` runs the tests."""

from pathlib import Path

import pytest

from tests.quick import parts


@pytest.mark.parametrize("number", [1, 2, 3, 8])
def test_each_file_is_in_one_part_and_the_parts_are_of_about_the_same_size(tmp_path: Path, number: int) -> None:
    sizes = [100, 1, 70, 60, 50, 1, 1]
    files = [tmp_path / f"test_{index}.py" for index in range(len(sizes))]
    for file, size in zip(files, sizes, strict=True):
        file.write_bytes(b"#" * size)
    found = parts(files, number)
    assert sorted(file for part in found for file in part) == files
    assert len(found) == min(number, len(files))
    assert max(sum(file.stat().st_size for file in part) for part in found) <= max(100, 1.2 * sum(sizes) / number)
