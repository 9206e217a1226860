"""Any single line of the final stage matters, and stands there once."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import answer, options
from tests.validate.solved import Solved, split


def _lines(solved: Solved) -> list[tuple[int, int]]:
    """Return the spans of the lines of the final stage that are neither blank nor comments."""
    text = solved.emitted
    start = [m.start() for m in re.finditer(r"(?mi)^FROM ", text)][-1]
    found = [m.span() for m in re.finditer(r"[^\n]*(?:\n|$)", text) if m.start() >= start and m[0].strip()]
    return [span for span in found if not text[slice(*span)].lstrip().startswith("#")]


@st.composite
def _places(draw: st.DrawFn) -> tuple[Solved, tuple[int, int]]:
    solved = draw(st.sampled_from(split()))
    return solved, draw(st.sampled_from(_lines(solved)))


def _neutral(line: str) -> bool:
    """Whether the line is empty for the builder: a continuation of nothing, which a kept RUN may hold."""
    return line.strip() in {"\\", "`"}


@given(_places())
@settings(max_examples=150)
def test_a_line_that_is_gone_is_missed(place: tuple[Solved, tuple[int, int]]) -> None:
    solved, (start, end) = place
    mutant = solved.emitted[:start] + solved.emitted[end:]
    if not _neutral(solved.emitted[start:end]):
        assert set(solved.judge(mutant)) - solved.findings, f"{solved.name}:\n{mutant}"


@given(_places())
@settings(max_examples=150)
def test_a_line_that_comes_twice_is_found(place: tuple[Solved, tuple[int, int]]) -> None:
    solved, (start, end) = place
    line = solved.emitted[start:end]
    mutant = solved.emitted[:end] + ("" if line.endswith("\n") else "\n") + line + solved.emitted[end:]
    if not _neutral(line):
        assert set(solved.judge(mutant)) - solved.findings, f"{solved.name}:\n{mutant}"


def test_of_two_equal_lines_one_may_go_with_its_comment() -> None:
    text = """FROM php:7.1-fpm
RUN set -x && apt-get install -y build-essential && docker-php-ext-enable imagick
# the first of two
USER root
RUN /usr/bin/install_composer.sh
USER root
RUN wget https://example.com/tool && mv tool /usr/bin/tool && chmod +x /usr/bin/tool
RUN chown -R www-data:www-data /var/www
"""
    outcome = answer(text.encode(), options(()), None).outcome
    assert outcome.plan is not None
    assert "DF901" not in {diagnostic.code for diagnostic in outcome.diagnostics}


def test_a_directory_that_the_base_image_starts_in_is_there() -> None:
    text = """FROM php:8.2-apache-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libxml2-dev && docker-php-ext-install soap
WORKDIR /var/www/html
RUN chmod 2770 /var/www/html && mkdir uploads
COPY index.php .
"""
    outcome = answer(text.encode(), options(()), None).outcome
    assert outcome.plan is not None
    assert "DF901" not in {diagnostic.code for diagnostic in outcome.diagnostics}


def test_a_command_that_looks_like_an_option_is_not_put_first() -> None:
    text = """FROM php:8.2-apache-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libxml2-dev
RUN docker-php-ext-configure soap; --with-libxml=/usr; docker-php-ext-install soap
COPY index.php .
"""
    outcome = answer(text.encode(), options(()), None).outcome
    assert "DF506" in {diagnostic.code for diagnostic in outcome.diagnostics}
