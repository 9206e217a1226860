"""Outcomes made by hand, one of each kind."""

from __future__ import annotations

from msgspec.structs import replace

from transformer.ir.diagnostic import Applicability, Diagnostic, Status
from transformer.ir.effects import Path, Step
from transformer.ir.plan import Artifact, LeftBehind, Outcome, Plan
from transformer.ir.source import Position, Source
from transformer.ir.verdict import PackageFate, Phase, Reason, Verdict

BEFORE = """\
FROM ubuntu:18.04

RUN apt-get install -y gcc libpq-dev curl
RUN gcc /build/hello.c -o /build/hello
ENTRYPOINT ["/build/hello"]
"""
AFTER = """\
FROM ubuntu:18.04 AS build

RUN apt-get install -y gcc libpq-dev curl
RUN gcc /build/hello.c -o /build/hello

FROM ubuntu:18.04
RUN apt-get install -y libpq5 curl
COPY --from=build /build/hello /build/hello
ENTRYPOINT ["/build/hello"]
"""
_ENTRY = Reason("ENTRYPOINT names /build/hello", Position(5, 1))


def step(index: int, line: int, keyword: str, text: str) -> Step:
    """Return a step that is an instruction of its own."""
    return Step(index, index, keyword, 0, None, Position(line, 1), text, "/", "root")


STEPS = (
    step(0, 3, "RUN", "apt-get install -y gcc libpq-dev curl"),
    step(1, 4, "RUN", "gcc /build/hello.c -o /build/hello"),
    step(2, 5, "ENTRYPOINT", 'ENTRYPOINT ["/build/hello"]'),
)
VERDICTS = (
    Verdict(0, Phase.BOTH, (Reason("curl is called by start.sh", Position(7, 3), "start.sh"),)),
    Verdict(1, Phase.BUILD, (Reason("makes /build/hello", Position(4, 5)), _ENTRY), (Path("/build/hello"),)),
    Verdict(2, Phase.RUNTIME, (Reason("the entry point"),)),
)


def plan() -> Plan:
    """Return the plan of the split above, as far as reports look at it."""
    return Plan(
        stage="build",
        from_instruction=0,
        builder_end=2,
        moved=(),
        builder_edits=(),
        builder_lines=(),
        final_from="FROM ubuntu:18.04",
        final=(),
        base_from="ubuntu:18.04",
        base_to="ubuntu:18.04",
        base_reason="it has no smaller variant",
        applicability=Applicability.SAFE,
        diagnostics=(),
        artifacts=(Artifact("/build/hello", "", (_ENTRY,), 1),),
        packages=(
            PackageFate("gcc", False, (), "only line 4 calls it", 0),
            PackageFate("libpq-dev", False, ("libpq5",), "only its library is needed at run time", 0),
            PackageFate("curl", True, (), "start.sh calls it", 0),
        ),
        left_behind=(LeftBehind("file", "/build/hello.c", "source code"), LeftBehind("package", "gcc", "as above")),
        saving=128_400_000,
    )


def rewritten(path: str = "app/Dockerfile") -> Outcome:
    """Return a split."""
    source = Source.from_bytes(path, BEFORE.encode())
    return Outcome(path, Status.REWRITTEN, Applicability.SAFE, (), source, AFTER, STEPS, VERDICTS, plan())


def unsafe(path: str = "app/Dockerfile") -> Outcome:
    """Return a split that rests on something unproven."""
    doubt = Diagnostic("DF411", "run.sh is not in the context", Position(5, 1), "give --context", "")
    return replace(rewritten(path), status=Status.REFUSED, applicability=Applicability.UNSAFE, diagnostics=(doubt,))


def refused(path: str = "app/Dockerfile") -> Outcome:
    """Return a refusal."""
    reason = Diagnostic("DF410", "start.sh calls make", Position(7, 3), "build in RUN, not in start.sh", "start.sh")
    return Outcome(
        path,
        Status.REFUSED,
        Applicability.DISPLAY_ONLY,
        (reason,),
        Source.from_bytes(path, BEFORE.encode()),
        steps=STEPS,
    )


def unchanged(path: str = "app/Dockerfile") -> Outcome:
    """Return a file that is left alone."""
    reason = Diagnostic("DF408", "it has no RUN", Position(1, 1))
    return Outcome(
        path, Status.UNCHANGED, Applicability.DISPLAY_ONLY, (reason,), Source.from_bytes(path, b"FROM a\nCMD b\n")
    )


def failed(path: str = "app/Dockerfile") -> Outcome:
    """Return an error."""
    reason = Diagnostic("DF101", "unknown flag: --form", Position(2, 6), "write --from")
    return Outcome(path, Status.ERROR, Applicability.DISPLAY_ONLY, (reason,), Source.from_bytes(path, b"FROM a\n"))


ALL = (unchanged, refused, failed, unsafe, rewritten)
