"""What ``go build`` writes: flags as Go's package flag reads them (pkg.go.dev/flag)."""

from __future__ import annotations

import pytest

from transformer.effects.interpreter import interpret
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Nature
from transformer.ir.source import Source
from transformer.parse.parser import parse

PRODUCTS = [
    ("go build -n -o app .", None),
    ("go build -va -o app .", None),
    ("go build --unheard-of=1 -o app .", None),
    ("go build -unheard-of -o app .", None),
    ("go vet -vettool=x ./...", ()),
    ("go build -o app .", ("/src/app",)),
    ("go build -o=app .", ("/src/app",)),
    ("go build --o app .", ("/src/app",)),
    ('go build -ldflags="-s -w" -o app cmd/server.go', ("/src/app",)),
    ('go build -ldflags "-s -w" -o app cmd/server.go', ("/src/app",)),
    ("go build --ldflags='-s -w' -o app .", ("/src/app",)),
    ('go build -ldflags="-X main.version=$VERSION" -tags=netgo -trimpath=false -o app .', ("/src/app",)),
    ("go build -trimpath -mod=vendor -buildvcs=false -v=1 -o bin/app .", ("/src/bin/app",)),
    ("go build -C $(cat place) -o app .", None),
    ("go build -C tool -ldflags=-s -o app .", ("/src/tool/app",)),
    ("go -C tool build -o=app .", ("/src/tool/app",)),
]


@pytest.mark.parametrize(("command", "products"), PRODUCTS)
def test_what_a_build_makes(command: str, products: tuple[str, ...] | None) -> None:
    text = f"FROM golang:1.22-bookworm\nARG VERSION\nWORKDIR /src\nRUN {command}\n"
    dockerfile = parse(Source.from_bytes("Dockerfile", text.encode()))
    assert isinstance(dockerfile, Dockerfile)
    effects = interpret(dockerfile, None, None).steps[-1].effects
    assert not effects.opaque if products is not None else effects.opaque
    if products is not None:
        assert tuple(w.path.path for w in effects.writes if w.nature is Nature.ARTIFACT) == products
