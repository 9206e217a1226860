"""The targets of a project, and the names of their files."""

from __future__ import annotations

from dataclasses import dataclass, field

AFFIXES = {"RUNTIME": ("", ""), "LIBRARY": ("lib", ".so"), "MODULE": ("lib", ".so"), "ARCHIVE": ("lib", ".a")}
"""The kinds of target that have a file, and what stands around its name on Linux."""
_NUMBERS = ("VERSION", "SOVERSION")
PROPERTIES = frozenset({"PREFIX", "SUFFIX", *_NUMBERS})
"""The properties that a file name is made of, next to OUTPUT_NAME."""


@dataclass(slots=True)
class Target:
    """A target so far. ``kind`` is RUNTIME, LIBRARY, MODULE, ARCHIVE, IMPORTED or "" (it has no file)."""

    name: str
    kind: str
    folder: str
    excluded: bool
    properties: dict[str, str | None] = field(default_factory=dict)


def files(target: Target) -> tuple[str, ...]:
    """Return all file names, the one without versions first; none if they are not known."""
    base = _base(target)
    if base is None or None in (target.properties.get(number, "") for number in _NUMBERS):
        return ()
    return (base, *sorted({f"{base}.{version}" for version in versions(target) if version}))


def versions(target: Target) -> tuple[str, str]:
    """Return VERSION and SOVERSION of a shared library; empty where there is none."""
    if target.kind != "LIBRARY":
        return "", ""
    return target.properties.get("VERSION") or "", target.properties.get("SOVERSION") or ""


def _base(target: Target) -> str | None:
    prefix, suffix = AFFIXES.get(target.kind, ("", ""))
    own = (("PREFIX", prefix), ("OUTPUT_NAME", target.name), ("SUFFIX", suffix))
    parts = [target.properties.get(key, default) for key, default in own]
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else None
