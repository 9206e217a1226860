"""The tools of the JDK itself: javac, jar, java and keytool.

Source: JDK 21 tool specifications. ``jar`` takes its operands in the order of its letters; javac without ``-d`` puts a
class beside its source, and compiles whatever the sources need.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise

from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments, resolve
from transformer.ecosystems.jvm.places import NAME, built, unbounded
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.shell import Expanded

_SAYING = frozenset({"-version", "--version", "-showversion", "-fullversion", "-help", "--help", "-X", "-h"})
_PATHS = frozenset({"-cp", "-classpath", "--class-path", "-sourcepath", "--source-path", "-p", "--module-path"})
_PATHS |= {"-processorpath", "--processor-path", "--module-source-path", "-bootclasspath", "-extdirs"}
_ATTACHED = re.compile(r"-(?:[AJX]|Xlint:|Xdoclint|proc:|implicit:|g:|Werror).*")
"""Options of javac that have their value in the same word, and change nothing that is written elsewhere."""
_LAYERS = ("dependencies", "spring-boot-loader", "snapshot-dependencies", "application")
"""The directories that ``jarmode`` extracts (Spring Boot 3, "Efficient Container Images")."""
_LONG = {"--create": "c", "--extract": "x", "--list": "t", "--update": "u", "--file": "f", "--manifest": "m"}
_LONG |= {"--main-class": "e", "--verbose": "v", "--no-compress": "0", "--no-manifest": "M", "--generate-index": "i"}
_READING = frozenset({"-list", "-printcert", "-exportcert", "-export", "-certreq", "-help", "-printcertreq"})


def javac(call: Call, world: World) -> Effects | None:
    """``javac``: classes go below ``-d``, else beside their sources."""
    words = tuple(w for w in call.words if not (w.known and _ATTACHED.fullmatch(w.text)))
    arguments = parse_arguments(call.spec, words)
    if arguments.flags & _SAYING:
        return Effects(toolchain=NAME)
    if arguments.unknown:
        return None
    read = tuple(_read(arguments, world))
    target = arguments.value("-d")
    if target is not None:
        place = resolve(target, world.cwd)
        return None if place is None else built(world, Write(Path(place.path, tree=True), Nature.ARTIFACT), reads=read)
    folders = {_folder(word, world.cwd) for word in arguments.operands}
    if None in folders or not folders or arguments.value("-sourcepath", "--source-path", "-m", "--module"):
        folders = {world.cwd}
    writes = (Write(Path(folder or world.cwd, tree=True), Nature.ARTIFACT) for folder in sorted(filter(None, folders)))
    return built(world, *writes, reads=read)


def _read(arguments: Arguments, world: World) -> Iterator[Path]:
    """Yield the sources and what they are compiled with."""
    for word in arguments.operands:
        place = resolve(word, world.cwd)
        if place is not None:
            yield place
    for option, _, value in arguments.values:
        for entry in value.text.split(":") if option in _PATHS else ():
            yield Path(absolute(entry.removesuffix("*") or ".", world.cwd), tree=True)


def _folder(word: Expanded, cwd: str) -> str | None:
    """Return the directory of a source; None for a file of names, or one that is not known."""
    if not word.known or word.text.startswith("@"):
        return None
    place = resolve(word, cwd)
    if place is None:
        return None
    return place.path if place.tree else posixpath.dirname(place.path)


def jar(call: Call, world: World) -> Effects | None:
    """``jar``: makes an archive of files, or unpacks one where it works."""
    if not call.words or not all(w.known for w in call.words):
        return None
    letters, rest = _letters([w.text for w in call.words])
    if letters is None:
        return None
    values: dict[str, str] = {}
    for letter in letters:
        if letter in "fem" and rest:
            values[letter] = rest.pop(0)
    archive = values.get("f", "")
    if "t" in letters:
        return Effects(toolchain=NAME)
    if not archive or not set(letters) & set("cxui"):
        return None
    file = Path(absolute(archive, world.cwd))
    if "x" in letters:
        return built(world, Write(Path(world.cwd, tree=True), Nature.ARTIFACT))
    edited = (file,) if "u" in letters or "c" not in letters else ()
    done = built(world, Write(file, Nature.ARTIFACT))
    named = tuple(Path(absolute(name, world.cwd), tree=True) for name in rest if not name.startswith("-"))
    return Effects(reads=(*done.reads, *named, *edited), writes=done.writes, toolchain=NAME)


def _letters(words: list[str]) -> tuple[str | None, list[str]]:
    """Return the letters of a call, and the words behind them; None for an option that is not known."""
    if not words[0].startswith("--"):
        return words[0].lstrip("-"), words[1:]
    letters, values, rest = "", [], words
    while rest and rest[0].startswith("--"):
        name, equals, value = rest[0].partition("=")
        if name not in _LONG:
            return None, []
        letters += _LONG[name]
        rest = rest[1:]
        if _LONG[name] in "fem":
            values.append(value if equals else (rest.pop(0) if rest else ""))
    return letters, [*values, *rest]


def java(call: Call, world: World) -> Effects | None:
    """``java`` while the image is built runs code that the build has made, or a tool that was fetched."""
    words = [w.text if w.known else None for w in call.words]
    if words and words[0] in _SAYING and len(words) == 1:
        return Effects()
    if None in words:
        return None
    plain = [w for w in words if w is not None]
    if any(w.startswith("-Djarmode=") for w in plain) and "extract" in plain:
        return _extracted(plain, world)
    here = Path(world.cwd, tree=True)
    if world.cwd == "/":
        return None
    message = f"`java {' '.join(plain)}` runs code of the project: what it writes is not known"
    return built(world, Write(here, Nature.ARTIFACT, must=False), assumptions=(unbounded(world, message),))


def _extracted(words: list[str], world: World) -> Effects | None:
    """The layers of an executable archive go where the call works, or to ``--destination``."""
    at = words.index("--destination") + 1 if "--destination" in words else 0
    target = next((w.partition("=")[2] for w in words if w.startswith("--destination=")), "")
    target = words[at] if 0 < at < len(words) else target
    asked = {w for w in words[words.index("extract") + 1 :] if w.startswith("--")}
    if (
        "tools" in " ".join(words)
        or asked - {"--destination", "--layers"}
        or any(w.startswith("--layers") for w in asked)
    ):
        place = Path(absolute(target or ".", world.cwd), tree=True)
        return None if place.path == "/" else built(world, Write(place, Nature.ARTIFACT))
    places = (Path(absolute(posixpath.join(target, name), world.cwd), tree=True) for name in _LAYERS)
    return built(world, *(Write(place, Nature.ARTIFACT) for place in places))


def keytool(call: Call, world: World) -> Effects | None:
    """``keytool``: a store of keys or certificates is made or changed."""
    if not all(w.known for w in call.words):
        return None
    words = [w.text for w in call.words]
    if not _READING.isdisjoint(words):
        return Effects()
    stores = [value for option, value in pairwise(words) if option in {"-keystore", "-destkeystore"}]
    if "-cacerts" in words:
        stores = [f"{world.env.get('JAVA_HOME')}/lib/security/cacerts"] if world.env.get("JAVA_HOME") else []
    if not stores or any("/jre/" in store for store in stores):
        return None  # below the home directory, or where only a JDK 8 has it
    given = [v for o, v in pairwise(words) if o in {"-file", "-infile", "-srckeystore", "-rfcfile"}]
    paths = [Path(absolute(name, world.cwd)) for name in stores]
    reads = tuple(Path(absolute(name, world.cwd)) for name in given)
    return Effects(reads=reads, writes=tuple(Write(path, Nature.DATA, carriable=False) for path in paths))
