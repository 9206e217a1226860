"""The scope of ARG and ENV, and the words that use them.

e2b's ``ShellLex`` expands; which names a word sees, and whether their values are settled by the file, is decided here.
Sources: the Dockerfile reference ("ARG", "ENV", "Environment replacement") and BuildKit's
``dockerfile2llb/convert.go`` (``buildMetaArgs``, ``dispatchArg``, ``dispatchEnv``; 73ed682). Where builders differ, the
value is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from e2b_dockerfile_utils import ShellLex, parse_words
from msgspec import Struct
from msgspec.structs import replace

from transformer.ir.dockerfile import Dockerfile, Instruction

EXPANDING = frozenset((
    "ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"
))  # fmt: skip
"""Instructions whose words the builder expands. RUN, CMD and ENTRYPOINT see the variables as environment instead."""

PLATFORM_ARGS = frozenset((
    "BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT", "TARGETPLATFORM", "TARGETOS",
    "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE"
))  # fmt: skip
"""Set by BuildKit (platform.go ``defaultArgs``): seen by FROM as they are, by a stage once it declares them."""

PROXY_ARGS = frozenset(
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
    for name in (upper, upper.lower())
)
"""Predefined ARGs that the client may fill from its own configuration."""

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH of a Linux image that sets none (BuildKit: ``system.DefaultPathEnvUnix``)."""

_MAX_CUTS = 64
# `$$` is one reference, to the special parameter `$`
_DOLLARS = re.compile(r"(?<!\$)\$")
_REFERENCE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")


class Expansion(Struct, frozen=True):
    """A word after expansion. ``prefix`` is what its text is sure to begin with: all of it when ``known``.

    ``text`` of an unknown one is the word as written, good for messages only.
    """

    text: str
    known: bool
    prefix: str


class Scope(Struct, frozen=True):
    """The variables at one point of the file; a value, each step returns a new one.

    ``values`` is also what RUN, CMD and ENTRYPOINT find in their environment; ``env`` names those that come from ENV
    (the base image's included) and stay in the image. ``closed`` means that every name set from outside is in
    ``values``, so that any other expands to "".
    """

    escape: str
    build_args: Mapping[str, str]
    global_args: Mapping[str, Expansion]
    values: Mapping[str, Expansion]
    env: frozenset[str]
    closed: bool

    def stage(self, base_env: Mapping[str, str] | None = None) -> Scope:
        """Return the scope right after FROM, in which no ARG is declared.

        ``base_env`` is the ENV of the base image; None says that nobody knows it, and then no undeclared name is known.
        """
        given = {} if base_env is None else {"PATH": DEFAULT_PATH, **base_env}
        values = {name: _known(value) for name, value in given.items()}
        return replace(self, values=values, env=frozenset(values), closed=base_env is not None)

    def after(self, instruction: Instruction) -> Scope:
        """Return the scope of what follows ``instruction``. FROM starts a stage on a base that is not known."""
        match instruction.keyword:
            case "FROM":
                return self.stage()
            case "ARG":
                return _after_arg(self, instruction)
            case "ENV":
                return _after_env(self, instruction)
        return self

    def expand(self, word: str) -> Expansion:
        """Return ``word`` without quotes and with its variables replaced, as in an instruction of ``EXPANDING``.

        A word that the builder refuses (``${x:?}`` of an empty x, a missing brace) is not known.
        """
        return _expansion(self, word, self.escape, heredoc=False)

    def expand_heredoc(self, body: str) -> Expansion:
        """Return the content of a COPY or ADD heredoc that expands: quotes stay, the escape is always a backslash."""
        return _expansion(self, body, "\\", heredoc=True)


def scope_at_from(
    dockerfile: Dockerfile, build_args: Mapping[str, str] | None = None, platform: Mapping[str, str] | None = None
) -> Scope:
    """Return the scope in which FROM is read: the ARGs before the first FROM, and ``PLATFORM_ARGS``.

    ``build_args`` are the caller's ``--build-arg``; a platform ARG is known only if ``platform`` gives its value.
    """
    given = platform or {}
    args = {name: _known(given[name]) if name in given else _unknown(f"${name}") for name in PLATFORM_ARGS}
    scope = Scope(dockerfile.escape, build_args or {}, {}, args, frozenset(), True)
    for instruction in dockerfile.instructions:
        if instruction.keyword == "FROM":
            break
        scope = _after_arg(scope, instruction)
    return replace(scope, global_args=scope.values)


def arg_declarations(instruction: Instruction, escape: str = "\\") -> tuple[tuple[str, str | None], ...]:
    """Return (name, raw default or None) for each word of ARG, which the flat ``args`` can't tell apart."""
    words = (word.partition("=") for word in parse_words(instruction.argument_text, escape))
    return tuple((name, default if equals else None) for name, equals, default in words)


def _after_arg(scope: Scope, instruction: Instruction) -> Scope:
    # one by one: in `ARG a=1 b=$a` the second sees the first (dispatchArg, buildMetaArgs)
    for name, default in arg_declarations(instruction, scope.escape):
        value = _argument(scope, name, default)
        if name in scope.env and scope.values[name] != value:
            # the reference lets ENV win, BuildKit today the later of the two
            value = _unknown(f"${name}")
        scope = replace(scope, values={**scope.values, name: value})
    return scope


def _argument(scope: Scope, name: str, default: str | None) -> Expansion:
    if name in scope.build_args:
        return _known(scope.build_args[name])
    if default is None:
        return scope.global_args.get(name) or _unknown(f"${name}")
    if name in PLATFORM_ARGS | PROXY_ARGS:
        return _unknown(f"${name}")
    return scope.expand(default)


def _after_env(scope: Scope, instruction: Instruction) -> Scope:
    # all values are expanded before one is set: in `ENV a=1 b=$a` the second sees the old a (reference, "ENV")
    pairs = [(scope.expand(key), scope.expand(value)) for key, value in instruction.pairs()]
    if not all(key.known for key, _ in pairs):
        return _forgotten(scope)
    new = {key.text: value for key, value in pairs}
    return replace(scope, values={**scope.values, **new}, env=scope.env | new.keys())


def _forgotten(scope: Scope) -> Scope:
    """ENV sets a name that nobody knows: no value is known from here on."""
    values = {name: _unknown(f"${name}") for name in scope.values}
    return replace(scope, values=values, closed=False)


class _Lookup(dict[str, str]):
    """The known values for ShellLex, which only calls ``get``; notes when a name was asked for that is not known."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope
        self.missed = False

    def get(self, key: str, default: object = None, /) -> str | None:  # type: ignore[override]
        value = self._scope.values.get(key)
        if value is not None and value.known:
            return value.text
        self.missed = self.missed or value is not None or (not self._scope.closed and key.isidentifier())
        return None


def _expansion(scope: Scope, word: str, escape: str, *, heredoc: bool) -> Expansion:
    text = _settled(scope, word, escape, heredoc=heredoc)
    if text is not None:
        return _known(text)
    return _unknown(word, _prefix(scope, word, escape, heredoc=heredoc))


def _settled(scope: Scope, word: str, escape: str, *, heredoc: bool) -> str | None:
    """Return the expansion of ``word`` if the builder accepts it and it uses known names only."""
    seen = _Lookup(scope)
    try:
        text = ShellLex(escape, skip_process_quotes=heredoc, env=seen, skip_unset_env=False).process_word(word)
    except (ValueError, re.error):
        return None
    return None if seen.missed else text


def _prefix(scope: Scope, word: str, escape: str, *, heredoc: bool) -> str:
    """Return the longest settled text before a ``$`` at which ``word`` can be cut, plus the start of that variable."""
    best = ""
    for cut in islice(_cuts(word), _MAX_CUTS):
        # a cut inside double quotes is closed again; inside braces or single quotes neither attempt is a word
        closed = (word[:cut],) if heredoc else (word[:cut], word[:cut] + '"')
        texts = (_settled(scope, part, escape, heredoc=heredoc) for part in closed)
        text = next((found for found in texts if found is not None), None)
        if text is not None:
            best = text + _begin(scope, word, cut, escape)
    return best


def _cuts(word: str) -> Iterator[int]:
    for match in _DOLLARS.finditer(word):
        yield match.start()


def _begin(scope: Scope, word: str, cut: int, escape: str) -> str:
    match = _REFERENCE.match(word, cut)
    if match is None or word[:cut].endswith(escape):
        return ""
    value = scope.values.get(match[1] or match[2])
    return "" if value is None else value.prefix


def _known(text: str) -> Expansion:
    return Expansion(text, True, text)


def _unknown(text: str, prefix: str = "") -> Expansion:
    return Expansion(text, False, prefix)
