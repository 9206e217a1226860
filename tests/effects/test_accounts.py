"""Which account a command creates, and its primary group: useradd(8), adduser(8), groupadd(8)."""

from __future__ import annotations

import pytest

from transformer.effects.interpreter import interpret
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Effects
from transformer.ir.source import Source
from transformer.parse.parser import parse

CREATED = [
    ("usermod -aG docker app", (), ()),
    ("adduser app docker", (), ()),
    ("gpasswd -a app docker", (), ()),
    ("deluser app", (), ()),
    ('useradd "$(cat /name)"', (), ()),
    ("groupadd -r app", ("app",), ()),
    ("addgroup --system --gid 900 app", ("app",), ()),
    ("adduser --group app", ("app",), ()),
    ("useradd app", ("app",), (("app", "app"),)),
    ("useradd -ms /bin/bash -u 1000 app", ("app",), (("app", "app"),)),
    ("useradd app -g staff", ("app",), (("app", "staff"),)),
    ("useradd --gid=1000 app", ("app",), (("app", "1000"),)),
    ('useradd -g "$(cat /group)" app', ("app",), (("app", ""),)),
    ("useradd -N app", ("app",), (("app", ""),)),
    ("useradd --whatever app", ("app",), (("app", ""),)),
    ("adduser --disabled-password --gecos '' app", ("app",), (("app", "app"),)),
    ("adduser --system app", ("app",), (("app", "nogroup"),)),
    ("adduser --system --group app", ("app",), (("app", "app"),)),
    ("adduser --system --ingroup www-data app", ("app",), (("app", "www-data"),)),
]


def _effects(command: str) -> Effects:
    dockerfile = parse(Source.from_bytes("Dockerfile", f"FROM debian:bookworm\nRUN {command}\n".encode()))
    assert isinstance(dockerfile, Dockerfile)
    return interpret(dockerfile, None, None).steps[0].effects


@pytest.mark.parametrize(("command", "accounts", "groups"), CREATED)
def test_an_account_and_its_group(command: str, accounts: tuple[str, ...], groups: tuple[tuple[str, str], ...]) -> None:
    effects = _effects(command)
    assert (effects.accounts, effects.groups) == (accounts, groups)


def test_every_one_of_them_edits_the_accounts() -> None:
    assert all(any(w.path.path == "/etc/passwd" for w in _effects(line).writes) for line, _, _ in CREATED)


def test_a_home_that_is_named_is_made() -> None:
    assert [w.path.path for w in _effects("useradd -md /srv/app app").writes] == ["/etc/passwd", "/srv/app"]


@pytest.mark.parametrize(
    ("prefix", "known"),
    [
        ("sudo -Xu app ", False),
        ("sudo -uH app ", False),
        ("sudo ", True),
        ("sudo -E -H -u app ", True),
        ("sudo -Hu app ", True),
        ("sudo -EHu app env A=1 ", True),
        ("sudo --user=app ", True),
        ("sudo --user app ", True),
    ],
)
def test_a_prefix_takes_its_own_options_and_no_more(prefix: str, known: bool) -> None:
    effects = _effects(f"{prefix}mkdir /data")
    assert (not effects.opaque) == known
    assert ("/data" in [w.path.path for w in effects.writes]) == known
