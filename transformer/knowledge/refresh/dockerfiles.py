"""What the Dockerfile of an official image configures and installs: as far as it says it plainly.

Reads only what these Dockerfiles are made of; whatever else stands there makes the answer None. The parser of the
program itself is of a later layer.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

type_config = dict[str, Any]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What every image of an operating system has for it."""
_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)")
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_INSTALL = re.compile(r"apt-get\s[^;&|]*?\binstall\b([^;&|]*)")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_TAKEN_BACK = re.compile(r"apt-get\s+(?:purge|remove|autoremove)|apt-mark\s+auto\b|dpkg\s+(?:-r|--purge)")
_PLAIN = frozenset({"RUN", "COPY", "ADD", "ARG", "LABEL", "MAINTAINER", "COMMENT", "FROM"})
_UNSTORED = re.compile(r"SHA256|SHA512|GPG|_URL$|SHA$")
"""Variables that the table of images leaves out."""


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the instructions of a Dockerfile with their arguments, comments left out."""
    lines = iter(text.splitlines())
    whole = ""
    for line in lines:
        if re.match(r"\s*(#|$)", line):
            continue
        if line.rstrip().endswith("\\"):
            whole += line.rstrip()[:-1] + " "
            continue
        word, _, rest = (whole + line).strip().partition(" ")
        whole = ""
        for end in _HEREDOC.findall(rest) if word.upper() in {"RUN", "COPY"} else ():
            for inner in lines:
                if inner.strip() == end:
                    break
                rest += "\n" + inner
        yield word.upper(), rest.strip()


def configured(text: str, base: type_config) -> type_config | None:
    """Return the config of an image of one stage, as the table of images has it, on that of its base; None if
    something is not understood.
    """
    found: type_config = json.loads(json.dumps(base))
    arguments: dict[str, str] = {}
    if sum(word == "FROM" for word, _ in instructions(text)) != 1:
        return None
    for word, rest in instructions(text):
        if word == "ARG":
            name, _, value = rest.partition("=")
            arguments[name] = value.strip("\"'")
        try:
            known = _applied(found, word, rest, {**arguments, **found["env"]})
        except ValueError:  # a list that is none
            return None
        if not known:
            return None
    found["env"] = {name: value for name, value in found["env"].items() if not _UNSTORED.search(name)}
    return found


def _applied(found: type_config, word: str, rest: str, values: Mapping[str, str]) -> bool:
    """Apply an instruction to a config; return whether it is understood."""
    if word == "ENV":
        pairs = _pairs(rest)
        found["env"] |= {name: _filled(value, values) for name, value in pairs}
        return bool(pairs)
    if word in {"ENTRYPOINT", "CMD", "SHELL"}:
        if word == "ENTRYPOINT":
            found.pop("cmd", None)
        found[word.lower()] = json.loads(rest) if rest.startswith("[") else ["/bin/sh", "-c", rest]
    elif word in {"USER", "WORKDIR"}:
        found[word.lower()] = _filled(rest, values)
    elif word in {"EXPOSE", "VOLUME"}:
        more = json.loads(rest) if rest.startswith("[") else _filled(rest, values).split()
        found[word.lower()] = sorted({*found.get(word.lower(), ()), *more})
    elif word == "RUN":
        return _installed(found, rest)
    else:
        return word in _PLAIN
    return True


def _installed(found: type_config, script: str) -> bool:
    """Add what a script installs for good; return False if that cannot be told."""
    asked = [words for m in _INSTALL.finditer(script) for words in m[1].split()]
    names = [w.partition("=")[0] for w in asked if not w.startswith("-") and "$" not in w and not w.startswith("#")]
    if _TAKEN_BACK.search(script) and names:
        return False
    found["apt"] = sorted({*found.get("apt", ()), *(n for n in names if _PACKAGE.fullmatch(n))})
    return True


def _pairs(rest: str) -> list[tuple[str, str]]:
    name, _, value = rest.partition(" ")
    if "=" not in name:
        return [(name, value.strip().strip("\"'"))]
    try:
        words = shlex.split(rest)
    except ValueError:
        return []
    return [(word.partition("=")[0], word.partition("=")[2]) for word in words]


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda m: values.get(m[1] or m[2], ""), text)
