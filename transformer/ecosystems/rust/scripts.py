"""Build scripts: whether what they write stays in the target directory (The Cargo Book, "Build Scripts")."""

from __future__ import annotations

import re

from transformer.ecosystems.call import World, absolute
from transformer.ecosystems.rust.packages import Package

_WRITING = re.compile(
    r"\b(?:fs::(?:write|copy|rename|create_dir\w*|hard_link)|File::create\w*|OpenOptions|Command::new|cmd!)\b"
)
"""Calls that may write files."""
_READERS = re.compile(r"Command::new\(\s*\"(?:git|date|hostname|uname|rustc|pkg-config|llvm-config)\"")
"""Programs that a script asks for something."""
_RPATH = "rpath"
"""The program looks for libraries where the build left them (ld manual, "-rpath")."""
_OUT = re.compile(r"\bOUT_DIR\b")
"""Where a build script is told to write."""
_BESIDE = re.compile(
    r"\bCARGO_MANIFEST_DIR\b|\bcurrent_dir\b"
    r"|\b(?:fs::(?:write|copy|rename|create_dir\w*|hard_link)|File::create\w*)\(\s*&?(?:Path::new\(\s*)?\""
)
"""What leads out of that directory."""


def unbounded(package: Package, world: World) -> str:
    """Return the build script of a package that may write beside the sources, where a program may look for it; "" if
    there is none.
    """
    if not package.manifest.script or not package.manifest.name:
        return ""
    path = absolute(package.manifest.script, package.folder)
    if not world.exists(path):
        return ""
    text = world.read(path)
    if text is None:
        return path
    plain = _READERS.sub("", text)
    if _RPATH in text:
        return path
    if not _WRITING.search(plain):
        return ""
    bounded = _OUT.search(text) and not _BESIDE.search(text) and not re.search(r"Command::new|cmd!", plain)
    return "" if bounded else path
