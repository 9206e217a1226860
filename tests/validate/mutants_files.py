"""Break what is carried over the cut, the images, and the builder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tests.validate.mutants import (
    appended,
    carries,
    final,
    put,
    read,
    stages,
    swapped,
    text,
    without,
)
from tests.validate.solved import Solved
from transformer.ir.plan import Kept


@text
def drop_carry(solved: Solved) -> Iterator[str]:
    yield from (without(solved, i) for i in carries(solved))


@text
def carry_another_path(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        yield put(solved, item, item.text.replace(item.args[0], item.args[0] + "2"))


@text
def carry_to_another_place(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        head, _, tail = item.text.rpartition(item.args[1])
        yield put(solved, item, f"{head}/opt{item.args[1]}{tail}")


@text
def carry_the_parent(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        parent = item.args[0].rpartition("/")[0] or "/"
        yield put(solved, item, f"COPY --from={solved.plan.stage} {parent} {parent}")


@text
def carry_by_pattern(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        folder = item.args[0].rpartition("/")[0]
        yield put(solved, item, f"COPY --from={solved.plan.stage} {folder}/* {folder}/")


@text
def carry_to_relative_place(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        yield put(solved, item, f"COPY --from={solved.plan.stage} {item.args[0]} {item.args[0].lstrip('/')}")


@text
def carry_through_link(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        if item.args[0].startswith("/usr/bin"):
            yield put(solved, item, item.text.replace("/usr/bin", "/bin"))


@text
def carry_from_nowhere(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        yield put(solved, item, item.text.replace("--from=" + solved.plan.stage, "--from=other"))


@text
def carry_from_the_context(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        yield put(solved, item, item.text.replace(f"--from={solved.plan.stage} ", ""))


@text
def add_chown(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        if item.flag("chown") is None:
            yield put(solved, item, item.text.replace(" /", " --chown=nobody:nogroup /", 1))


@text
def chown_to_another_group(solved: Solved) -> Iterator[str]:
    """A directory that the final stage has given to its owner before keeps him without the flag."""
    for item in carries(solved):
        before = solved.emitted.partition("\nFROM ")[2].partition(item.text)[0]
        given = re.search(rf"chown [^\n]*{re.escape(item.args[-1])}\b", before) if item.args else None
        if item.flag("chown") is not None and given is None:
            yield put(solved, item, re.sub(r"( --chown=[^:]+):\S+", r"\1:operator", item.text))


@text
def drop_chown(solved: Solved) -> Iterator[str]:
    """A directory that the final stage has given to its owner before keeps him without the flag."""
    for item in carries(solved):
        before = solved.emitted.partition("\nFROM ")[2].partition(item.text)[0]
        given = re.search(rf"chown [^\n]*{re.escape(item.args[-1])}\b", before) if item.args else None
        if item.flag("chown") is not None and given is None:
            yield put(solved, item, re.sub(r" --chown=\S+", "", item.text))


@text
def add_chmod(solved: Solved) -> Iterator[str]:
    for item in carries(solved):
        yield put(solved, item, item.text.replace(" /", " --chmod=755 /", 1))


@text
def carry_later(solved: Solved) -> Iterator[str]:
    """Swap an artifact with the RUN after it; `RUN ldconfig` does not see what is no library."""
    for one, other in pairwise(final(solved)):
        unseen = "ldconfig" in other.text and "/lib" not in one.text
        if one in carries(solved) and other.keyword == "RUN" and not unseen:
            yield swapped(solved, one, other)


@text
def carry_earlier(solved: Solved) -> Iterator[str]:
    """Swap an artifact with the RUN before it, unless both come from one RUN: then either order is that of the old."""
    lines = [x.instruction if isinstance(x, Kept) else x.origin for x in solved.plan.final]
    for (one, other), (first, second) in zip(pairwise(final(solved)), pairwise(lines), strict=True):
        if other in carries(solved) and one.keyword == "RUN" and first != second:
            yield swapped(solved, one, other)


@text
def carry_more(solved: Solved) -> Iterator[str]:
    for path in ("/usr/local/go", "/usr", "/root/.ssh", "/usr/lib/x86_64-linux-gnu/libevil.so.1"):
        yield appended(solved, f"COPY --from={solved.plan.stage} {path} {path}")


@text
def drop_ldconfig(solved: Solved) -> Iterator[str]:
    for item in final(solved, "RUN"):
        if item.argument_text.strip().startswith("ldconfig"):
            yield without(solved, item)


@text
def another_release(solved: Solved) -> Iterator[str]:
    origin = stages(solved)[1][0]
    for old, new in (("18.04", "20.04"), ("22.04", "24.04"), ("bookworm", "bullseye"), ("trixie", "bookworm")):
        if old in origin.args[0]:
            yield put(solved, origin, origin.text.replace(old, new))


@text
def another_vendor(solved: Solved) -> Iterator[str]:
    origin = stages(solved)[1][0]
    yield put(solved, origin, "FROM alpine:3.19")
    yield put(solved, origin, "FROM scratch")
    yield put(solved, origin, f"FROM {solved.plan.stage}")


@text
def another_builder(solved: Solved) -> Iterator[str]:
    origin = next(i for i in stages(solved)[0] if i.keyword == "FROM")
    yield put(solved, origin, origin.text.replace(origin.args[0], "debian:buster", 1))
    yield put(solved, origin, origin.text.replace(origin.args[0], origin.args[0] + "-slim", 1))


@text
def other_stage_names(solved: Solved) -> Iterator[str]:
    builder, after = stages(solved)
    origin = next(i for i in builder if i.keyword == "FROM")
    yield put(solved, origin, re.sub(r"(?i)\s+as\s+\S+$", "", origin.text))
    if carries(solved):
        yield put(solved, origin, re.sub(r"\S+$", "elsewhere", origin.text))
    yield put(solved, after[0], after[0].text + " AS final")


@text
def another_platform(solved: Solved) -> Iterator[str]:
    origin = stages(solved)[1][0]
    yield put(solved, origin, origin.text.replace("FROM ", "FROM --platform=linux/arm64 ", 1))


@text
def drop_builder_line(solved: Solved) -> Iterator[str]:
    yield from (without(solved, i) for i in stages(solved)[0])


@text
def edit_builder_line(solved: Solved) -> Iterator[str]:
    for item in stages(solved)[0]:
        yield put(solved, item, item.text + "x")


@text
def double_builder_line(solved: Solved) -> Iterator[str]:
    for item in stages(solved)[0]:
        yield put(solved, item, item.text + solved.dockerfile.newline + item.text)


@text
def swap_builder_lines(solved: Solved) -> Iterator[str]:
    for one, other in pairwise(stages(solved)[0]):
        if one.text != other.text:
            yield swapped(solved, one, other)


@text
def add_builder_line(solved: Solved) -> Iterator[str]:
    last = stages(solved)[0][-1]
    yield put(solved, last, last.text + solved.dockerfile.newline + "RUN touch /extra")


@text
def drop_comment(solved: Solved) -> Iterator[str]:
    """A comment that stands in both stages may go from one of them, and one of ours altogether."""
    file = read(solved.emitted)
    texts = [c.text for c in file.comments]
    own = {c.text for c in solved.dockerfile.comments}
    for comment in file.comments:
        if texts.count(comment.text) == 1 and comment.text in own:
            yield solved.emitted[: comment.span.start] + solved.emitted[comment.span.end :]


@text
def disable_directives(solved: Solved) -> Iterator[str]:
    if read(solved.emitted).directives:
        yield "# dockerfix was here" + solved.dockerfile.newline + solved.emitted


@text
def other_line_ends(solved: Solved) -> Iterator[str]:
    old, new = ("\r\n", "\n") if solved.dockerfile.newline == "\r\n" else ("\n", "\r\n")
    head, found, tail = solved.emitted.rpartition(old)
    if found:
        yield head + new + tail


@text
def not_a_dockerfile(solved: Solved) -> Iterator[str]:
    yield ""
    yield solved.emitted + solved.dockerfile.newline + "FORM debian"
