"""Rewrites that are wrong: verify names the law and the cause of each, and passes the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.engine import make_bases
from transformer.verify.behaviour import Asked
from transformer.verify.engine import BuildOptions, Engine
from transformer.verify.procedure import Pair, Trial
from transformer.verify.verdict import Status, Verification

pytestmark = pytest.mark.engine

PROGRAM = """\
#!/opt/bin/shell
echo "$GREETING $(id -un) $PWD $LANG"
cat /srv/app/templates/index || exit 3
"""
OLD = """\
FROM debian:bookworm
ENV GREETING=hello LANG=C.UTF-8
LABEL role=server
RUN useradd --uid 1500 app && mkdir -p /opt/bin && cp /bin/dash /opt/bin/shell
COPY program /srv/app/program
RUN mkdir /srv/app/templates && echo template > /srv/app/templates/index \\
    && chmod 755 /srv/app/program && ln -s program /srv/app/start && chown -R app:app /srv/app \\
    && chmod 4755 /opt/bin/shell && dd if=/dev/zero of=/opt/sources bs=1M count=5
USER app
WORKDIR /srv/app
STOPSIGNAL SIGINT
CMD ["/srv/app/start"]
"""
RIGHT = (
    OLD.replace("FROM debian:bookworm", "FROM debian:bookworm AS build", 1)
    + """
FROM debian:bookworm
ENV GREETING=hello LANG=C.UTF-8
LABEL role=server
RUN useradd --uid 1500 app
COPY --from=build /opt/bin /opt/bin
COPY --from=build --chown=app:app /srv/app /srv/app
USER app
WORKDIR /srv/app
STOPSIGNAL SIGINT
CMD ["/srv/app/start"]
"""
)
MUTANTS = [
    pytest.param("LABEL role=server\n", "", "E1", "label role", id="lost label"),
    pytest.param("ENV GREETING=hello LANG=C.UTF-8\n", "", "E1", "variable GREETING", id="lost variable"),
    pytest.param(" LANG=C.UTF-8\n", "\n", "E1", "variable LANG", id="lost locale"),
    pytest.param("USER app\n", "", "E1", "User", id="wrong user"),
    pytest.param('CMD ["/srv/app/start"]\n', "", "E1", "Cmd", id="default command of the base"),
    pytest.param("STOPSIGNAL SIGINT\n", "", "E1", "StopSignal", id="lost signal"),
    pytest.param(" --chown=app:app", "", "E2", "/srv/app", id="top directory is root's"),
    pytest.param("COPY --from=build /opt/bin /opt/bin\n", "", "E2", "/srv/app/program", id="absent interpreter"),
    pytest.param("/opt/bin /opt/bin\n", "/opt /opt\n", "", "", id="more than needed is no difference"),
    pytest.param(
        "USER app\n", "USER root\nRUN rm -r /srv/app/templates\nUSER app\n", "E4", "run: exit status", id="no templates"
    ),
    pytest.param(
        "USER app\n", "USER root\nRUN chmod 755 /opt/bin/shell\nUSER app\n", "E2", "/opt/bin/shell", id="lost setuid"
    ),
    pytest.param(
        "/srv/app /srv/app\n",
        "/srv/app/program /srv/app/start /srv/app/\n",
        "E2",
        "/srv/app/start",
        id="followed link",
    ),
    pytest.param("useradd --uid 1500 app\n", "useradd --uid 1501 app\n", "E2", "/srv/app/start", id="other number"),
    pytest.param("USER app\n", "RUN echo x > /extra\nUSER app\n", "E3", "/extra", id="foreign file"),
]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory, lab: Engine) -> Path:
    folder = tmp_path_factory.mktemp("context")
    (folder / "program").write_text(PROGRAM, encoding="utf-8")
    make_bases(["debian:bookworm"])
    return folder


def verify(lab: Engine, context: Path, new: str) -> Verification:
    pair = Pair(context, context / "Dockerfile", OLD.encode(), new.encode())
    try:
        return Trial(lab, pair, BuildOptions(timeout=300), Asked(), lambda _: None).verdict()
    finally:
        lab.clean()


def test_the_right_rewrite_passes(lab: Engine, context: Path) -> None:
    verdict = verify(lab, context, RIGHT)
    assert verdict.status is Status.EQUIVALENT, verdict


@pytest.mark.parametrize(("before", "after", "law", "what"), MUTANTS)
def test_a_wrong_rewrite_is_found(lab: Engine, context: Path, before: str, after: str, law: str, what: str) -> None:
    stage, _, final = RIGHT.rpartition("\nFROM")
    assert before in final
    verdict = verify(lab, context, f"{stage}\nFROM{final.replace(before, after, 1)}")
    assert verdict.status is (Status.DIFFERS if law else Status.EQUIVALENT), verdict
    found = {(one.law, one.what): one.cause for one in verdict.differences}
    assert not law or found.get((law, what)), verdict.differences


def test_a_rewrite_that_does_not_build(lab: Engine, context: Path) -> None:
    verdict = verify(lab, context, RIGHT.replace("COPY --from=build /opt/bin", "COPY --from=build /none", 1))
    assert verdict.status is Status.DIFFERS
    assert "/none" in verdict.log


def test_an_original_that_does_not_build_is_no_fault_of_the_rewrite(lab: Engine, context: Path) -> None:
    pair = Pair(context, context / "Dockerfile", b"FROM debian:bookworm\nRUN false\n", RIGHT.encode())
    verdict = Trial(lab, pair, BuildOptions(timeout=300), Asked(), lambda _: None).verdict()
    lab.clean()
    assert (verdict.status, "the original" in verdict.reason) == (Status.UNVERIFIABLE, True)
