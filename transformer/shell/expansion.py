"""Words to the fields that a command gets, as far as they are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from transformer.ir.script import UNKNOWN_VARIABLE, Literal, Parameter, Part, Substitution, Word
from transformer.ir.source import Span
from transformer.shell.lexer import Lexer, no_scripts
from transformer.shell.patterns import Unknown, operate
from transformer.shell.scanner import Unclear

Environment = Mapping[str, str | None]
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ALTERNATIVES = frozenset("-=?+")
_TILDES = {
    (True, True): re.compile(r"^(~[^/]*)"),
    (False, True): re.compile(r"((?!))"),
    (True, False): re.compile(r"((?:^|(?<=:))~[^/:]*)"),
    (False, False): re.compile(r"((?<=:)~[^/:]*)"),
}
"""Tildes to expand in an unquoted literal, by (it begins the word, the word is split)."""


class Expanded(Struct, frozen=True):
    """One field. ``text`` is its value if ``known``; ``prefix`` is the known beginning in any case.

    ``glob``: an unquoted ``* ? [`` is in it, so it may stand for several paths. ``many``: an unquoted unknown is in it,
    so it may be none, one or several fields. ``span`` is its place in ``Script.text`` if it stands there literally.
    """

    text: str
    known: bool
    prefix: str
    glob: bool
    many: bool = False
    span: Span | None = None


class _Atom(NamedTuple):
    """A piece of a value, or None. ``quoted`` makes no globs; ``split``: blanks in it end a field."""

    text: str | None
    quoted: bool
    split: bool


def expand(word: Word, env: Environment, *, split: bool = True, unset_is_unknown: bool = False) -> tuple[Expanded, ...]:
    """Return the fields of ``word``.

    ``env`` has the text of each variable that is set, or None if its value is not known. A name that is not there is
    unset, or unknown with ``unset_is_unknown``. Without ``split`` (assignments, targets of redirections, bodies of
    here-documents) there is exactly one field. ``$1``, ``$@``, ``$?`` and the like are unknown unless ``env`` has them.
    """
    if (
        len(word.parts) == 1
        and isinstance(part := word.parts[0], Literal)
        and part.text[:1] != "~"
        and ":~" not in part.text
    ):
        return (
            Expanded(
                part.text,
                True,
                part.text,
                _is_glob(part.text) and not part.quoted and part.text != _TEST,
                False,
                word.span,
            ),
        )
    atoms = list(_Expander(env, split, unset_is_unknown).atoms(word.parts, first=True))
    literal = all(isinstance(part, Literal) for part in word.parts)
    fields = _fields(atoms) if split else [_field(atoms)]
    return tuple(_placed(field, word.span) for field in fields) if literal else tuple(fields)


_TEST = "["
"""The command is no pattern: nothing closes it (POSIX.1-2017, 2.13.1)."""


def _placed(field: Expanded, span: Span) -> Expanded:
    return Expanded(field.text, field.known, field.prefix, field.glob, field.many, span)


def _is_glob(text: str) -> bool:
    return "*" in text or "?" in text or "[" in text


def _fields(atoms: Iterable[_Atom]) -> list[Expanded]:
    """Return the fields of the atoms after splitting; an empty one stays only if quotes made it."""
    fields, current = list[Expanded](), list[_Atom]()
    for atom in atoms:
        if not atom.split or not atom.text:
            current += [atom] if atom.text != "" or not atom.split else []
            continue
        for blank, text in re.findall(r"([ \t\n]+)|([^ \t\n]+)", atom.text):
            if blank and current:
                fields.append(_field(current))
                current = []
            elif text:
                current.append(_Atom(text, atom.quoted, True))
    return [*fields, _field(current)] if current else fields


def _field(atoms: list[_Atom]) -> Expanded:
    known = [atom for atom in atoms if atom.text is not None]
    glob = any(not atom.quoted and _is_glob(atom.text or "") for atom in known)
    if len(known) == len(atoms):
        text = "".join(atom.text or "" for atom in atoms)
        return Expanded(text, True, text, glob and text != _TEST)
    prefix = "".join(atom.text or "" for atom in atoms[: next(i for i, atom in enumerate(atoms) if atom.text is None)])
    return Expanded(prefix, False, prefix, glob, any(atom.split for atom in atoms if atom.text is None))


class _Expander(Struct, frozen=True):
    env: Environment
    split: bool
    unset_is_unknown: bool

    def atoms(self, parts: tuple[Part, ...], *, first: bool = False) -> Iterator[_Atom]:
        """Yield what the parts become. ``first``: a tilde may begin them."""
        for index, part in enumerate(parts):
            match part:
                case Literal(text, False):
                    yield from self._literal(text, first and not index, index == len(parts) - 1)
                case Literal(text, True):
                    yield _Atom(text, True, False)
                case Substitution(_, quoted, _):
                    yield _Atom(None, quoted, self.split and not quoted)
                case Parameter():
                    yield from self._parameter(part)

    def _literal(self, text: str, first: bool, last: bool) -> Iterator[_Atom]:
        """Yield unquoted text with its tildes as home: one at the start and, in an assignment, one after each colon."""
        pieces = _TILDES[first, self.split].split(text)
        for index, piece in enumerate(pieces):
            if index % 2:
                certain = piece == "~" and (last or index + 2 < len(pieces) or pieces[-1])
                yield _Atom(self.env.get("HOME") if certain else None, True, False)
            elif piece:
                yield _Atom(piece, False, False)

    def _parameter(self, part: Parameter) -> Iterator[_Atom]:
        split = self.split and not part.quoted
        unknown = _Atom(None, part.quoted, split or (self.split and part.name == "@"))
        if split and "IFS" in self.env:
            yield unknown
            return
        try:
            yield from list(self._known(part, split))
        except (Unknown, Unclear):
            yield unknown

    def _known(self, part: Parameter, split: bool) -> Iterable[_Atom]:
        """Return the value of a parameter; raises ``Unknown``."""
        operator = part.operator
        if operator.lstrip(":") not in _ALTERNATIVES:
            value = self._value(part.name)
            return (_Atom(operate(value or "", operator, part.argument), part.quoted, split),)
        if operator == "+" and part.name in self.env:
            return self._argument(part, split)
        value = self._value(part.name)
        usable = value is not None and (value != "" or operator[0] != ":")
        if usable == (operator[-1] == "+"):
            return self._argument(part, split) if usable or operator[-1] != "?" else self._failed()
        return (_Atom(value or "" if usable else "", part.quoted, split),)

    def _failed(self) -> Iterable[_Atom]:
        raise Unknown

    def _argument(self, part: Parameter, split: bool) -> Iterator[_Atom]:
        for inner in Lexer(part.argument, part.argument, no_scripts).argument(quoted=part.quoted):
            match inner:
                case Literal(text, False):
                    if text.startswith("~"):
                        raise Unknown
                    yield _Atom(text, False, split)
                case Literal(text, True):
                    yield _Atom(text, True, False)
                case Parameter():
                    yield from self._parameter(inner)
                case _:
                    raise Unknown

    def _value(self, name: str) -> str | None:
        """Return the text of a variable, None if it is unset; raises ``Unknown``."""
        if name == UNKNOWN_VARIABLE:
            raise Unknown
        if name in self.env:
            value = self.env[name]
            if value is None:
                raise Unknown
            return value
        if self.unset_is_unknown or not _VARIABLE.fullmatch(name):
            raise Unknown
        return None


def fields(word: Word) -> tuple[tuple[str, Span], ...]:
    """Return the blank-separated fields of a literal word, each with its place in ``Script.text``.

    So ``buildDeps="gcc make"`` tells where ``make`` stands. Quotes are not part of a place. Empty if the word is not
    all literal.
    """
    if not all(isinstance(part, Literal) for part in word.parts) or "$'" in word.raw or '$"' in word.raw:
        return ()
    result, current = list[tuple[str, Span]](), list[tuple[str, int, int]]()
    for character in [*_characters(word.raw), (" ", 0, 0)]:
        if character[0] not in " \t\n":
            current.append(character)
        elif current:
            span = Span(word.span.start + current[0][1], word.span.start + current[-1][2])
            result.append(("".join(each[0] for each in current), span))
            current = []
    return tuple(result)


_UNITS = {
    "": re.compile(r"""(?P<skip>\\\n)|\\(?P<escaped>.)|(?P<quote>['"])|(?P<plain>.)""", re.DOTALL),
    "'": re.compile(r"(?P<skip>(?!))|(?P<escaped>(?!))|(?P<quote>')|(?P<plain>.)", re.DOTALL),
    '"': re.compile(r"""(?P<skip>\\\n)|\\(?P<escaped>[$`"\\])|(?P<quote>")|(?P<plain>.)""", re.DOTALL),
}


def _characters(raw: str) -> Iterator[tuple[str, int, int]]:
    """Yield the characters that a raw literal word stands for, each with its place in ``raw``."""
    mode, position = "", 0
    while found := _UNITS[mode].match(raw, position):
        if found["quote"]:
            mode = "" if mode else found["quote"]
        elif not found["skip"]:
            yield found["escaped"] or found["plain"], position, found.end()
        position = found.end()
