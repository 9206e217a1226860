"""A step of our own at the end of the build stage: what only developing needs is taken out of a carried node_modules.

Only npm does that exactly, by the lock file; Yarn and pnpm would write other files (npm's "npm prune").
"""

from __future__ import annotations

import posixpath
import re
import shlex

from transformer.ir.effects import Path, Step
from transformer.ir.verdict import ProgramFacts
from transformer.knowledge.programs import programs
from transformer.plan.draft import Draft

_INSTALL = frozenset({"ci", "install", "i", "clean-install"})
_TAKEN_OVER = frozenset({"--legacy-peer-deps", "--force", "-f", "--ignore-scripts", "--strict-peer-deps"})
"""Flags that decide which packages fit together, and what is run: ``npm prune`` must have them too (TRAPS 18)."""
_HARMLESS = frozenset(
    {"--no-audit", "--no-fund", "--prefer-offline", "--silent", "--quiet", "-q", "--verbose", "--no-progress"}
)
_SINCE = 16
"""The first Node whose npm knows ``--omit`` for sure (npm 7, "omit")."""


def prune(draft: Draft) -> tuple[str, ...]:
    """Return the lines that take the packages out; none if anything may need them, or others build the stage."""
    facts = next((f for f in draft.analysis.facts if f.unused and f.closed_commands), None)
    step = _installation(draft, facts) if facts is not None else None
    if step is None or draft.analysis.others or not _is_carried(draft, step) or not _knows_omit(draft):
        return ()
    flags = shlex.split(step.text)[2:]
    line = shlex.join(["npm", "prune", "--omit=dev", "--no-save", *(f for f in flags if f in _TAKEN_OVER)])
    cwd, user = draft.walk.states[draft.end]
    moves = draft.dockerfile.instructions[draft.end].keyword in {"WORKDIR", "USER"}
    if moves or user != step.user or "$" in step.cwd:
        return ()
    return (f"{draft.keyword('RUN')} {line if cwd == step.cwd else f'cd {shlex.quote(step.cwd)} && {line}'}",)


def _installation(draft: Draft, facts: ProgramFacts) -> Step | None:
    """Return the one step that installs all that the lock file names; None if others change what is installed."""
    found = [
        s
        for s in draft.walk.steps
        if any(d.ecosystem == facts.ecosystem and d.said != "-g" for d in s.effects.distributions)
    ]
    done = any(re.search(r"\bnpm\s+prune\b", s.text) for s in draft.walk.steps)
    if done or len(found) != 1 or not all(d.locked for d in found[0].effects.distributions):
        return None
    try:
        words = shlex.split(found[0].text)
    except ValueError:
        return None
    plain = words[:1] == ["npm"] and len(words) > 1 and words[1] in _INSTALL
    return found[0] if plain and set(words[2:]) <= _TAKEN_OVER | _HARMLESS else None


def _is_carried(draft: Draft, step: Step) -> bool:
    place = Path(posixpath.normpath(step.cwd + posixpath.dirname(programs().tool_directory)), tree=True)
    return any(Path(artifact.path, tree=True).covers(place) for artifact in draft.artifacts)


def _knows_omit(draft: Draft) -> bool:
    base = draft.facts.base
    major = re.match(r"[0-9]+", base.tag or "") if base is not None else None
    return major is not None and int(major[0]) >= _SINCE
