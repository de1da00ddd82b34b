"""Outputs in pages: what differs from run to run is replaced, and what is left out is marked.

CONTRIBUTING.md describes both for those who write pages.
"""

from __future__ import annotations

import re

_RULES = [
    (r"127\.0\.0\.1:\d{4,}", "127.0.0.1:6443"),  # a shorter port is one that a page names
    (r"\b(shop|test)-\d+\b", "shop"),  # the namespace of a recipe, or of a page
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "7a0c1a5e-3d1f-4c0b-9d3e-5b1f0c2a4e68"),
    (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "2026-11-28T09:30:00Z"),
    (r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", "eyJhbGciOiJSUzI1NiIsImtpZCI6..."),
    (r'("resourceVersion": )"\d+"', r'\1"517"'),
    (r"\b(web|report)-[0-9a-f]{6,10}-[a-z0-9]{5}\b", r"\1-5c9bd5d4f6-x7k2p"),
    (r"\b(web|report)-[0-9a-f]{6,10}\b(?!-)", r"\1-5c9bd5d4f6"),
    (r"\b10\.244\.\d+\.\d+\b", "10.244.0.7"),
    (r"\bsilent for \d+ s\b", "silent for 0 s"),
    (r"(?<=_seconds )\d+(\.\d+)?", "0.4"),
    (r"(?<=sharing_changes_total )[23]\b", "3"),  # the copy is seen before its creator has heard of it
    (r"\S+(?= became the leader)", "laptop_4711_9f2c81d3"),
    (r'("continue": )"[^"]+"', r'\1"eyJ2IjoibWV0YS5rOHMuaW8vdjEi..."'),
    (r"(?<=\d files, )\d+\.\d+ s\b", "3.2 s"),
    (r"(?<= kinds, )\d+\.\d MB in (\w+), \d+\.\d+ s\b", r"19.0 MB in \1, 4.1 s"),
    (r"\bin \d+\.\d+ s\b", "in 1.2 s"),
]
RULES = [(re.compile(pattern), replacement) for pattern, replacement in _RULES]

LEFT_OUT = "..."


def normalised(output: str) -> str:
    """An output in which the parts that differ from run to run are replaced."""
    for pattern, replacement in RULES:
        output = pattern.sub(replacement, output)
    return "".join(f"{line.rstrip()}\n" for line in output.splitlines())


def matches(expected: str, output: str) -> bool:
    """True if an output is the expected one, in which a line `...` stands for any number of lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == LEFT_OUT else re.escape(line) + "\n" for line in expected.splitlines()
    )
    return re.fullmatch(pattern, normalised(output)) is not None


def accepted(expected: str, output: str) -> str:
    """The text of a page where an output is the expected one, else the output."""
    return expected if matches(expected, output) else normalised(output)
