"""The package managers of Debian and Ubuntu, and accounts."""

from __future__ import annotations

import re

from msgspec.structs import replace

from transformer.ecosystems.call import Call, World, resolve
from transformer.effects.combine import opaque
from transformer.ir.effects import Effects, Install, Nature, PackageWord, Path, Write
from transformer.ir.source import Span
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

LISTS = Path("/var/lib/apt/lists", tree=True)
"""Where `apt-get update` leaves the package lists that an installation reads (apt-get(8))."""
ARCHIVES = Path("/var/cache/apt", tree=True)
DATABASE = Path("/var/lib/dpkg", tree=True)

_VALUED = frozenset(
    {
        "-o",
        "-t",
        "-c",
        "--option",
        "--target-release",
        "--config-file",
        "--default-release",
        "-a",
        "--host-architecture",
    }
)
_PRINTABLE = re.compile(r"[!-~]+")
"""Names, versions and paths of packages are ASCII without blanks (deb-control(5))."""
_QUALIFIED = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]*)(?:[:=/].*)?", re.DOTALL)
_NOT_CARRIED = Write(Path("/etc", tree=True), Nature.DATA, must=False, carriable=False)


def apt(call: Call, world: World) -> Effects:
    """``apt-get``, ``apt`` and ``aptitude`` (apt-get(8))."""
    verb, flags, words = _verb(call)
    sources = tuple(Path(p, tree=True) for p in programs().package_sources)
    if verb == "update":
        return Effects(reads=sources, writes=(Write(LISTS, Nature.CACHE),))
    if verb == "install":
        return _install(call, flags, words)
    if verb in {"remove", "purge", "autoremove", "autopurge"} and words:
        named = _packages(words)
        return opaque("a package that is removed is not known") if named is None else Effects(uninstalls=named)
    if verb in {"clean", "autoclean", "autoremove", "autopurge", "auto-clean", "check", "remove", "purge"}:
        return Effects(removes=(ARCHIVES,))
    if verb in {"upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"}:
        write = Write(Path("/usr", tree=True), Nature.DATA, must=False, carriable=False)
        return Effects(reads=(LISTS,), writes=(write,))
    if verb == "source":
        return Effects(reads=(LISTS,), writes=(Write(Path(world.cwd, tree=True), Nature.DOWNLOAD),))
    if verb in {"", "search", "show", "list", "policy", "depends", "rdepends", "moo"}:
        return Effects()
    return opaque(f"{call.name} {verb} installs what its archive says")


def _verb(call: Call) -> tuple[str, list[str], list[tuple[Expanded, Span | None]]]:
    verb, flags, rest, skip = "", [], [], False
    for word, span in zip(call.words, call.spans or (None,) * len(call.words), strict=True):
        text = word.text if word.known else word.prefix
        if skip:
            skip = False
        elif text.startswith("-"):
            flags.append(text)
            skip = text in _VALUED
        elif not verb and word.known:
            verb = text
        else:
            rest.append((word, span))
    return verb, flags, rest


def _install(call: Call, flags: list[str], words: list[tuple[Expanded, Span | None]]) -> Effects:
    packages = _packages(words)
    if packages is None:
        return opaque("a package that is installed is not known")
    recommends = not {"--no-install-recommends", "-R"} & set(flags)
    recommends = recommends and not any("Install-Recommends" in w.text for w in call.words)
    yes = any(_says_yes(f) for f in flags) or any("Assume-Yes" in w.text for w in call.words)
    reads = [LISTS, *(Path(p, tree=True) for p in programs().package_sources)]
    reads += [p for w, _ in words if "/" in w.text and w.text.endswith(".deb") for p in [resolve(w, "/")] if p]
    install = Install(call.name, packages, recommends, yes, _release(call, packages))
    return Effects(reads=tuple(reads), writes=(Write(ARCHIVES, Nature.CACHE),), installs=(install,) if packages else ())


def _release(call: Call, packages: tuple[PackageWord, ...]) -> str:
    """Return the release that is asked for, for all packages or behind the name of one; "" if none is."""
    texts = [w.text for w in call.words]
    for text, following in zip(texts, [*texts[1:], ""], strict=True):
        option, _, value = text.partition("=")
        if option in {"-t", "--target-release", "--default-release"}:
            return value or following
        if text.startswith("-t"):
            return text[2:]
    behind = (p.raw.partition("/")[2] for p in packages if not p.raw.endswith(".deb"))
    return next(filter(None, behind), "")


def _says_yes(flag: str) -> bool:
    if flag.startswith("--"):
        return flag in {"--yes", "--assume-yes", "--force-yes", "--assume-no"}
    return "y" in flag or flag.count("q") > 1 or flag.startswith("-q=2")


def _packages(words: list[tuple[Expanded, Span | None]]) -> tuple[PackageWord, ...] | None:
    """Return the package words; None if one of them is not known."""
    found = []
    for word, span in words:
        if not word.known or word.glob or not _PRINTABLE.fullmatch(word.text):
            return None
        match = _QUALIFIED.fullmatch(word.text)
        found.append(PackageWord(match["name"] if match else word.text, word.text, word.span, span))
    return tuple(found)


def dpkg(call: Call, world: World) -> Effects:
    """``dpkg``: -i unpacks a file that is there; its queries write nothing (dpkg(1))."""
    texts = [w.text for w in call.words]
    if any(t in {"-i", "--install", "--unpack"} for t in texts):
        files = [resolve(w, world.cwd) for w in call.words if not w.text.startswith("-")]
        if any(f is None for f in files):
            return opaque("the package file of dpkg is not known")
        write = Write(Path("/usr", tree=True), Nature.DATA, must=False, carriable=False)
        return Effects(reads=tuple(f for f in files if f is not None), writes=(write,))
    if any(
        t.startswith(("--print", "-l", "-L", "-s", "-S", "--list", "--status", "--get", "--compare", "--version"))
        for t in texts
    ):
        return Effects()
    if any(t.startswith(("--add-architecture", "--configure")) for t in texts):
        return Effects(writes=(Write(DATABASE, Nature.DATA, must=False, carriable=False),))
    return opaque("dpkg is used in a way that is not known")


def mark(call: Call, world: World) -> Effects:
    """``apt-mark``: changes what a later autoremove takes."""
    return opaque("apt-mark decides what is removed later")


def package_sources(call: Call, world: World) -> Effects:
    """Commands that add a package source or its key."""
    places = tuple(Path(p, tree=True) for p in programs().package_sources)
    return Effects(writes=tuple(Write(p, Nature.CACHE, carriable=False) for p in places))


def archive_key(call: Call, world: World) -> Effects:
    """``apt-key``: the keys that apt trusts, which bring no package."""
    places = tuple(Path(f"{p}/trusted.gpg.d", tree=True) for p in programs().package_sources)
    return Effects(writes=tuple(Write(p, Nature.CACHE, carriable=False) for p in places))


def repeat(call: Call, world: World) -> Effects:
    """Commands that change the system's own configuration: never carried, always repeated. The first place of the table
    is written, all of them are read, and so are the files that the command names (``crontab FILE``).
    """
    places = tuple(Path(p, tree=True) for p in call.spec.configs or ("/etc",))
    named = (resolve(w, world.cwd) for w in call.arguments.operands if w.known and "/" in w.text)
    files = tuple(p for p in named if p is not None and p.path != "/")
    return Effects(reads=(*places, *files), writes=(replace(_NOT_CARRIED, path=places[0]),))


def ldconfig(call: Call, world: World) -> Effects:
    """``ldconfig``: reads the library directories, writes the loader's cache (ldconfig(8))."""
    reads = tuple(Path(p, tree=True) for p in programs().library_directories[:1])
    return Effects(reads=reads, writes=(Write(Path("/etc/ld.so.cache"), Nature.DATA, carriable=False),))
