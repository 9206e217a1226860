"""Packages of another source than the release's own: they may bring newer libraries than the final image's base has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transformer.classify.state import State
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Path, Step
from transformer.knowledge import Group
from transformer.knowledge.programs import programs
from transformer.knowledge.releases import codenames, find

_LINE = re.compile(r"\bdeb(?:-src)?\s+(?:\[[^\]]*\]\s*)?(?P<url>[^\s\"']+)\s+(?P<suite>[^\s\"']+)")
"""A line of sources.list(5): type, options, address, suite."""
_DEB822 = re.compile(r"(?mi)^\s*(?:(?P<key>URIs|Suites):\s*(?P<values>.+))$")
_ARCHIVE = re.compile(
    r"(?:mirror\+)?(?:https?|ftp)://[^/]+(?:/pub|/mirrors?)?/(?:debian|ubuntu)(?:-security|-ports)?/?"
)
"""A mirror of the archive: ``/debian`` and ``/ubuntu`` are its directories, whatever the host."""
_CODENAME = re.compile(r"\$\(lsb_release -s?cs?s?\)|\$\{?(?:VERSION_CODENAME|UBUNTU_CODENAME)\}?")
_POCKETS = frozenset({"", "-updates", "-security", "/updates", "-backports"})
"""Parts of a release: backports are only taken where -t asks for them (Debian's backports instructions)."""
_MOVING = frozenset({"stable", "oldstable", "testing", "unstable", "sid", "experimental", "devel"})
_FILES = ("sources.list", "preferences")


def foreign_packages(state: State) -> Iterator[Diagnostic]:
    """Yield, once, why dropped packages of the build may have brought libraries that the base image lacks."""
    source: Step | None = None
    for step in state.steps:
        if source is None and _is_foreign(state, step):
            source = step
        asked = next((i.release for i in step.effects.installs if i.release), "")
        dropped = [w.name for i in step.effects.installs for w in i.packages if _is_dropped(state, w.name)]
        if dropped and (source is not None or asked):
            message = f"{', '.join(dropped[:3])} may come with newer libraries than the base image has: "
            message += _why(source) if source is not None else f"{asked} is another package source"
            cure = "take them from the release itself, or check with a real build"
            yield Diagnostic("DF511", message, (source or step).position, cure)
            return


def _why(source: Step) -> str:
    if source.effects.opaque:
        return f"`{source.text}` is not understood, and may add another package source"
    return f"`{source.text}` adds another package source"


def _is_dropped(state: State, name: str) -> bool:
    role = state.known.release.role(name)
    return not state.judge.fate(name).kept and (role is None or role.group is Group.BUILD)


def _is_foreign(state: State, step: Step) -> bool:
    """Whether the step may add packages that are not of the base image's release."""
    if step.effects.opaque:
        return True
    written = [w.path for w in step.effects.writes if _holds_sources(w.path)]
    if not written:
        return False
    text = _copied(state, step) if step.keyword in {"COPY", "ADD"} else step.text
    own = find(state.known.release.name).codename
    if text is None:
        return True
    if any(path in step.effects.reads for path in written):
        # sed -i: another mirror, other components; another release has to be named
        return any(w in _MOVING or (w in codenames() and w != own) for w in re.findall(r"[a-z]+", text))
    urls, suites = _named(text)
    if urls or suites:
        return not all(map(_ARCHIVE.fullmatch, urls)) or not all(_is_own(s, own) for s in suites)
    by_command = all(path.path in programs().package_sources for path in written)
    return not by_command or any("://" in w or w.startswith("ppa:") for w in re.split(r"[\s\"']+", text))


def _named(text: str) -> tuple[list[str], list[str]]:
    """Return the addresses and suites that source lists name, in either of their formats."""
    lines = list(_LINE.finditer(text))
    fields = [(m["key"].lower(), m["values"].split()) for m in _DEB822.finditer(text)]
    urls = [m["url"] for m in lines] + [u for key, values in fields if key == "uris" for u in values]
    return urls, [m["suite"] for m in lines] + [s for key, values in fields if key == "suites" for s in values]


def _holds_sources(path: Path) -> bool:
    folders = programs().package_sources
    own = any(path.path.startswith(f"{folder}/{name}") for folder in folders for name in _FILES)
    return own or path.path in folders


def _is_own(suite: str, codename: str) -> bool:
    named = _CODENAME.sub(codename, suite)
    return bool(codename) and named.startswith(codename) and named[len(codename) :] in _POCKETS


def _copied(state: State, step: Step) -> str | None:
    """Return the text of the source lists that a COPY brings; None if they cannot be read."""
    context = state.known.context
    texts = []
    for copied in state.walk.copies:
        if copied.instruction != step.instruction:
            continue
        files = context.under(copied.source) if context is not None and copied.directory else (copied.source,)
        for name in files:
            text = context.read(name) if context is not None else None
            if text is None:
                return None
            texts.append(text)
    return "\n".join(texts) if texts else None
