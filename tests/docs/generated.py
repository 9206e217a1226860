"""The parts of the documentation made from code, tables, fixtures and ``docs/results.md``: ``pytest tests/docs
--update`` writes them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import groupby

import click

from tests.docs.pages import REPO
from transformer.cli.configured import options
from transformer.knowledge.commands import command, commands
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

_PREFIXES = {
    "native": ("c", "cpp"),
    **{name: (name,) for name in ("go", "python", "node", "ruby", "php", "rust", "jvm")},
}
"""What the names of an ecosystem's fixtures begin with."""
_PART = re.compile(r"(<!-- begin (\S+): [^\n]* -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def renewed(text: str) -> str:
    """Return a page with its generated parts as they must be."""
    return _PART.sub(lambda match: match[1] + "".join(f"{line}\n" for line in _lines(match[2])) + match[3], text)


def _lines(name: str) -> Iterator[str]:
    """Return the lines of a part; ``tools-of-go`` and ``examples-of-go`` are about one ecosystem."""
    what, _, ecosystem = name.partition("-of-")
    if ecosystem:
        return {"tools": tools, "examples": examples}[what](ecosystem)
    return {"rules-table": rules_table, "rules-list": rules_list, "totals": totals, "options": options_table}[what]()


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


def options_table() -> Iterator[str]:
    """Yield a row for each option that can be configured: its key, value and default, and what its help says."""
    yield "| key | value | default | |"
    yield "|---|---|---|---|"
    for key, option in sorted(options().items()):
        default = option.get_default(click.Context(click.Command("x")), call=True)
        shown = f"`{default}`" if isinstance(default, str | int | float) and default not in (False, "") else ""
        meaning = (option.help or "").replace("  [default: build]", "")
        yield f"| `{key}` | {_value(option)} | {shown} | {_cell(meaning)} |"


def _value(option: click.Option) -> str:
    if option.is_flag:
        return "`true` or `false`"
    if option.multiple:
        return f"list of `{option.metavar}`" if option.metavar else "list"
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in option.type.choices)
    numbers = isinstance(option.type, click.types.IntParamType | click.types.FloatParamType)
    return "number" if numbers else "text"


def tools(ecosystem: str) -> Iterator[str]:
    """Yield the programs whose effects the ecosystem knows."""
    known = [spec for name in sorted(commands()) if (spec := command(name)) is not None]
    yield ", ".join(f"`{spec.name}`" for spec in known if ecosystem in (spec.toolchain, spec.ecosystem))


def examples(ecosystem: str) -> Iterator[str]:
    """Yield a row for each fixture of an ecosystem that says what it shows."""
    yield "| fixture | answer | what it shows |"
    yield "|---|---|---|"
    for folder in sorted((REPO / "fixtures").iterdir()):
        case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
        if folder.name.partition("-")[0] in _PREFIXES[ecosystem] and "why" in case:
            yield f"| `{folder.name}` | {case['status']} | {_cell(' '.join(case['why'].split()))} |"


def _rules() -> list[Rule]:
    return sorted(RULES.values(), key=lambda rule: rule.code)


def _anchor(rule: Rule) -> str:
    return f"{rule.code.lower()}-{rule.name}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
