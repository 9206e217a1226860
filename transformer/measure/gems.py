"""RubyGems, by the packages that Debian makes of them: their Ruby code, and the libraries of their extensions.

What a gem depends on stands in the gemspec that the package has; each release that is read counts as one version.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import tarfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from debian.arfile import ArError
from debian.deb822 import Packages
from debian.debfile import DebFile

from transformer.context.ruby_source import read
from transformer.measure.fetching import Fetcher
from transformer.measure.libraries import EVERYWHERE, SHARED, needed
from transformer.measure.reading import OPEN, Reading

_SUITES = ("bullseye", "bookworm", "trixie")
_GEMSPEC = re.compile(r".*/specifications/(?P<name>[A-Za-z0-9_.-]+?)-(?P<version>[0-9][\w.]*)(?:-[\w-]+)?\.gemspec$")
_REQUIRED = re.compile(r"add_(runtime_|development_)?dependency\(%q<([\w.-]+)>")
_DEVELOPING = "development_"
"""How generated gemspecs say it; for an older RubyGems they repeat all without its kind."""
_CODE = re.compile(r"(?:/vendor_ruby/|/gems/[^/]+/lib/).*\.(?:rb|rake)$")
"""What a program that loads the gem may load."""
_ASIDE = frozenset({"generators", "templates", "test", "tests", "spec", "specs", "examples", "doc", "commands"})
"""Directories of what only developers start."""
_MOST = 30_000_000
"""How large a file may be that is read."""
_INTERPRETER = re.compile(r"(lib)?ruby[0-9.]+(-dev)?|jruby|ruby-rubygems|puppetserver|puppet-.*|vagrant.*")
"""Packages that have copies of others' gems beside their own code."""
_OWN = re.compile(r"libruby.*\.so.*")


def readings(archive: str, fetcher: Fetcher, workers: int) -> dict[str, Reading]:
    """Return what the gems in Debian's archive at a URL say, by their names."""
    urls = [url for suite in _SUITES for url in _urls(archive.rstrip("/"), suite, fetcher)]
    found: dict[str, Reading] = {}
    with ProcessPoolExecutor(workers) as pool:
        for gems in pool.map(partial(_package, fetcher), urls, chunksize=8):
            for name, reading in gems:
                found[name] = found.get(name, Reading()).with_(reading)
    return dict(sorted(found.items()))


def _urls(archive: str, suite: str, fetcher: Fetcher) -> Iterator[str]:
    """Yield where the packages of a suite are that may have a gem in them."""
    packed = fetcher.get(f"{archive}/dists/{suite}/main/binary-amd64/Packages.xz")
    index = io.BytesIO(lzma.decompress(packed) if packed else b"")
    for entry in Packages.iter_paragraphs(index, use_apt_pkg=False):
        if _INTERPRETER.fullmatch(entry["Package"]):
            continue
        if entry.get("Section") == "ruby" or entry["Package"].startswith("ruby-") or "ruby" in entry.get("Depends", ""):
            yield f"{archive}/{entry['Filename']}"


def _package(fetcher: Fetcher, url: str) -> list[tuple[str, Reading]]:
    """Return the gems of a package, each with all that the package has: which file belongs to which is not said."""
    packed = fetcher.get(url)
    try:
        with DebFile(fileobj=io.BytesIO(packed or b"")) as package, package.data.tgz() as archive:
            files = [(str(m.name), m) for m in archive if m.isfile() and m.size < _MOST]
            contents = {name: _content(archive, m) for name, m in files if _matters(name)}
    except (ArError, OSError, EOFError, ValueError, KeyError):
        return []
    specs = [(found, text) for name, text in contents.items() if (found := _GEMSPEC.match(name))]
    code = _code(contents)
    return [
        (spec["name"], code.with_(Reading(frozenset({spec["version"]}), frozenset(_required(text)))))
        for spec, text in specs
    ]


def _matters(name: str) -> bool:
    folders = set(posixpath.dirname(name).split("/"))
    return not folders & _ASIDE and bool(_CODE.search(name) or _GEMSPEC.match(name) or SHARED.search(name))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = archive.extractfile(member)
    return b"" if opened is None else opened.read()


def _required(gemspec: bytes) -> Iterator[str]:
    text = gemspec.decode("utf-8", "replace")
    asked = {name for kind, name in _REQUIRED.findall(text) if kind != _DEVELOPING}
    yield from asked - {name for kind, name in _REQUIRED.findall(text) if kind == _DEVELOPING}


def _code(contents: dict[str, bytes]) -> Reading:
    """Return what the code of a package runs. What it evaluates, and calls by names that are put together, is made of
    what stands there, as in the other indexes.
    """
    said = [read(text.decode("utf-8", "replace")) for name, text in contents.items() if name.endswith((".rb", ".rake"))]
    linked = {soname for name, text in contents.items() if SHARED.search(name) for soname in needed(text)}
    open_ended = any(s.dynamic or s.libraries for s in said)
    return Reading(
        commands=frozenset(posixpath.basename(m.text) for s in said for m in s.commands),
        libraries=frozenset(_outside(linked)),
        marks=frozenset({OPEN} if open_ended else ()),
    )


def _outside(names: Iterable[str]) -> Iterator[str]:
    yield from (name for name in names if not EVERYWHERE.fullmatch(name) and not _OWN.fullmatch(name))
