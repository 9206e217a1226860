"""npm, Yarn and pnpm: what they install and run, and where.

Sources: npm's CLI documentation ("npm install", "npm ci", "folders"), Yarn 1's and 4's command references, pnpm's.
"""

from __future__ import annotations

import shlex

from msgspec import Struct
from msgspec.structs import replace

from transformer.context.output_settings import script_doubts
from transformer.context.package_json import Project, lock_file, locked, project
from transformer.ecosystems.call import Call, World, absolute, parse_arguments
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Command, Distribution, Effects, Nature, Need, Path, Write
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

NAME = "node"
PURE = frozenset(
    {"version", "ls", "list", "ll", "la", "view", "info", "outdated", "audit", "why", "help", "ping", "root", "bin"}
)
PURE |= {"whoami", "fund", "doctor", "explain", "search", "pack", "dist-tag", "query", "sbom", "diff", "check"}
INSTALL = frozenset(
    {"install", "i", "in", "ci", "clean-install", "add", "isntall", "install-clean", "install-ci-test", "it"}
)
RUN = frozenset({"run", "run-script", "rum", "urn"})
CHANGE = frozenset(
    {"rebuild", "rb", "prune", "dedupe", "ddp", "update", "up", "upgrade", "uninstall", "remove", "rm", "un", "r"}
)
CHANGE |= {
    "link",
    "unlink",
    "ln",
    "import",
    "shrinkwrap",
    "patch-commit",
    "fetch",
    "deploy",
    "init",
    "pkg",
    "autoclean",
    "workspaces",
}
SETTINGS = frozenset({"config", "c", "set", "get", "plugin"})
_ELSEWHERE = frozenset({"-w", "--workspace", "--workspaces", "-ws", "--filter", "-F", "-r", "--recursive"})
_FROZEN = frozenset({"ci", "clean-install", "install-clean"})
_ROOT_CACHES = ("/usr/local/share/.cache", "/usr/local/share/.config/yarn")
"""Where Yarn 1 keeps its cache for root (yarnpkg.com/v1, "yarn cache")."""


class Line(Struct, frozen=True):
    """A command line of a manager: its verb ("" without one), the words after it, its flags, its directory.

    ``elsewhere``: it is about other packages of a workspace.
    """

    verb: str
    operands: tuple[Expanded, ...]
    flags: frozenset[str]
    cwd: str | None
    elsewhere: bool = False


def line_of(call: Call, world: World) -> Line:
    """Return the parts of a manager's command line; ``cwd`` is None where it is not known."""
    arguments = parse_arguments(call.spec, call.words)
    flags = arguments.flags | {u.partition("=")[0] for u in arguments.unknown}
    flags |= (
        {"-g"}
        if "--global" in flags or any(r == "location" and v.text == "global" for _, r, v in arguments.values)
        else set()
    )
    places = [v for _, role, v in arguments.values if role == "cwd"]
    cwd: str | None = world.cwd
    for place in places:
        cwd = absolute(place.text, cwd or "/") if place.known else None
    words = [w for w in arguments.operands if w.text not in {"--"}]
    verb = words[0].text if words else ""
    if verb == "global" and len(words) > 1:
        verb, words, flags = words[1].text, words[1:], flags | {"-g"}
    elsewhere = bool(flags & _ELSEWHERE) or any(o in _ELSEWHERE for o, _, _ in arguments.values)
    return Line(verb, tuple(words[1:]), frozenset(flags), cwd, elsewhere or verb == "workspace")


def manager(call: Call, world: World) -> Effects | None:
    """Return what a call of npm, Yarn or pnpm does; None for one that is not known."""
    line = line_of(call, world)
    if line.cwd is None or not all(w.known for w in call.words[:1]):
        return None
    if not line.verb and (line.flags & {"-v", "--version", "-h", "--help"} or call.name == "npm"):
        return Effects()
    inside = replace(world, cwd=line.cwd)
    verb = line.verb or "install"
    if verb in PURE:
        return Effects(reads=(Path(line.cwd),))
    if verb in {"cache", "store"}:
        return Effects(writes=_caches(world), toolchain=NAME)
    if verb in SETTINGS:
        return _settings(world)
    if "-g" in line.flags and verb in INSTALL | CHANGE:
        return _globally(line, world)
    if verb in INSTALL:
        return _install(call.name, line, inside)
    if verb in CHANGE:
        return works_in(inside)
    return _script(call, line, inside)


def works_in(world: World, *assumptions: Diagnostic) -> Effects:
    """Return the effects of a tool that works in its directory: it reads and writes there."""
    here = Path(world.cwd, tree=True)
    need = Need(Command("node"), "what is built runs in it", world.position)
    writes = (Write(here, Nature.MODULES), *_caches(world))
    return Effects(reads=(here,), writes=writes, needs=(need,), assumptions=assumptions, toolchain=NAME)


def _install(name: str, line: Line, world: World) -> Effects | None:
    """An installation into a project: node_modules, the lock file, and what the project's own scripts make."""
    here = project(world.cwd, world.read)
    if here is not None and _plug_and_play(name, here, world):
        return None
    base = works_in(world)
    own = _own_files(name, line, here, world)
    if own is not None:
        files = tuple(Path(absolute(n, world.cwd)) for n in ("package.json", lock_file(name)))
        base = replace(base, reads=files, writes=(*own, *base.writes[1:]))
    asked = [w.text for w in line.operands]
    found = _distributions(here, asked, world)
    said = "" if here is None or line.flags & {"--ignore-scripts"} else next(iter(here.lifecycle), "")
    scripts = (unread_script(said, world),) if said else ()
    base = replace(base, writes=(*base.writes, *_downloads(found, world)))
    return replace(base, distributions=found, assumptions=scripts)


def _own_files(name: str, line: Line, here: Project | None, world: World) -> tuple[Write, ...] | None:
    """Return what an installation without scripts of the project writes there; None if that is not bounded.

    A lock file that was not there is made for the next installation: no program reads it. In a directory of its own the
    project may stay as it is, in one that the base image fills it cannot.
    """
    if here is None or here.lifecycle or here.workspaces or line.elsewhere:
        return None
    lock, manifest = (absolute(n, world.cwd) for n in (lock_file(name), "package.json"))
    known = world.exists(lock)
    frozen = line.verb in _FROZEN
    if not (frozen or known or world.cwd in programs().populated):
        return None
    changed = () if frozen else (Write(Path(lock), Nature.MODULES if known else Nature.CACHE),)
    named = (Write(Path(manifest), Nature.MODULES),) if line.operands else ()
    return (Write(Path(absolute("node_modules", world.cwd), tree=True), Nature.MODULES), *changed, *named)


def _plug_and_play(name: str, here: Project, world: World) -> bool:
    """Whether modern Yarn keeps the packages in archives elsewhere instead of in node_modules ("nodeLinker")."""
    settings = world.read(absolute(".yarnrc.yml", world.cwd))
    modern = settings is not None or here.manager.startswith(("yarn@2", "yarn@3", "yarn@4"))
    return name.startswith("yarn") and modern and "nodeLinker: node-modules" not in (settings or "")


def _distributions(here: Project | None, asked: list[str], world: World) -> tuple[Distribution, ...]:
    """Return the packages of the lock file, else the ones that package.json and the command name."""
    lock = locked(world.cwd, world.read)
    named = [a.partition("@")[0] if not a.startswith("@") else "@" + a[1:].partition("@")[0] for a in asked]
    if lock is not None and not asked:
        tools = lock.development
        return tuple(Distribution(NAME, n, True, "the lock file", True, development=n in tools) for n in lock.names)
    own = () if here is None else here.names
    unknown = () if here is not None or asked else (Distribution(NAME, "", False, "package.json"),)
    return (*unknown, *(Distribution(NAME, n, False, "package.json") for n in dict.fromkeys((*own, *named))))


def _downloads(found: tuple[Distribution, ...], world: World) -> tuple[Write, ...]:
    """Return the trees in the home directory that packages fetch programs into."""
    place = world.home()
    table = programs().downloads[NAME]
    return tuple(Write(Path(f"{place}/{table[d.name]}", tree=True), Nature.MODULES) for d in found if d.name in table)


def _globally(line: Line, world: World) -> Effects:
    """``-g``: packages below the interpreter's prefix and links to them in bin, which COPY would follow: repeated."""
    prefix = world.env.get("NPM_CONFIG_PREFIX") or world.env.get("npm_config_prefix") or "/usr/local"
    names = tuple(Distribution(NAME, w.text.partition("@")[0] or w.text, False, "-g") for w in line.operands)
    places = (f"{prefix}/lib/node_modules", f"{prefix}/bin")
    writes = tuple(Write(Path(p, tree=True), Nature.DATA, carriable=False) for p in places)
    return Effects(writes=(*writes, *_caches(world)), distributions=names)


def _settings(world: World) -> Effects | None:
    place = world.home()
    return Effects(writes=(Write(Path(f"{place}/.npmrc"), Nature.DATA),)) if place else None


def _script(call: Call, line: Line, world: World) -> Effects | None:
    """``npm run X`` and ``yarn X``: the project's own script."""
    here = project(world.cwd, world.read)
    verb = line.operands[0].text if line.verb in RUN and line.operands else line.verb
    if line.verb in RUN and not line.operands:
        return Effects()
    if here is None or line.elsewhere:
        return works_in(world, unread_script(verb, world))
    text = here.scripts.get(verb)
    if text is None:
        return _tool_or_nothing(call.name, line, world)
    given = _given(call, verb)
    if not all(w.known for w in given):
        return works_in(world, unread_script(f"{verb} with arguments that are not known", world))
    text = f"{text} {shlex.join(w.text for w in given)}" if given else text
    parts = [here.scripts.get(f"pre{verb}"), text, here.scripts.get(f"post{verb}")]
    return script_run(" && ".join(filter(None, parts)), verb, world)


def _given(call: Call, script: str) -> tuple[Expanded, ...]:
    """Return the arguments that a script is given: npm keeps options before ``--`` for itself, the others do not."""
    words = list(call.words)
    texts = [w.text if w.known else "" for w in words]
    after = words[texts.index(script) + 1 :] if script in texts else []
    if call.name == "npm":
        at = next((i for i, w in enumerate(after) if w.text == "--"), len(after))
        plain = [w for w in after[:at] if not w.text.startswith("-")]
        return (*plain, *after[at + 1 :])
    return tuple(w for w in after if w.text != "--")


def _of_application(inner: Effects, world: World) -> tuple[str, ...]:
    """Return why code of the project that a script runs may write outside of its directory."""
    if not inner.application:
        return ()
    files = [r.path for r in inner.reads if isinstance(r, Path) and not r.tree]
    if inner.application != NAME or not files:
        return (f"code of the project that {inner.application} runs",)
    return tuple(doubt for file in files for doubt in script_doubts(file, world.read))


def _tool_or_nothing(name: str, line: Line, world: World) -> Effects:
    """``yarn TOOL``, ``pnpm exec TOOL``, ``npm exec -- TOOL``: a tool of the project, where no script has that name."""
    if line.verb in {"exec", "x", "dlx"}:
        return tool_run(line.operands, name, world)
    if name == "npm" or line.verb in RUN:
        return works_in(world, unread_script(line.verb, world))
    return tool_run((Expanded(line.verb, True, line.verb, False), *line.operands), name, world)


def script_run(text: str, name: str, world: World) -> Effects:
    """Return the effects of a script of package.json: it works in its directory, and where it says it writes."""
    inner = world.run(text, world.cwd, name)
    here = Path(world.cwd, tree=True)
    unread = [f"{name}: {inner.opaque}"] if inner.opaque else []
    unread += [f"{name}: {doubt}" for doubt in _of_application(inner, world)]
    base = works_in(world, *(unread_script(what, world) for what in unread), *inner.assumptions)
    outside = tuple(w for w in inner.writes if not here.covers(w.path))
    removed = tuple(r for r in inner.removes if not here.overlaps(r))
    return replace(base, writes=(*base.writes, *outside), removes=removed, distributions=inner.distributions)


def tool_run(words: tuple[Expanded, ...], name: str, world: World) -> Effects:
    """Return the effects of a tool of the project with its arguments, which ``name`` runs."""
    if not words or not all(w.known for w in words):
        return works_in(world, unread_script(name, world))
    line = shlex.join([_without_version(words[0].text), *(w.text for w in words[1:])])
    return script_run(line, line, world)


def _without_version(name: str) -> str:
    """Return the name of a tool without the version that it is fetched in (``tool@1.2``, ``@scope/tool@1``)."""
    return name[:1] + name[1:].partition("@")[0]


def unread_script(what: str, world: World) -> Diagnostic:
    """Return the finding for a script that is not understood."""
    message = f"the script `{what}` is taken to write below {world.cwd} only"
    return Diagnostic("DF414", message, world.position, "check with a real build")


def _caches(world: World) -> tuple[Write, ...]:
    """Return where the managers keep what they downloaded."""
    place = world.home()
    own = tuple(f"{place}/{n}" for n in (".npm", ".cache/yarn", ".cache/node-gyp")) if place else ()
    shared = _ROOT_CACHES if world.user in {"root", "0"} else ()
    return tuple(Write(Path(p, tree=True), Nature.CACHE) for p in (*own, *shared))
