"""The go command: what it reads, fetches and builds, and what its programs need."""

from __future__ import annotations

from msgspec.structs import replace

from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments, resolve
from transformer.ecosystems.ecosystem import Ecosystem
from transformer.ecosystems.go.places import (
    NAME,
    default_output,
    home,
    install_directory,
    is_directory,
    program_names,
    workspaces,
)
from transformer.ir.effects import Effects, Library, Nature, Need, Path, Write
from transformer.knowledge.commands import command
from transformer.shell import Expanded

_PURE = frozenset({"version", "vet", "list", "fmt", "fix", "doc", "help", "bug", "telemetry"})
_REPORTING_TOOLS = frozenset(
    {"dist", "cover", "nm", "objdump", "pprof", "trace", "vet", "version", "buildid", "addr2line"}
)
"""Tools of ``go tool`` that print; others make files or are programs of modules (``go help tool``)."""
_UNKNOWN = "<unknown>"
_SETTING = "go env "
"""What stands before a variable that ``go env -w`` sets, in what package managers were told to remember."""


def _go(call: Call, world: World) -> Effects | None:
    words, world = _changed_directory(call.words, _remembered(world))
    if not words or not words[0].known:
        return None
    verb, arguments = words[0].text, parse_arguments(call.spec, words[1:])
    if verb == "env":
        return _environment(words[1:], world)
    if verb in _PURE or (verb == "tool" and not _makes_something(arguments)):
        return Effects(reads=(Path(world.cwd, tree=True),), toolchain=NAME)
    if arguments.unknown:
        return None
    handler = _VERBS.get(verb)
    directory = arguments.value("-C")
    if handler is None or (directory is not None and not directory.known):
        return None
    return handler(arguments, world if directory is None else _inside(world, directory))


def _makes_something(arguments: Arguments) -> bool:
    tool = arguments.operands[0] if arguments.operands else None
    return tool is not None and not (tool.known and tool.text in _REPORTING_TOOLS)


def _environment(words: tuple[Expanded, ...], world: World) -> Effects | None:
    """``go env``: prints, and with -w or -u changes what later calls take for variables that are not set."""
    options, rest = (
        {w.text.lstrip("-") for w in words if w.text.startswith("-")},
        [w for w in words if w.text[:1] != "-"],
    )
    if not options & {"w", "u"}:
        return Effects(reads=(Path(world.cwd, tree=True),), toolchain=NAME)
    for word in rest:
        name, _, value = word.text.partition("=")
        if not (word.known or word.prefix.startswith(name + "=")):
            return None
        if "u" in options:
            world.settings.pop(_SETTING + name, None)
        else:
            world.settings[_SETTING + name] = value if word.known else _UNKNOWN
    settings = Path(home(world) + "/.config/go", tree=True)
    return Effects(writes=(Write(settings, Nature.CACHE),), toolchain=NAME)


def _remembered(world: World) -> World:
    """Return the world with what ``go env -w`` set; a variable of the environment goes before it."""
    kept = {k.removeprefix(_SETTING): v for k, v in world.settings.items() if k.startswith(_SETTING)}
    known: dict[str, str | None] = {k: None if v == _UNKNOWN else v for k, v in kept.items()}
    return replace(world, env={**known, **world.env}) if known else world


def _inside(world: World, directory: Expanded) -> World:
    """Apply ``-C dir``, before or after the verb: what follows is read from there (``go help build``)."""
    return replace(world, cwd=absolute(directory.text, world.cwd))


def _changed_directory(words: tuple[Expanded, ...], world: World) -> tuple[tuple[Expanded, ...], World]:
    """Apply ``go -C dir verb``."""
    if len(words) > 1 and words[0].text == "-C" and words[1].known:
        return words[2:], _inside(world, words[1])
    return words, world


def _build(arguments: Arguments, world: World) -> Effects | None:
    """``go build``: one main package gives a program, in ``-o`` or under its default name in the working directory."""
    packages, output = arguments.operands, arguments.value("-o")
    if output is not None:
        target = resolve(output, world.cwd)
        if output.text.endswith("/") or (target is not None and is_directory(target.path, world)):
            return None if target is None else _built_into(target.path, packages, world)
    else:
        target = default_output(packages, world)
    if target is None:
        return None
    if target.path == "/dev/null":
        return _sources_and_caches(world)
    return _with_program(world, target)


def _built_into(folder: str, packages: tuple[Expanded, ...], world: World) -> Effects:
    """Several programs go into a directory under their default names."""
    names = [
        n
        for p in packages or (Expanded(".", True, ".", False),)
        for n in program_names(p.text if p.known else "", world)
    ]
    base = _with_program(world, Path(folder, tree=True))
    if not names or any(n is None for n in names):
        return base
    return replace(base, writes=(*(Write(Path(f"{folder}/{n}"), Nature.ARTIFACT) for n in names), *base.writes[1:]))


def _install(arguments: Arguments, world: World) -> Effects | None:
    """``go install``: programs go to $GOBIN or $GOPATH/bin, one for each main package."""
    folder = install_directory(world)
    if folder is None:
        return None
    names = [p.text if p.known else "" for p in arguments.operands] or ["."]
    targets = [t for n in names for t in program_names(n, world)]
    if all(t is not None for t in targets):
        writes = [Write(Path(f"{folder}/{t}"), Nature.ARTIFACT) for t in targets]
    else:
        writes = [Write(Path(folder, tree=True), Nature.ARTIFACT)]
    base = _sources_and_caches(world)
    fetched = tuple(t or "*" for n in names if "@" in n for t in program_names(n, world))
    return replace(base, writes=(*writes, *base.writes), needs=_linked(world), foreign=fetched)


def _get(arguments: Arguments, world: World) -> Effects | None:
    """``go get``: fetches; outside of modules it installs as well unless -d is given (``go help gopath-get``)."""
    base = _sources_and_caches(world, *(Path(f"{p}/src", tree=True) for p in workspaces(world)))
    if "-d" in arguments.flags:
        return base
    installed = _install(arguments, world)
    folder = install_directory(world)
    if installed is not None and folder is not None and not all(p.text.startswith(".") for p in arguments.operands):
        # whether a package that is fetched is a program is not known
        kept = tuple(w for w in installed.writes if w.nature is not Nature.ARTIFACT)
        installed = replace(installed, writes=(Write(Path(folder, tree=True), Nature.ARTIFACT), *kept))
    return None if installed is None else replace(installed, writes=(*installed.writes, *base.writes))


def _fetch(arguments: Arguments, world: World) -> Effects | None:
    return _sources_and_caches(world, Path(world.cwd, tree=True))


def _test(arguments: Arguments, world: World) -> Effects | None:
    """``go test`` and ``go generate`` run the project's own code, below the directory that they run in; with -c or -o
    the program of the tests is kept.
    """
    if "-c" in arguments.flags or arguments.value("-o") is not None:
        return None
    base = _sources_and_caches(world)
    return replace(base, writes=(*base.writes, Write(Path(world.cwd, tree=True), Nature.SCRATCH, must=False)))


def _generate(arguments: Arguments, world: World) -> Effects | None:
    """``go generate`` may make sources as well, which are in no context."""
    found = _test(arguments, world)
    return None if found is None else replace(found, foreign=("*",))


def _not_built(arguments: Arguments, world: World) -> Effects | None:
    return None


def _clean(arguments: Arguments, world: World) -> Effects | None:
    return replace(_sources_and_caches(world), reads=())


_VERBS = {
    "build": _build,
    "install": _install,
    "get": _get,
    "mod": _fetch,
    "work": _fetch,
    "test": _test,
    "generate": _generate,
    "run": _not_built,
    "clean": _clean,
}


def _with_program(world: World, target: Path) -> Effects:
    base = _sources_and_caches(world)
    return replace(base, writes=(Write(target, Nature.ARTIFACT), *base.writes), needs=_linked(world))


def _linked(world: World) -> tuple[Need, ...]:
    """Return the C library as a need, unless cgo is off: net and os/user use it where a C compiler is there (`go doc
    cgo`).
    """
    if world.env.get("CGO_ENABLED") == "0":
        return ()
    return (Need(Library("libc.so.6"), "built with cgo on", world.position),)


def _sources_and_caches(world: World, *sources: Path) -> Effects:
    """Return the effects that every fetching or building call has: module and build caches, and the given source
    trees.
    """
    caches = [f"{p}/pkg" for p in workspaces(world)] + [home(world) + "/.cache/go-build"]
    writes = [Write(Path(c, tree=True), Nature.CACHE) for c in caches]
    writes += [Write(s, Nature.SOURCE, must=False) for s in sources]
    return Effects(reads=(Path(world.cwd, tree=True),), writes=tuple(writes), toolchain=NAME)


def _fetched(call: Call, world: World) -> Effects:
    return _sources_and_caches(world, Path(world.cwd, tree=True))


def _godep(call: Call, world: World) -> Effects | None:
    """``godep go build``: the go command, with the project's own copies of what it needs (godep's README)."""
    if call.words and call.words[0].text == "go":
        go = command("go")
        return _go(replace(call, spec=go, words=call.words[1:]), world) if go is not None else None
    return _fetched(call, world)


def _prepared(call: Call, world: World) -> Effects:
    return Effects(reads=(Path(world.cwd, tree=True),), toolchain=NAME)


ECOSYSTEM = Ecosystem(
    NAME, {"go": _go, "go-fetch": _fetched, "godep": _godep, "prepare": _prepared}, calls_itself=True, exact=True
)
