"""Hook of MkDocs: the README as the first page, and a page for each rule with an example from the fixtures."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from transformer.rules import RULES, Rule

REPO = Path(__file__).resolve().parent.parent


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made: the first one, the changes, and one per rule."""
    for name, source in (("index.md", "README.md"), ("changes.md", "CHANGELOG.md")):
        files.append(File.generated(config, name, content=_moved((REPO / source).read_text(encoding="utf-8"))))
    examples = dict(_examples())
    for rule in RULES.values():
        content = "\n".join(_page(rule, examples.get(rule.code)))
        files.append(File.generated(config, f"rules/{rule.code}.md", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links that leave ``docs/`` find the pages that stand for their targets; rules lead to their own pages."""
    text = markdown.replace("](../README.md", "](index.md").replace("](../CHANGELOG.md", "](changes.md")
    if page.file.src_uri == "rules.md":
        text = re.sub(r"^### (DF\d{3}) (\S+)$", r"### \1 \2\n\n[Example](rules/\1.md)", text, flags=re.MULTILINE)
    return text


def _moved(text: str) -> str:
    """Return a page of the top directory as one in ``docs/``."""
    text = re.sub(r'href="docs/([\w/]+)\.md"', r'href="\1.html"', text.replace("](docs/", "]("))
    return text.replace("](CHANGELOG.md", "](changes.md")


def _examples() -> Iterator[tuple[str, tuple[str, dict[str, Any], dict[str, Any]]]]:
    """Yield (code, (fixture, its case, its answer)): the last one of a code is the first by name that is about it."""
    found = [(folder, tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))) for folder in _fixtures()]
    for about in (False, True):
        for folder, case in found:
            answer = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
            codes = {d["code"] for d in answer["diagnostics"]}
            codes |= {"DF400"} if answer["status"] == "rewritten" and not codes else set()
            for code in codes:
                if (code in case["codes"] or code == "DF400") == about:
                    yield code, (folder.name, case, answer)


def _fixtures() -> list[Path]:
    return sorted((path for path in (REPO / "fixtures").iterdir() if path.is_dir()), reverse=True)


def _page(rule: Rule, example: tuple[str, dict[str, Any], dict[str, Any]] | None) -> Iterator[str]:
    yield f"# {rule.code} {rule.name}\n"
    yield f"*{rule.severity.value}*: {rule.summary}.\n"
    yield f"{rule.why}\n"
    if example is None:
        yield "No Dockerfile alone provokes it."
        return
    name, case, answer = example
    yield f"## Example\n\n{case['why']}\n"
    yield f"```dockerfile\n{(REPO / 'fixtures' / name / 'Dockerfile').read_bytes().decode('utf-8', 'replace')}```\n"
    for one in answer["diagnostics"]:
        place = f"{one['path']}:{one['line']}" if one["line"] else one["path"]
        cure = f" Next: {one['cure']}." if one["cure"] else ""
        yield f"- `{place}` **{one['code']}** {one['message']}.{cure}"
    if answer["diff"]:
        state = "What is done" if answer["status"] == "rewritten" else "What `--unsafe` does"
        yield f"\n{state}:\n\n```diff\n{answer['diff']}```\n"
    yield f"\nThe whole example is the fixture `{name}`."
