"""Links between the pages lead somewhere, and the files that the pages name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import REPO, Page, pages

PAGES = [pytest.param(page, id=str(page.path.relative_to(REPO))) for page in pages()]
_OURS = re.compile(r"(?:transformer|templates|fixtures|tests|docs|\.ci)/[\w./-]*")


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page: Page) -> None:
    assert not [link for link in page.links if not _resolves(page, link)]


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page: Page) -> None:
    named = [code for code in page.code if _OURS.fullmatch(code)]
    assert not [name for name in named if not (REPO / name).exists()]


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, left = set(), [REPO / "README.md"]
    while left:
        path = left.pop()
        if path not in reached:
            reached.add(path)
            left += [p for link in Page(path).links if (p := _target(path, link)) is not None and p.suffix == ".md"]
    assert {page.path for page in pages()} <= reached


def _resolves(page: Page, link: str) -> bool:
    if link.startswith("https://"):
        return True
    target, anchor = _target(page.path, link), link.partition("#")[2]
    if target is None or not target.exists():
        return False
    return not anchor or anchor in Page(target).anchors


def _target(page: Path, link: str) -> Path | None:
    """Return the file that a link leads to; None for one that leads out of the repository."""
    if "://" in link:
        return None
    name = link.partition("#")[0]
    return (page.parent / name).resolve() if name else page
