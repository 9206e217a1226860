"""Break the steps of the final stage, and its packages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tests.validate.mutants import (
    appended,
    carries,
    final,
    origin,
    put,
    swapped,
    text,
)
from tests.validate.solved import Solved
from transformer.ir.dockerfile import Instruction
from transformer.ir.plan import Kept


@text
def swap_final_lines(solved: Solved) -> Iterator[str]:
    """CMD, LABEL and their like may stand anywhere, but stay where the author put them."""
    for one, other in pairwise(final(solved)):
        both_carried = one in carries(solved) and other in carries(solved)
        settings = {one.keyword, other.keyword} & {"USER", "WORKDIR"}
        same = one.text == other.text or origin(solved, one) == origin(solved, other)
        if not (same or both_carried or settings):
            yield swapped(solved, one, other)


@text
def drop_package(solved: Solved) -> Iterator[str]:
    """Each is missed, but for one that comes with another, or that the base image has."""
    found = [(item, name) for item in final(solved, "RUN") for name in _packages(item)]
    for item, name in found:
        if name not in solved.brings(other for _, other in found if other != name) and not solved.holds(name):
            yield put(solved, item, _reworded(item, name, ""))


@text
def add_package(solved: Solved) -> Iterator[str]:
    for item in final(solved, "RUN"):
        for name in _packages(item)[:1]:
            for extra in ("gcc", "golang", "libevil1"):
                yield put(solved, item, _reworded(item, name, f"{extra} {name}"))


@text
def double_package(solved: Solved) -> Iterator[str]:
    for item in final(solved, "RUN"):
        for name in _packages(item):
            yield put(solved, item, _reworded(item, name, f"{name} {name}"))


def _reworded(item: Instruction, word: str, new: str) -> str:
    """Return the text of a RUN with a word exchanged, but not in its comments."""
    pattern = rf"(?m)^(?!\s*#)(.*?)(?<=\s){re.escape(word)}(?=\s|$)"
    return re.sub(pattern, lambda m: m[1] + new, item.text, count=1)


@text
def with_recommends(solved: Solved) -> Iterator[str]:
    for item in final(solved, "RUN"):
        if "--no-install-recommends" in item.text:
            yield put(solved, item, item.text.replace("--no-install-recommends ", "", 1))


def _packages(item: Instruction) -> list[str]:
    """Return the words of the install commands of a RUN that name packages, as they are written."""
    found = re.search(r"apt(?:-get)? [^&;]*?install ([^&;]+)", item.logical)
    words = found[1].split() if found else []
    return [w for w in words if re.fullmatch(r"[a-z0-9][a-z0-9.+:=~-]+", w)]


@text
def drop_command(solved: Solved) -> Iterator[str]:
    """Leave out one command of an and-chain, whatever stands on both sides of it."""
    for item in final(solved, "RUN"):
        parts = re.split(r"(\s*(?:\\\r?\n\s*)?&&\s*)", item.text)
        for at in range(2, len(parts), 2):
            yield put(solved, item, "".join(parts[: at - 1] + parts[at + 1 :]))


@text
def first_command_gone(solved: Solved) -> Iterator[str]:
    for item in final(solved, "RUN"):
        head, found, tail = item.text.partition("&&")
        if found and not item.heredocs and '"' not in head and "'" not in head:
            yield put(solved, item, "RUN" + tail)


@text
def loosen_join(solved: Solved) -> Iterator[str]:
    for item in final(solved, "RUN"):
        if "&&" in item.text:
            yield put(solved, item, item.text.replace("&&", ";", 1))


@text
def whole_run(solved: Solved) -> Iterator[str]:
    """Repeat a RUN of the builder whole in the final stage instead of its runtime part."""
    for item, line in zip(final(solved), solved.plan.final, strict=True):
        if isinstance(line, Kept) and line.edits:
            yield put(solved, item, solved.dockerfile.instructions[line.instruction].text)


@text
def drop_mount(solved: Solved) -> Iterator[str]:
    for item in final(solved, "RUN"):
        if "--mount" in item.text:
            yield put(solved, item, re.sub(r"--mount=\S+\s*(?:\\\r?\n\s*)?", "", item.text, count=1))


@text
def copy_less(solved: Solved) -> Iterator[str]:
    """Drop one source of a COPY that has several."""
    for item in final(solved, "COPY", "ADD"):
        if len(item.args) > 2 and not item.heredocs:
            for source in item.args[:-1]:
                yield put(solved, item, re.sub(rf"(?<=\s){re.escape(source)}(?=\s)", "", item.text, count=1))


@text
def copy_elsewhere(solved: Solved) -> Iterator[str]:
    for item in final(solved, "COPY", "ADD"):
        if item.heredocs or item in carries(solved):
            continue
        yield put(solved, item, f"{item.keyword} {' '.join(item.args[:-1])} /elsewhere/")


@text
def copy_as_another_user(solved: Solved) -> Iterator[str]:
    for item in final(solved, "COPY", "ADD"):
        if item.flag("chown") is None and item not in carries(solved):
            yield put(solved, item, re.sub(rf"^{item.keyword}", f"{item.keyword} --chown=1:1", item.text, flags=re.I))


@text
def root_at_the_end(solved: Solved) -> Iterator[str]:
    """Without USER in the file `USER root` would say what is so anyway, apart from the image's configuration."""
    yield appended(solved, "USER root")
