"""An image's configuration, folded from the text of one stage with code that the tool does not use (law E1)."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field

from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.source import Source
from transformer.knowledge import ImageConfig, image
from transformer.parse.parser import parse

_VARIABLE = re.compile(
    r"""'(?P<quoted>[^']*)'|\\(?P<escaped>.)|\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::(?P<sign>[-+])(?P<word>[^}]*))?\})|\"""",
    re.VERBOSE,
)


@dataclass(slots=True)
class Image:
    """What ``docker inspect`` shows of an image."""

    env: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    entrypoint: object = None
    cmd: object = None
    user: str = ""
    workdir: str = "/"
    ports: set[str] = field(default_factory=set)
    volumes: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    stopsignal: str = ""
    healthcheck: object = None
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    onbuild: tuple[str, ...] = ()
    own_cmd: bool = False
    """Whether CMD is this file's own: an ENTRYPOINT after it leaves it alone."""

    def value(self, word: str) -> str:
        """Expand variables and take the quotes away."""

        def one(found: re.Match[str]) -> str:
            if found["quoted"] is not None or found["escaped"] is not None:
                return found["quoted"] or found["escaped"] or ""
            value = {**self.arguments, **self.env}.get(found["plain"] or found["name"] or "", "")
            default = self.value(found["word"]) if found["word"] else ""
            return {"-": value or default, "+": default if value else ""}.get(found["sign"] or "", value)

        return _VARIABLE.sub(one, word)


def read(data: bytes) -> Dockerfile:
    """Parse a file that is known to be valid."""
    found = parse(Source.from_bytes("Dockerfile", data))
    assert isinstance(found, Dockerfile), found
    return found


def last_image(data: bytes) -> Image:
    """Return the configuration of the image that the file's last stage makes."""
    file = read(data)
    start = max(i.index for i in file.instructions if i.keyword == "FROM")
    top = Image()
    for instruction in file.instructions[: start + 1]:
        if instruction.keyword == "ARG" and not _inside_stage(file, instruction):
            _argument(top, instruction, {})
    base = image(top.value(file.instructions[start].args[0]))
    found = _inherited(base.config if base else None)
    for instruction in file.instructions[start + 1 :]:
        _apply(found, instruction, top.arguments)
    return found


def _inside_stage(file: Dockerfile, instruction: Instruction) -> bool:
    return any(i.keyword == "FROM" for i in file.instructions[: instruction.index])


def _inherited(base: ImageConfig | None) -> Image:
    if base is None:
        return Image(entrypoint="the base's", cmd="the base's")
    return Image(
        env=dict(base.env),
        entrypoint=list(base.entrypoint or ()) or None,
        cmd=list(base.cmd or ()) or None,
        user=base.user or "",
        workdir=base.workdir or "/",
        ports={_port(port) for port in base.expose},
        volumes=set(base.volume),
        stopsignal=base.stopsignal or "",
        onbuild=tuple(base.onbuild),
    )


def _apply(found: Image, instruction: Instruction, outside: dict[str, str]) -> None:
    handler = _HANDLERS.get(instruction.keyword)
    if handler is not None:
        handler(found, instruction)
    elif instruction.keyword == "ARG":
        _argument(found, instruction, outside)


def _argument(found: Image, instruction: Instruction, outside: dict[str, str]) -> None:
    name, equals, default = instruction.argument_text.strip().partition("=")
    found.arguments[name] = found.value(default) if equals else outside.get(name, "")


def _env(found: Image, instruction: Instruction) -> None:
    found.env.update([(name, found.value(word)) for name, word in instruction.pairs()])


def _label(found: Image, instruction: Instruction) -> None:
    found.labels.update({found.value(name): found.value(word) for name, word in instruction.pairs()})


def _workdir(found: Image, instruction: Instruction) -> None:
    found.workdir = posixpath.normpath(posixpath.join(found.workdir, found.value(instruction.argument_text.strip())))


def _user(found: Image, instruction: Instruction) -> None:
    found.user = found.value(instruction.argument_text.strip())


def _command(found: Image, instruction: Instruction) -> object:
    return list(instruction.args) if instruction.exec_form else [*found.shell, instruction.argument_text.strip()]


def _entrypoint(found: Image, instruction: Instruction) -> None:
    found.entrypoint = _command(found, instruction)
    if not found.own_cmd:
        found.cmd = None


def _cmd(found: Image, instruction: Instruction) -> None:
    found.cmd, found.own_cmd = _command(found, instruction), True


def _healthcheck(found: Image, instruction: Instruction) -> None:
    flags = sorted((flag.name, flag.value) for flag in instruction.flags)
    found.healthcheck = (flags, found.shell, instruction.argument_text.strip())


def _expose(found: Image, instruction: Instruction) -> None:
    found.ports |= {_port(found.value(word)) for word in instruction.argument_text.split()}


def _port(word: str) -> str:
    return word if "/" in word else word + "/tcp"


def _volume(found: Image, instruction: Instruction) -> None:
    text = instruction.argument_text.strip()
    found.volumes |= {found.value(word) for word in (json.loads(text) if text.startswith("[") else text.split())}


def _stopsignal(found: Image, instruction: Instruction) -> None:
    found.stopsignal = found.value(instruction.argument_text.strip())


def _shell(found: Image, instruction: Instruction) -> None:
    found.shell = tuple(instruction.args)


def _onbuild(found: Image, instruction: Instruction) -> None:
    found.onbuild += (instruction.argument_text.strip(),)


_HANDLERS = {
    "ENV": _env,
    "LABEL": _label,
    "WORKDIR": _workdir,
    "USER": _user,
    "ENTRYPOINT": _entrypoint,
    "CMD": _cmd,
    "HEALTHCHECK": _healthcheck,
    "EXPOSE": _expose,
    "VOLUME": _volume,
    "STOPSIGNAL": _stopsignal,
    "SHELL": _shell,
    "ONBUILD": _onbuild,
}
