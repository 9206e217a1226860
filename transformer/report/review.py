"""A run as a reviewer reads it: a comment in Markdown, and a page in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from transformer.report import batch, json_v1
from transformer.report.documents import Document
from transformer.report.text import summary


def markdown(documents: Iterable[Document]) -> Iterator[str]:
    """Yield a comment on a pull request: what changes, why, what to check and how to undo it."""
    found = list(documents)
    yield from batch.comment(summary(one.status for one in found), _rows(found))


def html(documents: Iterable[Document]) -> Iterator[str]:
    """Yield one page that needs nothing else."""
    return batch.page(_rows(documents))


def _rows(documents: Iterable[Document]) -> Iterator[batch.type_row]:
    return (("", json_v1.result(one)) for one in documents)
