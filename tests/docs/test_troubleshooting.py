"""The pages about errors have each public class once, and each message of the source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from aiokube import Client, Config
from aiokube.errors import AiokubeError, InvalidArgument, InvalidRequest
from tests.docs.messages import RUNTIME, VARIES, messages
from tests.docs.pages import sections_of
from tests.docs.troubleshooting import (
    CLASSES_WITH_SECTION,
    FOLDER,
    INDEX,
    LISTED,
    PAGES,
    TABLE,
    explained_in,
    headings_of,
    listed_in,
    table,
    with_messages,
)

pytestmark = pytest.mark.slow  # the source is read


def test_each_class_of_error_has_one_section() -> None:
    titles = Counter(section.title for page in PAGES for section in sections_of(page))
    assert titles == Counter(CLASSES_WITH_SECTION)


def test_the_start_page_lists_each_class() -> None:
    (listed,) = TABLE.findall(INDEX.read_text())
    assert listed == table(), "`make outputs` writes it"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_messages_of_a_page_are_those_of_the_source(page: Path) -> None:
    text = page.read_text()
    assert text == with_messages(text), "`make outputs` writes them"


def test_the_messages_that_are_explained_are_those_of_the_source() -> None:
    explained = {name: found for page in PAGES for name, found in explained_in(page).items() if found}
    del explained["TLSError"]  # its messages are made of them: the test below
    assert explained.keys() == {"ConfigError"}
    for name, found in explained.items():
        assert found - headings_of(name) == set()


def test_the_failed_checks_of_tls_are_those_of_the_source() -> None:
    section = (FOLDER / "connection.md").read_text().partition("\n## TLSError\n")[2].partition("\nMessages:\n")[0]
    rows = re.findall(r"^#### `(.*)`$", section, re.MULTILINE)
    source = (RUNTIME / "http" / "tls.py").read_text()
    assert len(rows) == 6
    assert [row for row in rows if row not in source] == []


def test_each_class_with_messages_of_its_own_lists_them() -> None:
    assert set().union(*map(listed_in, PAGES)) == set(LISTED)
    assert sum(map(len, messages().values())) > 400


@pytest.mark.parametrize(
    ("make", "cls"),
    [
        (lambda: Client(Config(server="https://a"), timeout=-1), InvalidArgument),
        (lambda: Client(Config(server="https://a"), max_retries=-1), InvalidArgument),
        (lambda: Client(Config(server="https://a"), qps=0), InvalidArgument),
        (lambda: Config(server="ftp://a"), AiokubeError),
        (lambda: Config(server=""), AiokubeError),
        (lambda: Client(Config(server="https://a")).core_v1.pods.watch(timeout_seconds=0), InvalidRequest),
    ],
)
def test_an_error_is_found_by_its_message(make: Callable[[], object], cls: type[AiokubeError]) -> None:
    with pytest.raises(cls) as caught:
        make()
    name = type(caught.value).__name__
    patterns = [re.escape(text).replace(re.escape(VARIES), ".*") for text in messages()[name]]
    assert any(re.fullmatch(pattern, str(caught.value)) for pattern in patterns), caught.value
