"""Filters that run a small program of their own: sed, awk and perl. What that program writes counts as well."""

from __future__ import annotations

import re

from transformer.ecosystems.call import Call, World, absolute, resolve
from transformer.effects.combine import opaque
from transformer.ir.effects import Effects, Nature, Path, Write

_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_PRINTS_TO = re.compile(r"\bprintf?\b[^;}\n]*?>>?\s*(\"(?P<at>\d+)\")?")
_RUNS = re.compile(r'\bsystem\s*\(|\|&?\s*(?:getline\b|")|\bprintf?\b[^;}\n|]*\|(?!\|)')
"""A program that awk starts: ``system(…)``, ``"cmd" | getline``, ``print | "cmd"`` (POSIX awk, "Input/Output")."""
_STREAMS = ("/dev/", "-")
_SUBSTITUTES = re.compile(
    r"(?<![\w\\])[sy](?P<d>[^\w\s\\])(?:\\.|(?!(?P=d))[^\\])*+(?P=d)(?:\\.|(?!(?P=d))[^\\])*+(?P=d)"
    r"[gpiIme0-9]*+(?P<w>w\s*\S)?",
    re.DOTALL,
)
_ADDRESS = re.compile(r"/(?:\\.|[^/\\\n])*+/")
_WRITES = re.compile(r"(?:^|[;{}\n0-9$!,@])\s*[wW]\s+\S")
"""The command ``w FILE`` of sed behind an address (sed(1))."""


def sed(call: Call, world: World) -> Effects:
    """``sed``: with -i its files are changed in place, else they are read."""
    unknown = [u for u in call.arguments.unknown if not _edits_in_place(u)]
    if unknown:
        return opaque(f"option {unknown[0]} of sed is not known")
    words = call.arguments.operands
    scripts = [v for o, _, v in call.arguments.values if o in {"-e", "--expression"}]
    if call.arguments.value("-e", "--expression", "-f", "--file") is None:
        scripts, words = list(words[:1]), words[1:]
    if any(_writes_file(s.text) for s in scripts):
        return opaque("the program of sed may write a file")
    paths = [resolve(w, world.cwd) for w in words if w.text != "-"]
    if any(p is None for p in paths):
        return opaque("a file of sed is not known")
    found = tuple(p for p in paths if p is not None)
    in_place = len(unknown) < len(call.arguments.unknown)
    return Effects(reads=found, writes=tuple(Write(p, Nature.DATA) for p in found) if in_place else ())


def _writes_file(script: str) -> bool:
    """Whether a script of sed writes a file: ``w FILE``, as a command or as a flag of ``s``."""
    if any(found["w"] for found in _SUBSTITUTES.finditer(script)):
        return True
    return _WRITES.search(_ADDRESS.sub("@", _SUBSTITUTES.sub("", script))) is not None


def _edits_in_place(option: str) -> bool:
    """``-i``, ``-i.bak``, ``--in-place``, or -i behind other letters (``-ri``)."""
    return option.startswith(("-i", "--in-place")) or re.fullmatch(r"-[nrEsuz]+i.*", option) is not None


def awk(call: Call, world: World) -> Effects:
    """``awk``: reads its files; its program may write others (``print > "file"``) or run something."""
    if call.arguments.unknown:
        return opaque(f"option {call.arguments.unknown[0]} of awk is not known")
    words = call.arguments.operands
    text = words[0].text if words else ""
    literals: list[str] = []
    plain = _STRING.sub(lambda found: _numbered(found[1], literals), text)
    if _RUNS.search(plain):
        return opaque("the program of awk runs another one")
    targets = [literals[int(m["at"])] if m["at"] else "" for m in _PRINTS_TO.finditer(plain)]
    if any(not t or "\\" in t or "$" in t for t in targets):
        return opaque("where the program of awk writes is not known")
    reads = tuple(p for p in (resolve(w, world.cwd) for w in words[1:]) if p is not None)
    places = (Path(absolute(t, world.cwd)) for t in dict.fromkeys(targets) if not t.startswith(_STREAMS))
    return Effects(reads=reads, writes=tuple(Write(p, Nature.DATA) for p in places))


def _numbered(text: str, literals: list[str]) -> str:
    literals.append(text)
    return f'"{len(literals) - 1}"'


def perl(call: Call, world: World) -> Effects:
    """``perl -pi -e`` edits its files; anything else runs code of its own."""
    texts = [w.text for w in call.words]
    switches = "".join(t for t in texts if t.startswith("-") and t != "-e")
    if not ("p" in switches and "i" in switches and "-e" in texts):
        return opaque("perl runs code of its own")
    files = [resolve(w, world.cwd) for w in call.words[texts.index("-e") + 2 :]]
    if any(p is None for p in files):
        return opaque("a file of perl is not known")
    found = tuple(p for p in files if p is not None)
    return Effects(reads=found, writes=tuple(Write(p, Nature.DATA) for p in found))
