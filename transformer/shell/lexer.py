"""Words: quoting resolved into parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec import Struct

from transformer.ir.script import Literal, Parameter, Part, Script, Substitution, Word
from transformer.ir.source import Span
from transformer.shell.scanner import Unclear

Resolve = Callable[[int], tuple[int, tuple[Script, ...]]]
"""From the place of ``$(``, ``<(``, a backquote or ``$((`` to its end and the scripts in it."""

PLAIN = re.compile(r"""[^\\'"`$ \t\n|&;<>(){}]+""")
_PIECE = re.compile(r"""[^\\'"`$ \t\n|&;<>()]+""")
_OPERATOR = re.compile(r"[ \t\n|&;<>()]+")
_SPACED = re.compile(r"""[^\\'"`$]+""")
_DOUBLE = re.compile(r'[^"\\`$]+')
_HERE = re.compile(r"[^\\`$]+")
_NAME = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|([0-9@*#?$!-]))")
_CONTINUED = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*)?\\\n(?:(?<=\$\\\n)|[A-Za-z0-9_])")
_INNER = re.compile(
    r"([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(:[-=?+]|##?|%%?|//?|\^\^?|,,?|[-=?+@:\[]|)(.*)", re.DOTALL
)
_BRACES = re.compile(r"\{(?:[^{}]*,[^{}]*|-?\w+\.\.-?\w+(?:\.\.-?\d+)?)\}")
_STOPS = frozenset(" \t\n|&;<>()")
_DELIMITERS = _STOPS | {"`"}
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)
_ANSI_NAMES = dict(zip("abeEfnrtv\\'\"?", "\a\b\x1b\x1b\f\n\r\t\v\\'\"?", strict=True))


def no_scripts(place: int) -> tuple[int, tuple[Script, ...]]:
    """Refuse every substitution: for text that is not part of a script."""
    raise Unclear(f"substitution at {place}")


class Lexer(Struct, frozen=True):
    """Reads words out of ``text``, in which bodies of here-documents are blank; ``raw`` has them."""

    text: str
    raw: str
    resolve: Resolve

    def word(self, start: int, end: int, limit: int) -> Word:
        """Return the one word at ``start``. It ends at ``end`` or, where tree-sitter cuts words, up to ``limit``."""
        found = PLAIN.match(self.text, start)
        if found and found.end() == end and (end == len(self.text) or self.text[end] in _STOPS):
            text = found[0]
            return Word((Literal(text, False),), text, Span(start, end))
        parts, after = self._parts(start, limit)
        if after < end or (after < len(self.text) and self.text[after] not in _DELIMITERS):
            raise Unclear("a word that ends elsewhere")
        return Word(_braces(_merged(parts)), self.raw[start:after], Span(start, after))

    def words(self, places: Iterable[Span], limit: int) -> tuple[Word, ...]:
        """Return the words that begin at these places; a place inside the word before is part of that word."""
        words, end = list[Word](), -1
        for place in places:
            if place.start == end or place.start < end < place.end:
                raise Unclear("two words without a blank")
            if place.start > end:
                words.append(self.word(place.start, place.end, limit))
                end = words[-1].span.end
        return tuple(words)

    def test_words(self, start: int, end: int, *, operators: bool) -> tuple[Word, ...]:
        """Return the words between ``[`` and ``]``; with ``operators`` (``[[``) shell operators are words as well."""
        words, position = list[Word](), start
        while position < end:
            if found := _OPERATOR.match(self.text, position, end):
                words += self._operators(found, operators)
                position = found.end()
            else:
                words.append(self.word(position, position, end))
                position = words[-1].span.end
        return tuple(word for word in words if word.parts)

    def double_quoted(self, start: int, end: int, *, heredoc: bool = False) -> tuple[Part, ...]:
        """Return the parts of text in double quotes (without them), or of a here-document's body."""
        parts, position = list[Part](), start
        while position < end:
            more, position = self._quoted_step(position, end, _HERE if heredoc else _DOUBLE)
            parts += more
        return _merged(parts) or (Literal("", True),)

    def argument(self, *, quoted: bool) -> tuple[Part, ...]:
        """Return the parts of the whole text, read as the argument of ``${x:-argument}``: blanks are no ends."""
        if quoted:
            return self.double_quoted(0, len(self.text))
        parts, position = list[Part](), 0
        while position < len(self.text):
            more, position = self._step(position, len(self.text), _SPACED)
            parts += more
        return _merged(parts)

    def _operators(self, found: re.Match[str], allowed: bool) -> list[Word]:
        words = [(found.start() + each.start(), each[0]) for each in re.finditer(r"[^ \t\n]+", found[0])]
        if words and not allowed:
            raise Unclear("an operator in a test")
        return [Word((Literal(text, True),), text, Span(start, start + len(text))) for start, text in words]

    def _parts(self, start: int, limit: int) -> tuple[list[Part], int]:
        """Return the parts of the word at ``start``, and where it ends."""
        parts, position = list[Part](), start
        while position < limit and (self.text[position] not in _STOPS or self._opens_process(position, start)):
            more, position = self._step(position, limit, _PIECE)
            parts += more
        if position > limit:
            raise Unclear("a word that ends elsewhere")
        return parts, position

    def _opens_process(self, position: int, start: int) -> bool:
        return position == start and self.text.startswith(("<(", ">("), position)

    def _step(self, position: int, end: int, plain: re.Pattern[str]) -> tuple[tuple[Part, ...], int]:
        if found := plain.match(self.text, position, end):
            return (Literal(found[0], False),), found.end()
        character = self.text[position : position + 2]
        if character[0] == "\\":
            return self._escape(position, end)
        if character[0] == "'":
            close = self._find("'", position + 1, end)
            return (Literal(self.text[position + 1 : close], True),), close + 1
        if character[0] == '"':
            return self._double(position + 1, end)
        if character == '$"':
            raise Unclear("a quote that dash reads otherwise")
        return self._ansi(position + 2, end) if character == "$'" else self._dollar(position, False)

    def _quoted_step(self, position: int, end: int, plain: re.Pattern[str]) -> tuple[tuple[Part, ...], int]:
        if found := plain.match(self.text, position, end):
            return (Literal(found[0], True),), found.end()
        if self.text[position] != "\\":
            return self._dollar(position, True)
        after = self.text[position + 1 : position + 2]
        if after == "\n":
            return (), position + 2
        if (after and after in "$`\\") or (after == '"' and plain is _DOUBLE):
            return (Literal(after, True),), position + 2
        return (Literal("\\", True),), position + 1

    def _double(self, start: int, end: int) -> tuple[tuple[Part, ...], int]:
        parts, position = list[Part](), start
        while position < end and self.text[position] != '"':
            more, position = self._quoted_step(position, end, _DOUBLE)
            parts += more
        if position >= end:
            raise Unclear("unclosed quote")
        return _merged(parts) or (Literal("", True),), position + 1

    def _escape(self, position: int, end: int) -> tuple[tuple[Part, ...], int]:
        if position + 1 >= end:
            return (Literal("\\", True),), position + 1
        after = self.text[position + 1]
        return (() if after == "\n" else (Literal(after, True),)), position + 2

    def _ansi(self, start: int, end: int) -> tuple[tuple[Part, ...], int]:
        found = re.compile(r"(?:[^\\']|\\.)*", re.DOTALL).match(self.text, start, end)
        if not found or not self.text.startswith("'", found.end()):
            raise Unclear("unclosed quote")
        return (Literal(_ANSI.sub(_ansi_character, found[0]), True),), found.end() + 1

    def _find(self, closer: str, start: int, end: int) -> int:
        close = self.text.find(closer, start, end)
        if close < 0:
            raise Unclear("unclosed quote")
        return close

    def _dollar(self, position: int, quoted: bool) -> tuple[tuple[Part, ...], int]:
        text = self.text
        if _CONTINUED.match(text, position):
            raise Unclear("a name on two lines")
        if found := _NAME.match(text, position):
            return (Parameter(found[1] or found[2], "", "", quoted),), found.end()
        if text.startswith("${", position):
            return self._brace(position, quoted)
        if text[position] == "`" or text.startswith(("$(", "<(", ">("), position):
            end, scripts = self.resolve(position)
            return (Substitution(self.raw[position:end], quoted, joined_scripts(scripts)),), end
        if text[position] != "$" or text.startswith("$[", position):
            raise Unclear("an operator in a word")
        return (Literal("$", quoted),), position + 1

    def _brace(self, start: int, quoted: bool) -> tuple[tuple[Part, ...], int]:
        end, scripts = self._brace_end(start + 2, quoted)
        inner = self.text[start + 2 : end - 1]
        if scripts:
            return (Substitution(self.raw[start:end], quoted, joined_scripts(tuple(scripts))),), end
        if len(inner) > 1 and inner[0] in "#!" and (found := _INNER.fullmatch(inner, 1)) and not found[2]:
            return (Parameter(found[1], "length" if inner[0] == "#" else "indirect", "", quoted),), end
        found = _INNER.fullmatch(inner)
        if not found or (found[3] and not found[2]):
            raise Unclear("unknown parameter expansion")
        return (Parameter(found[1], found[2], found[3], quoted),), end

    def _brace_end(self, position: int, quoted: bool) -> tuple[int, list[Script]]:
        """Return the place after the closing brace, and the scripts of all substitutions before it."""
        scripts = list[Script]()
        while position < len(self.text):
            after = position + 1
            match self.text[position]:
                case "}":
                    return after, scripts
                case "\\":
                    after += 1
                case "'" if not quoted:
                    after = self._find("'", after, len(self.text)) + 1
                case '"':
                    parts, after = self._double(after, len(self.text))
                    scripts += [part.script for part in parts if isinstance(part, Substitution) and part.script]
                case "`" | "$" if self.text.startswith(("`", "$("), position):
                    after, more = self.resolve(position)
                    scripts += more
                case "$" if self.text.startswith("${", position):
                    after, nested = self._brace_end(position + 2, quoted)
                    scripts += nested
            position = after
        raise Unclear("unclosed ${")


def joined_scripts(scripts: tuple[Script, ...]) -> Script | None:
    """Return several scripts as one."""
    if len(scripts) < 2:  # noqa: PLR2004
        return scripts[0] if scripts else None
    items = tuple(item for script in scripts for item in script.items)
    return Script(scripts[0].text, items, Span(scripts[0].span.start, scripts[-1].span.end))


def _merged(parts: list[Part]) -> tuple[Part, ...]:
    """Return the parts with touching literals of the same quoting made one."""
    result = list[Part]()
    for part in parts:
        last = result[-1] if result else None
        if isinstance(part, Literal) and isinstance(last, Literal) and last.quoted == part.quoted:
            result[-1] = Literal(last.text + part.text, part.quoted)
        else:
            result.append(part)
    return tuple(result)


def _braces(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts with everything from a brace expansion on unknown: bash expands ``{a,b}``, dash does not."""
    plain = [part.text if isinstance(part, Literal) and not part.quoted else "x" for part in parts]
    if not _BRACES.search("".join(plain)):
        return parts
    first = next(i for i, text in enumerate(plain) if "{" in text)
    before, brace, after = plain[first].partition("{")
    head: list[Part] = [*parts[:first], *([Literal(before, False)] if before else [])]
    return (*head, Substitution(brace + after, False, None), *(_unknown(part) for part in parts[first + 1 :]))


def _unknown(part: Part) -> Part:
    return Substitution(part.text, False, None) if isinstance(part, Literal) and not part.quoted else part


def _ansi_character(found: re.Match[str]) -> str:
    if code := found[1] or found[2]:
        return chr(int(code, 16))
    if found[3]:
        return chr(int(found[3], 8) & 255)
    return _ANSI_NAMES.get(found[4], found[0])
