"""The check that ``--guard`` adds: a library or module that is missing makes the build fail, not the night."""

from __future__ import annotations

from transformer.ir.plan import Added, FinalLine, Kept
from transformer.plan.draft import Draft

_LANGUAGE = "python"
"""The language whose modules can be imported to see whether they load."""
_MAKING = frozenset({"RUN", "COPY", "ADD"})
_LIBRARIES = "! find {paths} -type f -exec ldd {{}} + 2>/dev/null | grep 'not found'"
"""``ldd`` says so of a library that the loader does not find (ld.so(8)); of what is no ELF file it only says that."""
_MODULES = (
    "python3 -B -c \"import importlib, importlib.metadata as m; wanted = set('{names}'.split());"
    " [importlib.import_module(n) for n, d in m.packages_distributions().items()"
    " if n.isidentifier() and wanted & {{x.lower().replace('_', '-') for x in d}}]\""
)
"""Imports the top-level modules of the distributions that the file names, if they are there (Python 3.10)."""


def guard(draft: Draft) -> None:
    """Add the check behind the last line that brings files, if it is asked for and something is carried."""
    paths = [a.path for a in draft.artifacts]
    if not draft.options.guard or not paths:
        return
    checks = [_LIBRARIES.format(paths=" ".join(paths))]
    named = {d.name for s in draft.analysis.steps for d in s.effects.distributions if d.ecosystem == _LANGUAGE}
    if named - {""}:
        checks.append(_MODULES.format(names=" ".join(sorted(named - {""}))))
    last = max(n for n, line in enumerate(draft.lines) if _keyword(draft, line) in _MAKING)
    line = draft.lines[last]
    origin = line.instruction if isinstance(line, Kept) else line.origin
    # a pipe without pipefail: the last command's status is the one that counts here
    text = "# hadolint ignore=DL4006\nRUN " + " \\\n    && ".join(checks)
    draft.lines.insert(last + 1, Added(origin, text))


def _keyword(draft: Draft, line: FinalLine) -> str:
    if isinstance(line, Kept):
        return draft.dockerfile.instructions[line.instruction].keyword
    text = line.text.partition("\n")[2] if line.text.startswith("#") else line.text
    return text.partition(" ")[0]
