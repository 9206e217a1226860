"""Break the configuration of the image."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tests.validate.mutants import (
    TEXT,
    appended,
    final,
    first_line,
    put,
    text,
    without,
)
from tests.validate.solved import Solved
from transformer.ir.dockerfile import Instruction


def _drop(keyword: str) -> None:
    def mutator(solved: Solved) -> Iterator[str]:
        for item in final(solved, keyword):
            if not _idle(solved, item):
                yield without(solved, item)

    TEXT[f"drop_{keyword.lower()}"] = mutator


def _alter(keyword: str, change: Callable[[str], str]) -> None:
    def mutator(solved: Solved) -> Iterator[str]:
        for item in final(solved, keyword):
            changed = change(item.text)
            if changed != item.text:
                yield put(solved, item, changed)

    TEXT[f"alter_{keyword.lower()}"] = mutator


def _idle(solved: Solved, item: Instruction) -> bool:
    """Whether the file means the same without it."""
    return False


for _keyword in (
    "ENV", "CMD", "ENTRYPOINT", "EXPOSE", "VOLUME", "LABEL", "HEALTHCHECK", "STOPSIGNAL", "USER", "WORKDIR", "SHELL",
    "ARG", "MAINTAINER", "ADD", "COPY", "RUN",
):  # fmt: skip
    _drop(_keyword)

_alter("ENV", lambda t: t.rstrip('"') + "x" + '"' * (len(t) - len(t.rstrip('"'))))
_alter("CMD", lambda t: re.sub(r'"\s*\]\s*$', 'x"]', t) if "[" in t else t + " x")
_alter("ENTRYPOINT", lambda t: re.sub(r'"\s*\]\s*$', 'x"]', t) if "[" in t else t + " x")
_alter("EXPOSE", lambda t: t + " 4242")
_alter("VOLUME", lambda t: t.replace("/", "/x", 1))
_alter("LABEL", lambda t: t + " extra=1")
_alter("HEALTHCHECK", lambda t: t.replace("HEALTHCHECK", "HEALTHCHECK --interval=9s", 1))
_alter("STOPSIGNAL", lambda t: "STOPSIGNAL SIGHUP")
_alter("USER", lambda t: "USER nobody")
_alter("WORKDIR", lambda t: "WORKDIR /elsewhere")
_alter("SHELL", lambda t: 'SHELL ["/bin/sh", "-c"]')
_alter("ARG", lambda t: re.sub(r"(=.*)?$", "=other", t))
_alter("MAINTAINER", lambda t: t + "x")
_alter("COPY", lambda t: t + "x")
_alter("RUN", lambda t: t + " && touch /x")


@text
def add_instruction(solved: Solved) -> Iterator[str]:
    for line in (
        "ENV EXTRA=1", "EXPOSE 4242", "VOLUME /extra", "LABEL extra=1", "USER nobody", "WORKDIR /elsewhere",
        "STOPSIGNAL SIGHUP", "HEALTHCHECK NONE", 'SHELL ["/bin/dash", "-c"]', "RUN touch /x", "COPY . /extra",
        "ADD extra /extra", 'CMD ["other"]', 'ENTRYPOINT ["other"]', "RUN ldconfig -v", "ONBUILD RUN x", "ARG EXTRA=1",
        "RUN apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*",
        "FROM scratch",
    ):  # fmt: skip
        yield appended(solved, line)


@text
def add_first_instruction(solved: Solved) -> Iterator[str]:
    for line in (
        "ENV PATH=/evil:$PATH",
        "RUN apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*",
        "RUN ldconfig",
    ):
        yield first_line(solved, line)


@text
def duplicate_instruction(solved: Solved) -> Iterator[str]:
    """A second CMD and the like of the same text would be neutral, but nobody would write it."""
    for item in final(solved):
        yield put(solved, item, item.text + solved.dockerfile.newline + item.text)


@text
def command_form(solved: Solved) -> Iterator[str]:
    for item in final(solved, "CMD", "ENTRYPOINT"):
        if item.exec_form:
            yield put(solved, item, f"{item.keyword} {' '.join(item.args)}")
