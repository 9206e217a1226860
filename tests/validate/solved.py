"""The fixtures as the pipeline solves them, with every value that validate is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from tests import cases
from transformer.config import Options
from transformer.emit.dockerfile import emit
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.plan import Plan
from transformer.ir.verdict import Analysis
from transformer.knowledge import BaseImage, image, release
from transformer.parse.variables import scope_at_from
from transformer.validate import validate

OWNED = b"""FROM debian:bookworm
RUN apt-get update && apt-get install -y gcc libc6-dev make git && rm -rf /var/lib/apt/lists/*
RUN groupadd -g 1000 app && useradd -m -u 1000 -g app app
USER app
RUN git clone https://example.org/x.git /home/app/x
RUN cd /home/app/x && ./configure --prefix=/home/app/dist && make && make install
CMD ["/home/app/dist/bin/x"]
"""
MOUNTED = b"""# syntax=docker/dockerfile:1
FROM debian:bookworm
ARG DEBIAN_FRONTEND=noninteractive
RUN --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y gcc libc6-dev libpq-dev libpq5
COPY main.c /src/
RUN gcc -o /usr/local/bin/x /src/main.c -lpq
COPY a.conf b.conf /etc/x/
CMD ["/usr/local/bin/x"]
"""
"""Files with what no fixture has, so that every mutator meets something."""


@dataclass(frozen=True)
class Solved:
    """A file that was split: what went into validate, and the text that came out of emit."""

    name: str
    dockerfile: Dockerfile
    analysis: Analysis
    plan: Plan
    emitted: str

    @cached_property
    def findings(self) -> frozenset[Diagnostic]:
        """What is found in the text as it was emitted."""
        return frozenset(self.judge(self.emitted))

    def brings(self, names: Iterable[str]) -> frozenset[str]:
        """Return what an installation in the final stage brings by dependencies."""
        base = self._base(self.plan.base_to)
        return release(base.release or "").closure(names, recommends=False) if base is not None else frozenset()

    def holds(self, name: str) -> bool:
        """Return whether the base image of the final stage has a package."""
        base = self._base(self.plan.base_to)
        return base is not None and base.holds(name)

    def judge(self, emitted: str, plan: Plan | None = None) -> tuple[Diagnostic, ...]:
        chosen = plan or self.plan
        before, after = self._base(self.plan.base_from), self._base(chosen.base_to)
        return validate(
            self.dockerfile,
            emitted,
            self.analysis,
            chosen,
            before.config if before else None,
            after.config if after else None,
        )

    def judge_plan(self, plan: Plan) -> tuple[Diagnostic, ...]:
        return self.judge(emit(self.dockerfile, plan), plan)

    def _base(self, reference: str) -> BaseImage | None:
        found = scope_at_from(self.dockerfile).expand(reference)
        return image(found.text) if found.known else None


def from_answer(name: str, answer: cases.Solved) -> Solved | None:
    """Return the split, safe or not; None if there is none."""
    if "emit" not in answer.values:
        return None
    values = answer.values
    return Solved(name, values["parse"], values["classify"], values["plan"], values["emit"])


@cache
def split() -> tuple[Solved, ...]:
    """Return every fixture that is split, safe or not, and the files above."""
    found = [from_answer(case.name, cases.solved(case.name)) for case in cases.all_cases()]
    for name, data in (("owned", OWNED), ("mounted", MOUNTED)):
        found.append(from_answer(name, cases.answer(data, Options(unsafe=True), None)))
    return tuple(solved for solved in found if solved is not None)


def named(name: str) -> Solved:
    return next(solved for solved in split() if solved.name == name)
