"""The calls in Rust sources that name a command, a library or a file."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import dataclass, field

from transformer.context.command_text import commands_of, runs_another
from transformer.context.literals import SHOWN, Mention
from transformer.context.rust_source.names import Constants, text_of, texts_of, type_path
from transformer.context.rust_source.tables import assembly, dangerous, functions, loading
from transformer.context.rust_source.tokens import Token, arguments, closing

_OWN = "rust"
_ROUNDS = 5
"""How many names stand for each other."""
_ELSEWHERE = frozenset({"tests", "benches", "examples"})
"""Where modules are not read (The Cargo Book, "Package Layout")."""
_ITSELF = frozenset({"current_exe"})
"""The program that runs."""
_LIBC = frozenset({"libc", "nix", "unistd", "rustix", "syscalls", "sc", "syscall"})
_LOOKING = frozenset(
    {"open", "read_dir", "exists", "is_file", "is_dir", "metadata", "symlink_metadata", "canonicalize", "read_link"}
) | {"try_exists"}
"""Methods that open or look for a file (std::path::Path, std::fs::OpenOptions)."""
_GIVEN = frozenset({"arg", "args"})
_SHOWING = frozenset({"process", "fs", "std", "tokio"})
_PLACES = frozenset({"CARGO_MANIFEST_DIR"})
_FOREIGN = frozenset({"clap", "clap_builder", "structopt", "async_graphql", "poise", "serenity", "twilight_model"})
"""Crates that call something else a command."""


@dataclass(slots=True)
class Findings:
    """What was found in one source. ``names`` are those that it uses, ``renamed`` those that any source gives."""

    path: str
    code: list[Token]
    names: dict[str, type_path]
    renamed: dict[str, type_path]
    constants: Constants
    found: list[tuple[str, Mention]] = field(default_factory=list)
    taken: tuple[str, ...] = ()
    """The modules of which all names are taken."""

    def __post_init__(self) -> None:
        """Find these modules among the names."""
        self.taken = tuple(path[-1] for name, path in self.names.items() if name.startswith("*") and path)

    def note(self, kind: str, at: int, text: str | None = None) -> None:
        """Take a mention: of ``text``, or of the code at a place."""
        shown = "".join(t.text if t.kind != "string" else f'"{t.text}"' for t in self.code[at : at + 12])[:SHOWN]
        self.found.append((kind, Mention(shown if text is None else text, self.path, self.code[at].line)))


def search(findings: Findings) -> None:
    """Note what a source runs, loads, links and opens."""
    code, at = findings.code, 0
    while at < len(code):
        token = code[at]
        if token.kind == "string" and token.text in _PLACES:
            findings.note("dynamic_opens", at)
        if token.kind == "other" and token.text == "use":
            at = _after_use(code, at)
            continue
        if token.kind == "other" and token.text == "#":
            _attribute(findings, at)
        if token.kind == "name":
            before = code[at - 1].text if at and code[at - 1].kind == "other" else ""
            if before == ".":
                _method(findings, at)
                at += 1
            else:
                at = _path(findings, at, before)
            continue
        at += 1


def _after_use(code: list[Token], at: int) -> int:
    while at < len(code) and not (code[at].kind == "other" and code[at].text == ";"):
        at += 1
    return at


def _attribute(findings: Findings, at: int) -> None:
    """``#[link(name = "z")]``; one that is linked as an archive is in the program."""
    code = findings.code
    words = [t.text for t in code[at + 1 : at + 5]]
    if words[:3] == ["[", "path", "="] and _is_elsewhere(words[3]):
        findings.note("dynamic_commands", at)
    if words[:3] != ["[", "link", "("]:
        return
    inside = code[at + 4 : closing(code, at + 3)]
    texts = {inside[i - 2].text: t.text for i, t in enumerate(inside) if t.kind == "string" and i > 1}
    if texts.get("kind") != "static" and "name" in texts:
        findings.note("links", at, texts["name"])


def _is_elsewhere(module: str) -> bool:
    """Whether a module lies where sources are not read, or in a file that is none by its name."""
    ending = posixpath.splitext(module)[1]
    return ending not in {"", ".rs"} or (bool(ending) and bool(_ELSEWHERE.intersection(module.split("/"))))


def _path(findings: Findings, start: int, before: str) -> int:
    """Judge ``a::b::c`` and what stands behind it; return where it ends."""
    code, at = findings.code, start
    path = [code[at].text]
    at += 1
    while at + 1 < len(code) and code[at].text == "::" and code[at].kind == "other":
        if code[at + 1].text == "<":
            at = _generic(code, at + 1)
        elif code[at + 1].kind == "name":
            path.append(code[at + 1].text)
            at += 2
        else:
            break
    mark = code[at].text if at < len(code) and code[at].kind == "other" else ""
    follows = code[at + 1].text if mark == "!" and at + 1 < len(code) else ""
    whole = _resolved(findings, path)
    if before != "fn":
        _judge(findings, whole, (start, at + 1 if follows in {"(", "[", "{"} else at), mark)
    return max(at, start + 1)


def _generic(code: list[Token], at: int) -> int:
    depth = 0
    while at < len(code):
        depth += {"<": 1, ">": -1, ">>": -2}.get(code[at].text, 0) if code[at].kind == "other" else 0
        at += 1
        if depth <= 0:
            break
    return at


def _resolved(findings: Findings, path: list[str]) -> type_path:
    """Return a path with what its names stand for, here or, for names that are given elsewhere, there."""
    whole: type_path = tuple(path)
    for _ in range(_ROUNDS):
        first = findings.names.get(whole[0])
        if not first or first == whole[:1]:
            break
        whole = (*first, *whole[1:])
    for at in (-2, -1):
        if len(whole) >= -at and whole[at] in findings.renamed:
            return (*findings.renamed[whole[at]], *(whole[-1:] if at == -2 else ()))  # noqa: PLR2004 the type's place
    return whole


def _judge(findings: Findings, path: type_path, at: tuple[int, int], mark: str) -> None:
    start, after = at
    last = path[-1]
    called = mark == "(" or (
        mark == "!" and after < len(findings.code) and findings.code[after].text in {"(", "[", "{"}
    )
    if mark == "!" and last in assembly():
        _assembly(findings, start, after)
    if last in dangerous() and mark != "!" and _foreign(findings, path, called=called) and not _plain(findings, after):
        findings.note("dynamic_loads" if last in loading() else "dynamic_commands", start)
        return
    if mark == ">" and [t.text for t in findings.code[after + 1 : after + 2]] == ["::"] and _runs(path):
        findings.note("dynamic_commands", start)  # <Command>::new
        return
    key = "::".join(path[-2:]) if mark != "!" else f"{last}!"
    kind, place = functions().get(key, ("", ""))
    if not kind and findings.taken:
        kind, place = functions().get(f"{_globbed(findings, path)}::{last}", ("", ""))
    if not kind or _of_another(path):
        return
    if not called:
        if kind != "type":
            findings.note(_dynamic(kind), start)
        return
    _call(findings, kind, place, start, after)


def _globbed(findings: Findings, path: type_path) -> str:
    """Return the module that a bare name may come from by ``use fs::*``."""
    return next((module for module in findings.taken if len(path) == 1 and f"{module}::{path[0]}" in functions()), "")


def _of_another(path: type_path) -> bool:
    return bool(_FOREIGN.intersection(path[:-2]))


def _foreign(findings: Findings, path: type_path, *, called: bool) -> bool:
    """Whether a name may be one of the C library: by its path, or by a block of foreign functions."""
    if len(path) > 1:
        return bool(_LIBC.intersection(path[:-1]))
    imported = bool(_LIBC.intersection(findings.taken))
    return called and (imported or any(t.kind == "other" and t.text == "extern" for t in findings.code))


def _plain(findings: Findings, opening: int) -> bool:
    """Whether it is a call of the kernel by its name that starts no program (syscall(2))."""
    given = arguments(findings.code, opening) if opening < len(findings.code) else []
    names = [t.text for t in given[0] if t.text.startswith("SYS_")] if given else []
    return bool(names) and not any("exec" in name for name in names)


def _runs(path: type_path) -> bool:
    return any(kind == "command" and key.startswith(f"{path[-1]}::") for key, (kind, _) in functions().items())


def _assembly(findings: Findings, start: int, opening: int) -> None:
    texts = [t.text for t in findings.code[opening : closing(findings.code, opening)] if t.kind == "string"]
    if any(word in text for text in texts for word in ("syscall", "svc", "int 0x80", "int $0x80")):
        findings.note("dynamic_commands", start)


def _call(findings: Findings, kind: str, place: str, start: int, opening: int) -> None:
    if kind.startswith("any-") or kind == "type":
        findings.note(_dynamic(kind), start)
        return
    given = arguments(findings.code, opening)
    if kind == "include":
        _include(findings, given, start)
        return
    if kind == "macro":
        _macro(findings, given, start)
        return
    argument = given[int(place)] if int(place) < len(given) else []
    if kind == "command" and _ITSELF.intersection(t.text for t in argument):
        return
    texts = texts_of(argument, findings.constants)
    if not texts:
        findings.note(_dynamic(kind), start)
        return
    for text in sorted(texts):
        if kind == "script":
            _script(findings, text, start)
        elif kind == "command":
            _command(findings, text, start, closing(findings.code, opening) + 1)
        else:
            findings.note({"open": "opens", "library": "libraries"}[kind], start, text)


def _command(findings: Findings, name: str, start: int, after: int) -> None:
    """Note a program; one that runs what its arguments say is followed if they all stand behind it."""
    given = _chained(findings, after)
    words = (name, *(word or "" for word in given))
    if not name or not runs_another(words, _OWN):
        findings.note("commands" if name else "dynamic_commands", start, name or None)
        return
    findings.note("commands", start, name)
    text = given[1] if len(given) == 2 and given[0] == "-c" else None  # noqa: PLR2004 sh -c TEXT
    found = commands_of(text, _OWN) if text is not None else None
    if not found:
        findings.note("dynamic_commands", start)
    for program in found or ():
        findings.note("commands", start, program)


def _chained(findings: Findings, at: int) -> list[str | None]:
    """Return the arguments that methods hand to a command right behind it, None for those that are not known."""
    code, given = findings.code, list[str | None]()
    while at + 2 < len(code) and code[at].text == "." and code[at + 2].text == "(":
        if code[at + 1].text in _GIVEN:
            for one in arguments(code, at + 2):
                inside = [t for t in one if t.text not in {"&", "[", "]", ","} or t.kind == "string"]
                texts = [t.text for t in inside if t.kind == "string"]
                given += texts if len(texts) == len(inside) else [text_of(one)]
        at = closing(code, at + 2) + 1
    return given


def _script(findings: Findings, text: str, start: int) -> None:
    found = commands_of(text, _OWN)
    if not found:
        findings.note("dynamic_commands", start)
    for program in found or ():
        findings.note("commands", start, program)


def _include(findings: Findings, given: list[list[Token]], start: int) -> None:
    """``include!("x.rs")`` is a source like all others; what a build script makes is its own affair."""
    text = text_of(given[0]) if given else None
    made = any(t.kind == "string" and t.text == "OUT_DIR" for one in given for t in one)
    if not made and (text is None or not text.endswith(".rs")):
        findings.note("dynamic_commands", start)


def _macro(findings: Findings, given: list[list[Token]], start: int) -> None:
    """``cmd!("git", "log")`` of duct, ``cmd!(sh, "git log")`` of xshell."""
    first = next((i for i, one in enumerate(given) if any(t.kind == "string" for t in one)), None)
    text = text_of(given[first]) if first is not None else None
    try:
        words = shlex.split(text) if text is not None and (first == 1 or len(given) == 1) else [text or ""]
    except ValueError:
        words = [""]
    rest = [text_of(one) or "" for one in given[(first or 0) + 1 :]]
    if not words or not words[0] or "{" in words[0] or runs_another((*words, *rest), _OWN):
        findings.note("dynamic_commands", start)
    else:
        findings.note("commands", start, posixpath.normpath(words[0]))


def _method(findings: Findings, at: int) -> None:
    """``.open(NAME)``, ``Path::new(NAME).exists()``: a file, which is known if its name stands there."""
    code = findings.code
    if code[at].text not in _LOOKING or at + 1 >= len(code) or code[at + 1].text != "(":
        return
    given = arguments(code, at + 1)
    text = text_of(given[0]) if given else text_of(_receiver(code, at))
    if text is not None:
        findings.note("opens", at, text)
    else:
        findings.note("dynamic_opens", at)


def _receiver(code: list[Token], at: int) -> list[Token]:
    """Return the tokens of ``Path::new("x")`` in front of a method; nothing for any other expression."""
    before = code[max(0, at - 8) : at - 1]
    words = [t.text for t in before if t.kind != "string"]
    return before[-6:] if words[-5:] == ["Path", "::", "new", "(", ")"] else []


def _dynamic(kind: str) -> str:
    return {"open": "dynamic_opens", "library": "dynamic_loads", "any-library": "dynamic_loads"}.get(
        kind, "dynamic_commands"
    )
