"""The modules of a build context: where own packages stand, and which packages are own."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from transformer.context.build_context import BuildContext

_MODULE = r"(?m)^[ \t]*module[ \t]+(?:\(\s*)?([^\s()]+)"
_REPLACED = r"(?m)^[ \t]*(?:replace[ \t]+)?([^\s()]+)(?:[ \t]+v\S+)?[ \t]+=>[ \t]+(\.{1,2}(?:/\S*)?)[ \t]*$"


@dataclass(slots=True)
class Modules:
    """Directory and path of each module at and below ``top``, the innermost first.

    ``roots`` are the import paths of own code and where it stands. Not ``complete``: a go.mod has no module.
    """

    top: str
    found: list[tuple[str, str]] = field(default_factory=list)
    roots: dict[str, str] = field(default_factory=dict)
    complete: bool = True


def modules_of(context: BuildContext, root: str, import_path: str | None) -> Modules:
    """Return the modules at or around ``root``; without any, the code stands at ``import_path``, if that is known."""
    above = [root, *(root.rsplit("/", n)[0] for n in range(1, root.count("/") + 1)), "."]
    modules = Modules(next((folder for folder in above if context.is_file(join(folder, "go.mod"))), root))
    for name in context.under(modules.top):
        if posixpath.basename(name) == "go.mod" and not is_apart(name, modules.top):
            _add(modules, posixpath.dirname(name) or ".", re.sub("//.*", "", context.read(name) or ""))
    modules.found.sort(key=lambda one: (-len(one[0]), one))
    if not modules.found and import_path:
        modules.roots[import_path] = modules.top
    return modules


def place_of(modules: Modules, path: str) -> str | None:
    """Return the directory of an own package, "" if its path is relative; None if it is not own."""
    if path.startswith("."):
        return ""
    own = [root for root in modules.roots if path == root or path.startswith(root + "/")]
    root = max(own, key=len, default=None)
    return None if root is None else join(modules.roots[root], path[len(root) :].lstrip("/"))


def is_apart(path: str, top: str) -> bool:
    """Whether a file is no own source of the module at ``top``."""
    folders = posixpath.relpath(path, top).split("/")[:-1]
    return "vendor" in folders or "testdata" in folders


def join(folder: str, name: str) -> str:
    """Return a context path."""
    return posixpath.normpath(posixpath.join(folder, name))


def _add(modules: Modules, folder: str, text: str) -> None:
    """Take a go.mod, with the directories that it says other modules are in."""
    module = re.search(_MODULE, text)
    modules.complete &= module is not None
    if module is not None:
        modules.found.append((folder, module[1].strip('"`')))
        modules.roots[modules.found[-1][1]] = folder
    for path, target in re.findall(_REPLACED, text):
        place = join(folder, target)
        if (modules.top == "." and not place.startswith("..")) or place.startswith(modules.top + "/"):
            modules.roots[path.strip('"`')] = place
