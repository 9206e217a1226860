"""Bundler's files: what a lock file installs, and which groups a Gemfile asks for gems in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context.gemfile import groups_of, installed, locked, named, settings

LOCK = """GIT
  remote: https://example.com/x.git
  revision: abc
  specs:
    forked (1.0)
      rack (>= 1)

PATH
  remote: .
  specs:
    own (0.1.0)

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.15.4-x86_64-linux)
      racc (~> 1.4)
    racc (1.7.1)
    rack (2.2.3)
    rspec (3.10.0)
      rspec-core (~> 3.10.0)
    rspec-core (3.10.1)

PLATFORMS
  ruby
  x86_64-linux

DEPENDENCIES
  forked!
  nokogiri (~> 1.15)
  own!
  rspec

BUNDLED WITH
   2.2.27
"""
GEMFILE = """source "https://rubygems.org"
gem "forked", git: "https://example.com/x.git"
gem 'nokogiri', '~> 1.15'
gemspec
group :development, :test do
  gem "rspec"
end
"""


def test_a_lock_file() -> None:
    lock = locked(LOCK)
    assert set(lock.gems) == {"forked", "own", "nokogiri", "racc", "rack", "rspec", "rspec-core"}
    assert lock.gems["nokogiri"] == {"racc"}
    assert lock.fetched == {"forked"}
    assert lock.own == {"own": "."}
    assert lock.asked == {"forked", "nokogiri", "own", "rspec"}
    assert lock.platforms == {"ruby", "x86_64-linux"}


@pytest.mark.parametrize("without", [(), ("production",), ("test",)])
def test_all_is_installed_unless_all_groups_of_a_gem_are_left_out(without: tuple[str, ...]) -> None:
    assert installed(locked(LOCK), GEMFILE, frozenset(without)) >= {"nokogiri", "racc", "rack", "rspec-core"}


def test_what_groups_leave_out() -> None:
    left = installed(locked(LOCK), GEMFILE, frozenset({"development", "test"}))
    assert left == {"forked", "rack", "nokogiri", "racc", "own"}


@pytest.mark.parametrize(
    ("gemfile", "groups"),
    [
        ('gem "a"', {"a": {"default"}}),
        ('gem "a", group: :test', {"a": {"test"}}),
        ('gem "a", groups: [:test, :ci]', {"a": {"test", "ci"}}),
        ("gem 'a', :group => 'test'", {"a": {"test"}}),
        ('gem "a"\ngem "a", group: :test', {"a": {"default", "test"}}),
        (
            'group :test do\n  if ENV["X"]\n    gem "a"\n  end\n  gem "b"\nend\ngem "c"',
            {"a": {"test"}, "b": {"test"}, "c": {"default"}},
        ),
        ('install_if -> { true } do\n  gem "a"\nend', {"a": {"default"}}),
        ("group(:test) do\n  gem('a')\nend", {"a": {"test"}}),
    ],
)
def test_groups(gemfile: str, groups: dict[str, set[str]]) -> None:
    found = groups_of(gemfile)
    assert found is not None
    assert {name: set(some) for name, some in found.items()} == groups


@pytest.mark.parametrize("gemfile", ['eval_gemfile "other"', "end", "group :test do\n  gem 'a'"])
def test_a_gemfile_that_is_not_understood_leaves_nothing_out(gemfile: str) -> None:
    assert groups_of(gemfile) is None
    assert installed(locked(LOCK), gemfile, frozenset({"test"})) == frozenset(locked(LOCK).gems)


def test_names_and_settings() -> None:
    assert named(GEMFILE) == ("forked", "nokogiri", "rspec")
    assert settings("/app/.bundle", {"/app/.bundle/config": '---\nBUNDLE_WITHOUT: "test:ci"\n'}.get) == {
        "BUNDLE_WITHOUT": "test:ci"
    }


@given(st.text(alphabet="gem 'a\"(),:=>[]doend\ngroup#if", max_size=80))
def test_any_gemfile_is_read(text: str) -> None:
    groups_of(text)
    locked(text)
