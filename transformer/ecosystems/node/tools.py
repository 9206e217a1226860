"""Build tools of web applications: they work in their directory, and write where arguments and settings say.

Sources: the tools' command references and "Configuration" pages (Vite 5, webpack 5, Rollup 4, TypeScript 5, Angular 17,
Vue CLI 5, Create React App 5, Next 14, Nuxt 3, gulp 4, Parcel 2, esbuild 0.20).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from msgspec.structs import replace

from transformer.context.output_settings import Outputs, outputs
from transformer.ecosystems.call import Call, World, absolute, parse_arguments, resolve
from transformer.ecosystems.node.managers import tool_run, unread_script, works_in
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

_OWN_FLAGS = frozenset({"-y", "--yes", "--no", "--no-install", "-q", "--quiet"})
_BESIDE_THE_MODULE = "0"
"""What the variable says for browsers that lie in the module itself (Playwright, "Hermetic install")."""
_OWN_VALUED = frozenset({"-p", "--package", "--call", "-c"})


def tool(call: Call, world: World) -> Effects:
    """Return the effects of a build tool: its directory, and what is outside of it that it is told to write."""
    here = Path(world.cwd, tree=True)
    said = list(_said(call, world))
    doubts = tuple(_doubt(call, doubt, world) for one in said for doubt in one.doubts)
    places = [Path(p, tree=True) for one in said for p in one.directories]
    places += [Path(p) for one in said for p in one.files]
    outside = tuple(Write(p, Nature.DATA) for p in dict.fromkeys(places) if not here.covers(p))
    base = works_in(world, *doubts)
    return replace(base, writes=(*base.writes, *outside))


def npx(call: Call, world: World) -> Effects:
    """Return the effects of ``npx TOOL``: a tool of the project or a fetched one, run as in a script of the project."""
    words = list(call.words)
    while words and words[0].known and words[0].text.startswith("-"):
        option = words.pop(0).text
        if option in _OWN_VALUED and words:
            words.pop(0)
        elif option not in _OWN_FLAGS and "=" not in option:
            return works_in(world, unread_script(f"{call.name} {option}", world))
    return tool_run(tuple(words), call.name, world)


def browsers(call: Call, world: World) -> Effects | None:
    """Return the effects of a tool that fetches browsers into the home directory; None for its other verbs.

    With the libraries that they need, it runs apt.
    """
    words = [w.text for w in call.words if w.known]
    place = world.env.get("PLAYWRIGHT_BROWSERS_PATH", "") or programs().browsers.get(call.name, "")
    home = world.home()
    if "install" not in words or "--with-deps" in words or (home is None and not place.startswith("/")):
        return None
    if place in {"", _BESIDE_THE_MODULE}:
        return None
    target = place if place.startswith("/") else f"{home}/{place}"
    return Effects(writes=(Write(Path(target, tree=True), Nature.DOWNLOAD),))


def _said(call: Call, world: World) -> Iterator[Outputs]:
    """Yield what arguments, settings files and variables say of the output; an argument goes before settings."""
    arguments = parse_arguments(call.spec, call.words)
    told = [(role, v) for _, role, v in arguments.values if role in {"output", "output-file"}]
    yield from (_told(role, resolve(value, world.cwd), value.text) for role, value in told)
    words = [*arguments.operands, *(_known(u.partition("=")[2]) for u in arguments.unknown if "=" in u)]
    yield Outputs(doubts=tuple(w.text for w in words if _leads_outside(w, world)))
    configs = [resolve(v, world.cwd) for _, role, v in arguments.values if role == "config"]
    if not told:
        yield from _by_settings(call, [p.path for p in configs if p is not None], world)
    yield from _by_variables(call, world)


def _told(role: str, place: Path | None, text: str) -> Outputs:
    if place is None or place.tree:
        return Outputs(doubts=(text,))
    paths = frozenset({place.path})
    return Outputs(paths) if role == "output" else Outputs(files=paths)


def _known(text: str) -> Expanded:
    return Expanded(text, True, "", False)


def _by_settings(call: Call, configs: list[str], world: World) -> Iterator[Outputs]:
    folders = [c for c in configs if not posixpath.splitext(c)[1]] if configs else [world.cwd]
    patterns = (posixpath.join(folder, pattern) for folder in folders for pattern in call.spec.configs)
    files = [c for c in configs if c not in folders] + [file for pattern in patterns for file in world.glob(pattern)]
    found = [outputs(file, world.read) for file in files]
    yield from found if len(found) == 1 else (_doubtful(one, world) for one in found)
    if world.context is None and call.spec.configs:
        yield Outputs(doubts=("its settings were not read",))


def _doubtful(found: Outputs, world: World) -> Outputs:
    """Return what one of several settings files says: which of them counts is not known."""
    here = Path(world.cwd, tree=True)
    outside = (p for p in (*found.directories, *found.files) if not here.covers(Path(p)))
    return Outputs(doubts=(*found.doubts, *sorted(outside)))


def _by_variables(call: Call, world: World) -> Iterator[Outputs]:
    """Yield the directory that a variable names, in the environment or in the project's ``.env`` files."""
    for variable in call.spec.variables:
        texts = [world.env.get(variable) or ""]
        for name in (".env", ".env.local", ".env.production", ".env.production.local"):
            lines = (world.read(posixpath.join(world.cwd, name)) or "").splitlines()
            texts += [line.partition("=")[2].strip(" '\"") for line in lines if line.startswith(f"{variable}=")]
        yield Outputs(frozenset(posixpath.normpath(posixpath.join(world.cwd, t)) for t in texts if t))


def _leads_outside(word: Expanded, world: World) -> bool:
    """Whether an argument names a path outside of the directory that is no file of the context."""
    texts = word.text.split(":") if word.known else ()  # sass takes ``source:target``
    places = [Path(absolute(text, world.cwd)) for text in texts if text.startswith(("/", ".."))]
    return any(not Path(world.cwd, tree=True).covers(p) and not world.exists(p.path) for p in places)


def _doubt(call: Call, doubt: str, world: World) -> Diagnostic:
    message = f"`{call.name}` is taken to write below {world.cwd} only: {doubt}"
    return Diagnostic("DF414", message, world.position, "check with a real build")
