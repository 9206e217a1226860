"""What Dockerfiles of official images configure and install, and when that is not told."""

from __future__ import annotations

import pytest

from transformer.knowledge.refresh.dockerfiles import PATH, configured, instructions

BASE = {"env": {"PATH": PATH}, "cmd": ["bash"]}
WHOLE = """# a comment
ARG VERSION=3.9.6
FROM ubuntu:22.04
ENV JAVA_HOME /opt/java
ENV PATH $JAVA_HOME/bin:$PATH
ENV LANG='C.UTF-8' A="b c"
ENV KEY_SHA256=abc
RUN set -eux; \\
    apt-get install -y --no-install-recommends \\
# why
        curl \\
        wget=1.2 \\
    ; \\
    true
COPY <<EOF /a
ENV NOT=read
EOF
WORKDIR /app
USER ${USER:-}root
VOLUME ["/data"]
EXPOSE 80
ENTRYPOINT ["/run"]
CMD ["mvn"]
"""


def test_a_whole_one() -> None:
    assert configured(WHOLE.replace("${USER:-}", ""), BASE) == {
        "env": {"PATH": f"/opt/java/bin:{PATH}", "JAVA_HOME": "/opt/java", "LANG": "C.UTF-8", "A": "b c"},
        "apt": ["curl", "wget"],
        "workdir": "/app",
        "user": "root",
        "volume": ["/data"],
        "expose": ["80"],
        "entrypoint": ["/run"],
        "cmd": ["mvn"],
    }


def test_an_entry_point_takes_the_command_away() -> None:
    found = configured('FROM a\nENTRYPOINT ["/run"]\n', BASE)
    assert found is not None
    assert found.get("cmd") is None
    assert configured("FROM a\nRUN true\n", BASE) == {**BASE, "apt": []}


@pytest.mark.parametrize(
    "text",
    [
        "FROM a AS one\nFROM b\n",
        "FROM a\nHEALTHCHECK NONE\n",
        "FROM a\nONBUILD RUN true\n",
        "FROM a\nRUN apt-get install -y gcc && apt-get purge -y gcc\n",
        'FROM a\nENV A="b\n',
        "FROM a\nCMD ['b']\n",
        "RUN true\n",
    ],
)
def test_what_is_not_understood(text: str) -> None:
    assert configured(text, BASE) is None


def test_a_heredoc_is_no_instruction() -> None:
    assert [word for word, _ in instructions("FROM a\nRUN <<E\nENV A=b\nE\nCMD b\n")] == ["FROM", "RUN", "CMD"]
