"""No option of a command hides another one."""

from __future__ import annotations

from collections import Counter

import click
import pytest

from transformer.cli import main
from transformer.cli.explain import explain
from transformer.cli.verify import verify


@pytest.mark.parametrize("command", [main, explain, verify], ids=lambda command: str(command.name))
def test_every_option_has_a_name_of_its_own(command: click.Command) -> None:
    names = Counter(name for option in command.params for name in (*option.opts, *option.secondary_opts))
    assert [name for name, count in names.items() if count > 1] == []
