"""What steps change in files of the context is not what was read of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext

FILE = """FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev curl dos2unix
WORKDIR /app
COPY start.sh hello.c ./
{step}
RUN gcc -o hello hello.c
CMD ["./start.sh"]
"""


def status(folder: Path, text: str) -> str:
    (folder / "start.sh").write_text("#!/bin/sh\nexec ./hello\n")
    (folder / "hello.c").write_text("int main(void) { return 0; }\n")
    return answer(text.encode(), options(()), BuildContext(folder)).outcome.status.value


@pytest.mark.parametrize(
    "step",
    [
        "RUN chmod +x start.sh",
        "RUN chown -R root:root /app && touch start.sh && ls -la start.sh",
        r"RUN sed -i 's/\r$//' start.sh && chmod +x start.sh",
        r"RUN sed -i -e 's/\r//g' start.sh",
        "RUN dos2unix start.sh",
        "RUN find . -name '*.sh' -exec chmod +x {} +",
        "RUN echo x > other.sh",
        "RUN echo curl >> /etc/motd",
    ],
)
def test_what_keeps_the_text(tmp_path: Path, step: str) -> None:
    assert status(tmp_path, FILE.format(step=step)) == "rewritten"


@pytest.mark.parametrize(
    "step",
    [
        "RUN sed -i 's/hello/x/' start.sh",
        "RUN sed -i 's/hello/x/' *.sh",
        r"RUN sed -i 's/\r/; curl x/' start.sh",
        "RUN find . -name '*.sh' -exec sed -i s/hello/x/ {} +",
        "RUN echo x >> start.sh",
        "RUN cat more >> start.sh",
        "RUN echo x | tee -a start.sh",
        "RUN perl -pi -e 's/a/b/' start.sh",
        "RUN mv hello.c start.sh",
        "RUN cp hello.c start.sh",
        "RUN ln -sf /bin/x start.sh",
        "RUN curl -o start.sh https://example.com/x",
        "RUN patch -p1 < x.patch",
    ],
)
def test_what_changes_it(tmp_path: Path, step: str) -> None:
    assert status(tmp_path, FILE.format(step=step)) == "refused"


def test_a_copy_after_the_change_brings_the_text_again(tmp_path: Path) -> None:
    text = FILE.format(step="RUN gcc -o /usr/local/bin/hello hello.c").replace(
        "COPY start.sh hello.c ./", "COPY hello.c ./"
    )
    changed = text.replace(
        "RUN gcc -o hello hello.c", "RUN echo x > start.sh\nCOPY start.sh ./\nRUN gcc -o hello hello.c"
    )
    assert status(tmp_path, changed) == "rewritten"


@pytest.mark.parametrize(
    ("step", "expected"), [("RUN chmod 644 a.txt", "rewritten"), ("RUN echo x==1 >> a.txt", "refused")]
)
def test_a_list_of_what_is_installed(tmp_path: Path, step: str, expected: str) -> None:
    (tmp_path / "a.txt").write_text("click==8.1.7 --hash=sha256:0\n")
    (tmp_path / "app.py").write_text("import click\n")
    text = f"FROM python:3.12-bookworm\nWORKDIR /app\nCOPY a.txt app.py ./\n{step}\nRUN pip install -r a.txt\n"
    assert status(tmp_path, text + 'CMD ["python", "app.py"]\n') == expected
