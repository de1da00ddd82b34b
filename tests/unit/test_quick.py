"""The parts in which `make unit` runs the tests."""

import json
import sys
from pathlib import Path

import pytest

from tests.quick import parts, weights
from tests.support.children import run


@pytest.mark.parametrize("number", [1, 2, 3, 8])
def test_each_file_is_in_one_part_and_the_parts_are_of_about_the_same_weight(number: int) -> None:
    heavy = {Path(f"test_{index}.py"): weight for index, weight in enumerate([100.0, 1, 70, 60, 50, 1, 1])}
    found = parts(heavy, number)
    assert sorted(file for part in found for file in part) == sorted(heavy)
    assert len(found) == min(number, len(heavy))
    assert max(sum(heavy[file] for file in part) for part in found) <= max(100, 1.2 * sum(heavy.values()) / number)


def test_a_file_weighs_the_seconds_of_its_last_run_and_a_new_one_by_its_size(tmp_path: Path) -> None:
    files = [tmp_path / f"test_{index}.py" for index in range(3)]
    for file, size in zip(files, (100, 300, 200), strict=True):
        file.write_bytes(b"#" * size)
    assert list(weights(files, {}).values()) == [100, 300, 200]
    assert list(weights(files, {str(files[0]): 3.0, str(files[1]): 1.0, "gone.py": 9.0}).values()) == [3.0, 1.0, 2.0]


@pytest.mark.slow
def test_the_seconds_of_a_file_are_those_of_its_import_its_fixtures_and_its_tests(tmp_path: Path) -> None:
    pause = "time.sleep(0.1)"
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_one.py").write_text(
        f"import pytest, time\n{pause}\n@pytest.fixture\ndef one():\n    {pause}\ndef test_it(one):\n    {pause}\n"
    )
    (tmp_path / "test_two.py").write_text("def test_it():\n    assert False\n")
    options = ["--rootdir", str(tmp_path), "-c", str(tmp_path / "pytest.ini"), "-p", "no:cacheprovider", str(tmp_path)]
    done = run(sys.executable, "-m", "tests.support.timed", tmp_path / "seconds.json", *options)
    assert done.returncode == 1, done.stdout
    seconds = json.loads((tmp_path / "seconds.json").read_text())
    assert seconds.keys() == {"test_one.py", "test_two.py"}
    assert seconds["test_one.py"] >= 0.3
