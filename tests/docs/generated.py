"""The parts of the documentation made from ``transformer/rules.py`` and ``docs/results.md``: ``pytest tests/docs
--update`` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from tests.docs.pages import REPO
from transformer.rules import RULES, Rule

PHASES = {
    "1": "DF1: reading the file",
    "2": "DF2: shell",
    "3": "DF3: effects",
    "4": "DF4: classification",
    "5": "DF5: the plan",
    "6": "DF6: emitting",
    "7": "DF7: verifying",
    "8": "DF8: batches",
    "9": "DF9: bugs of dockerfix",
}

_PART = re.compile(r"(<!-- begin (\S+): [^\n]* -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def renewed(text: str) -> str:
    """Return a page with its generated parts as they must be."""
    parts = {"rules-table": rules_table, "rules-list": rules_list, "totals": totals}
    return _PART.sub(lambda match: match[1] + "".join(f"{line}\n" for line in parts[match[2]]()) + match[3], text)


def names(text: str) -> tuple[str, ...]:
    """Return the names of the generated parts of a page."""
    return tuple(match[2] for match in _PART.finditer(text))


def rules_table() -> Iterator[str]:
    """Yield the table of the README: one row a code, which leads to its entry in docs/rules.md."""
    yield "| code | name | the problem |"
    yield "|---|---|---|"
    for rule in _rules():
        yield f"| [{rule.code}](docs/rules.md#{_anchor(rule)}) | `{rule.name}` | {_cell(rule.summary)} |"


def rules_list() -> Iterator[str]:
    """Yield the entries of docs/rules.md, by phase."""
    for phase, rules in groupby(_rules(), lambda rule: rule.code[2]):
        yield ""
        yield f"## {PHASES[phase]}"
        for rule in rules:
            yield from ("", f"### {rule.code} {rule.name}", "")
            yield f"*{rule.severity.value}*: {rule.summary}."
            yield from ("", rule.why)
    yield ""


def totals() -> Iterator[str]:
    """Yield the totals of the measured images, as docs/results.md has them, and the day that it names."""
    page = (REPO / "docs" / "results.md").read_text(encoding="utf-8")
    day = re.search(r"^Measured (\S+) on", page, re.MULTILINE)
    found = re.search(r"<!-- begin measured -->\n(.*?)<!-- end measured -->", page, re.DOTALL)
    assert day is not None
    assert found is not None
    yield f"Measured on {day[1]}:"
    yield ""
    yield from found[1].splitlines()


def _rules() -> list[Rule]:
    return sorted(RULES.values(), key=lambda rule: rule.code)


def _anchor(rule: Rule) -> str:
    return f"{rule.code.lower()}-{rule.name}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
