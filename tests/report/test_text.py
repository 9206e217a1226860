"""The report that people read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.report import outcomes
from transformer.ir.diagnostic import Diagnostic, Status
from transformer.ir.plan import Outcome
from transformer.ir.source import Position, Source
from transformer.report import text
from transformer.report.documents import document
from transformer.report.terminal import Painter, one_line, place, printable
from transformer.rules import RULES

UNCHANGED = """\
app/Dockerfile: unchanged
  app/Dockerfile:1:1: note DF408 no-run
      it has no RUN
      why: Without RUN there is no build step to move.
"""
REFUSED = """\
app/Dockerfile: refused
  start.sh:7:3: error DF410 toolchain-at-run-time
      start.sh calls make
      why: The toolchain would have to stay, so a split brings nothing.
      next: build in RUN, not in start.sh
"""
REWRITTEN = """\
--- a/app/Dockerfile
+++ b/app/Dockerfile
@@ -1,5 +1,9 @@
-FROM ubuntu:18.04
+FROM ubuntu:18.04 AS build
\x20
 RUN apt-get install -y gcc libpq-dev curl
 RUN gcc /build/hello.c -o /build/hello
+
+FROM ubuntu:18.04
+RUN apt-get install -y libpq5 curl
+COPY --from=build /build/hello /build/hello
 ENTRYPOINT ["/build/hello"]

app/Dockerfile: rewritten (safe)
  Base image
    ubuntu:18.04, kept: it has no smaller variant
  Only in the build stage
    4: gcc /build/hello.c -o /build/hello
        makes /build/hello (line 4)
        <- ENTRYPOINT names /build/hello (line 5)
  Carried over
    /build/hello
        ENTRYPOINT names /build/hello (line 5)
  Packages left behind
    gcc: only line 4 calls it
    libpq-dev, replaced by libpq5: only its library is needed at run time
  Packages kept
    curl: start.sh calls it
  Left behind
    file /build/hello.c: source code
  Saving
    about 128 MB of installed size
  Build cache
    the image no longer holds the build's layers: in CI pass --cache-to ...,mode=max to keep them cached
  Assumption
    users who exec tools in the image from outside the repository are not seen
"""
EXPLAINED = """\
app/Dockerfile: rewritten (safe)

   3  both       apt-get install -y gcc libpq-dev curl
      curl is called by start.sh (start.sh:7)

   4  build      gcc /build/hello.c -o /build/hello
      makes /build/hello (line 4)
      <- ENTRYPOINT names /build/hello (line 5)
      carried: /build/hello

   5  runtime    ENTRYPOINT ["/build/hello"]
      the entry point
"""


def report(outcome: Outcome) -> str:
    """Return the report without colour."""
    return text.render(document(outcome))


@pytest.mark.parametrize(
    ("make", "expected"),
    [(outcomes.unchanged, UNCHANGED), (outcomes.refused, REFUSED), (outcomes.rewritten, REWRITTEN)],
)
def test_reports(make: Callable[[], Outcome], expected: str) -> None:
    assert report(make()) == expected


def test_an_unsafe_split_shows_what_it_rests_on_and_that_it_is_not_applied() -> None:
    shown = report(outcomes.unsafe())
    assert shown.startswith("--- a/app/Dockerfile\n")
    assert "app/Dockerfile: refused (unsafe)\n  The diff above is not applied" in shown
    assert "app/Dockerfile:5:1: warning DF411 entry-point-unread\n      run.sh is not in the context\n" in shown


def test_explained() -> None:
    assert text.explain(document(outcomes.rewritten())) == EXPLAINED


def test_a_step_that_was_never_judged_is_undecided() -> None:
    assert "   3  undecided  apt-get" in text.explain(document(outcomes.refused()))


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_a_page(code: str) -> None:
    page = text.rule_page(code)
    assert page.startswith(f"{code} {RULES[code].name} ({RULES[code].severity.value})\n")
    assert RULES[code].summary in page
    assert RULES[code].why in page


@pytest.mark.parametrize("make", outcomes.ALL)
def test_colour_adds_only_colour(make: Callable[[], Outcome]) -> None:
    coloured = text.render(document(make()), colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == report(make())


def test_a_diff_has_its_usual_colours() -> None:
    assert Painter(True).diff("--- a/x\n@@ -1 +1 @@\n-a\n+b\n c\n") == (
        "\x1b[1m--- a/x\x1b[0m\n\x1b[36m@@ -1 +1 @@\x1b[0m\n\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n c\n"
    )


@pytest.mark.parametrize(
    ("saving", "words"),
    [(None, "not known"), (0, "less than 1 MB"), (700_000, "about 1 MB"), (1_512_000_000, "about 1512 MB")],
)
def test_the_saving(saving: int | None, words: str) -> None:
    shown = text.render(replace(document(outcomes.rewritten()), saving=saving))
    assert f"  Saving\n    {words}" in shown


@pytest.mark.parametrize(
    ("statuses", "line"),
    [
        ([], "0 files"),
        (["refused"], "1 file: 1 refused"),
        (["unchanged", "rewritten", "rewritten", "error"], "4 files: 2 rewritten, 1 unchanged, 1 error"),
    ],
)
def test_the_summary(statuses: list[str], line: str) -> None:
    assert text.summary(statuses) == line


def test_findings_on_one_line_each() -> None:
    assert list(text.finding_lines(document(outcomes.failed()))) == [
        "app/Dockerfile:2:6: error: DF101 syntax-error: unknown flag: --form"
    ]


def test_a_dockerfile_cannot_steer_the_terminal() -> None:
    evil = "\x1b]0;owned\x07 \u009b2J caf\udce9"
    outcome = replace(
        outcomes.rewritten(evil),
        source=Source.from_bytes(evil, f"FROM a {evil}\n".encode("utf-8", "surrogateescape")),
        diagnostics=(Diagnostic("DF411", evil, Position(1, 1), evil, evil),),
        rewritten=f"FROM b {evil}\n",
    )
    shown = report(outcome)
    assert "\\x1b]0;owned\\x07 \\x9b2J caf\\xe9" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", shown)


def test_errors_have_no_plan_to_show() -> None:
    shown = report(replace(outcomes.rewritten(), status=Status.ERROR))
    assert shown == "app/Dockerfile: error\n"


@pytest.mark.parametrize(
    ("given", "shown"),
    [("a \\\n  b", "a b"), ("a\\\r\n b", "a b"), ("x" * 201, "x" * 197 + "..."), ("x" * 200, "x" * 200)],
)
def test_one_line(given: str, shown: str) -> None:
    assert one_line(given) == shown


@pytest.mark.parametrize(
    ("given", "shown"), [(("a", 0, 0), "a"), (("a", 3, 0), "a:3"), (("a", 3, 1), "a:3:1"), (("\n", 1, 1), "\n:1:1")]
)
def test_place(given: tuple[str, int, int], shown: str) -> None:
    assert place(*given) == shown


def test_tabs_and_line_feeds_are_printable() -> None:
    assert printable("\ta\n") == "\ta\n"
