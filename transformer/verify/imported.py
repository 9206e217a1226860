"""Modules that the started program imports and only the old image has: Python's and Node's rules of looking them up.

Own sources are followed from what the image starts. Of installed packages the requirements count that they declare:
what they import beyond these they import if it is there.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from transformer.verify.config import type_config
from transformer.verify.image import Image
from transformer.verify.started import Place, lines_of
from transformer.verify.verdict import Difference

_MOST_SOURCES = 20_000
_SITE = re.compile(r".*/(?:site|dist)-packages|.*/lib/python[0-9.]+(?:/lib-dynload)?")
_IMPORT = re.compile(r"^[ \t]*import[ \t]+(.+)$", re.MULTILINE)
_FROM = re.compile(r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+\(?([\w, \t*]*)", re.MULTILINE)
_REQUIRE = re.compile(r"""(?:\brequire\(|\bfrom|\bimport|\bimport\()\s*["']([^"'\n]{1,200})["']""")
_MODULE = re.compile(r"[A-Za-z_][\w.]*")
_REQUIRES = re.compile(r"^Requires-Dist:[ \t]*([A-Za-z0-9._-]+)([^;\n]*)(?:;(.*))?$", re.MULTILINE)
_CAUSE = "the module stayed behind: carry the directory that it was installed into"
_SCRIPT_FILES = ("", ".js", ".cjs", ".mjs", ".json", "/index.js")


def lost_modules(old: Place, new: Place, config: type_config) -> Iterator[Difference]:
    """Yield each import of the started program that leads somewhere in the old image and nowhere in the new one."""
    words = [word for _, line in lines_of(config) for word in _words(new, line)]
    yield from _Python(old, new).lost(words)
    yield from _lost_distributions(old.image, new.image)
    yield from _Node(old, new).lost(words)


def _words(place: Place, line: Iterable[str]) -> Iterator[str]:
    """Yield the words of a command line, and those of a script in package.json, which npm and others run by name."""
    yield from line
    scripts = _package(place.image, posixpath.join(place.folder, "package.json")).get("scripts")
    for word in line:
        script = scripts.get(word) if isinstance(scripts, dict) else None
        if isinstance(script, str):
            yield from script.split()


def _lost(path: str, how: str, name: str) -> Difference:
    return Difference("E2", path, f"{how} {name}", f"lacks {name}", _CAUSE)


class _Python:
    """Follows ``import`` (The Python Language Reference, 5): the script's directory, PYTHONPATH, site directories."""

    def __init__(self, old: Place, new: Place) -> None:
        self.old, self.new = old, new
        self.installed = {id(image): _installed(image) for image in (old.image, new.image)}
        self.compiled = {id(image): _compiled(image) for image in (old.image, new.image)}

    def lost(self, words: Iterable[str]) -> Iterator[Difference]:
        todo = [path for word in words for path in self._roots(word)]
        read = set[str]()
        while todo and len(read) < _MOST_SOURCES:
            path = todo.pop()
            if path in read or path not in self.new.image.texts:
                continue
            read.add(path)
            modules = [
                (module.lstrip("."), self._folders(path, module)) for module in _imports(self.new.image.texts[path])
            ]
            missing = {part for name, folders in modules for part in self._first_lost(name, folders)}
            yield from (_lost(path, "imports", part) for part in sorted(missing))
            todo += [f for name, folders in modules for part in _parts(name) for d in folders for f in _files(d, part)]

    def _first_lost(self, name: str, folders: list[str]) -> list[str]:
        return [part for part in _parts(name) if self._is_lost(part, folders)][:1]

    def _roots(self, word: str) -> Iterator[str]:
        """Yield the sources that a word of the command line may mean: a file, a module, ``module:object``."""
        found = self.new.text(word)
        if found is not None and (found[0].endswith(".py") or "python" in found[1].partition("\n")[0]):
            yield found[0]
        name = word.partition(":")[0]
        if _MODULE.fullmatch(name):
            for folder in (self.new.folder, *self._variable()):
                yield posixpath.join(folder, name.replace(".", "/"), "__main__.py")
                yield from (file for part in _parts(name) for file in _files(folder, part))

    def _folders(self, path: str, module: str) -> list[str]:
        dots = len(module) - len(module.lstrip("."))
        if dots:
            folder = posixpath.dirname(path)
            for _ in range(dots - 1):
                folder = posixpath.dirname(folder)
            return [folder]
        return [posixpath.dirname(path), self.new.folder, *self._variable()]

    def _variable(self) -> list[str]:
        return [folder for folder in self.new.variables.get("PYTHONPATH", "").split(":") if folder]

    def _is_lost(self, name: str, folders: list[str]) -> bool:
        return self._has(self.old.image, name, folders) and not self._has(self.new.image, name, folders)

    def _has(self, image: Image, name: str, folders: list[str]) -> bool:
        path = name.replace(".", "/")
        if any(posixpath.join(folder, path + end) in image.files for folder in folders for end in ("", ".py")):
            return True
        if name in self.installed[id(image)]:
            return True
        return any(posixpath.join(folder, path) in self.compiled[id(image)] for folder in folders)


def _compiled(image: Image) -> frozenset[str]:
    """Return the extension modules as paths without what follows the first dot: their names hold the platform's."""
    split = (posixpath.split(path) for path in image.files if path.endswith(".so"))
    return frozenset(posixpath.join(folder, name.partition(".")[0]) for folder, name in split)


def _installed(image: Image) -> frozenset[str]:
    """Return the top-level modules in the site and library directories."""
    split = (posixpath.split(path) for path in image.files)
    return frozenset(name.partition(".")[0] for folder, name in split if _SITE.fullmatch(folder))


def _imports(text: str) -> set[str]:
    found = {name.split()[0] for names in _IMPORT.findall(text) for name in names.split(",") if name.split()}
    for module, names in _FROM.findall(text):
        inside = [name.split()[0] for name in names.split(",") if name.split() and name.strip() != "*"]
        joined = [f"{module}{'' if module.endswith('.') else '.'}{name}" for name in inside]
        found |= {module, *joined} if module.strip(".") else set(joined)
    return {name for name in found if _MODULE.fullmatch(name.lstrip("."))}


def _parts(name: str) -> list[str]:
    """Return ``a``, ``a.b``, ``a.b.c``."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1) if parts[0]]


def _files(folder: str, name: str) -> tuple[str, str]:
    path = posixpath.join(folder, name.replace(".", "/"))
    return f"{path}.py", f"{path}/__init__.py"


def _lost_distributions(old: Image, new: Image) -> Iterator[Difference]:
    """Yield the declared requirements of installed Python packages that only the old image meets; no extras."""
    before, after = _distributions(old), _distributions(new)
    for path, text in sorted(new.texts.items()):
        if not path.endswith(".dist-info/METADATA"):
            continue
        for name, _, marker in _REQUIRES.findall(text.partition("\n\n")[0]):
            if "extra" not in marker and _normal(name) in before - after:
                owner = posixpath.basename(posixpath.dirname(path)).removesuffix(".dist-info")
                yield _lost(path, f"{owner} requires", name)


def _distributions(image: Image) -> frozenset[str]:
    names = (posixpath.basename(path) for path in image.files if path.endswith((".dist-info", ".egg-info")))
    return frozenset(_normal(name.partition("-")[0]) for name in names)


def _normal(name: str) -> str:
    """Return a distribution's name as it is compared (packaging.python.org, name normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()


class _Node:
    """Follows ``require`` and ``import`` (nodejs.org, Modules: CommonJS modules): node_modules upwards."""

    def __init__(self, old: Place, new: Place) -> None:
        self.old, self.new = old.image, new.image
        self.place = new
        self.read = set[str]()

    def lost(self, words: Iterable[str]) -> Iterator[Difference]:
        todo = [path for word in words for path in self._source(self.new, posixpath.join(self.place.folder, word))]
        while todo and len(self.read) < _MOST_SOURCES:
            path = todo.pop()
            if path in self.read:
                continue
            self.read.add(path)
            for name in sorted(set(_REQUIRE.findall(self.new.texts.get(path, "")))):
                if name.startswith("."):
                    target = posixpath.join(posixpath.dirname(path), name)
                    if list(self._source(self.old, target)) and not list(self._source(self.new, target)):
                        yield _lost(path, "requires", name)
                    todo += self._source(self.new, target)
                else:
                    package = "/".join(name.split("/")[: 2 if name.startswith("@") else 1])
                    yield from self._package(posixpath.dirname(path), package, path)

    def _source(self, image: Image, path: str) -> Iterator[str]:
        """Yield the file that a path of a script leads to."""
        for end in _SCRIPT_FILES:
            found = image.resolve(path + end)
            if found is not None and image.files[found].kind == "file":
                yield found
                return

    def _package(self, folder: str, name: str, user: str) -> Iterator[Difference]:
        """Yield that a package is lost, or one that it declares to depend on, and so on."""
        todo = [(folder, name, user)]
        while todo and len(self.read) < _MOST_SOURCES:
            folder, name, user = todo.pop()
            at = _in_modules(self.new, folder, name)
            if at is None:
                if _in_modules(self.old, folder, name) is not None:
                    yield _lost(user, "requires", name)
            elif at not in self.read:
                self.read.add(at)
                needed = _package(self.new, f"{at}/package.json").get("dependencies")
                todo += [(at, other, at) for other in needed] if isinstance(needed, dict) else []


def _in_modules(image: Image, folder: str, name: str) -> str | None:
    while True:
        found = image.resolve(f"{folder.rstrip('/')}/node_modules/{name}")
        if found is not None or folder == "/":
            return found
        folder = posixpath.dirname(folder)


def _package(image: Image, path: str) -> dict[str, object]:
    with suppress(ValueError, RecursionError):
        found = json.loads(image.texts.get(posixpath.normpath(path), "{}"))
        return found if isinstance(found, dict) else {}
    return {}
