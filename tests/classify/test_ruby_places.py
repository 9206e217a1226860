"""Where Ruby installs: the image's GEM_HOME, what Bundler is told by options, settings and variables, Debian's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.plan import Outcome

MINORS = ("2.7", "3.0", "3.1", "3.2", "3.3", "3.4")
GCC = "RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make"
LOCK = """GEM
  remote: https://rubygems.org/
  specs:
    rack (2.2.4)

PLATFORMS
  ruby

DEPENDENCIES
  rack

BUNDLED WITH
   2.3.7
"""
BUNDLE = "/usr/local/bundle"


def outcome_of(folder: Path, base: str, before: str, install: str) -> Outcome:
    (folder / "Gemfile").write_text('source "https://rubygems.org"\ngem "rack"\n')
    (folder / "Gemfile.lock").write_text(LOCK)
    (folder / "app.rb").write_text('require "rack"\nputs Rack.release\n')
    text = (
        f"FROM {base}\n{GCC}\n{before}\nWORKDIR /app\nCOPY Gemfile Gemfile.lock app.rb ./\n{install}\n"
        'CMD ["bundle", "exec", "ruby", "app.rb"]\n'
    )
    return answer(text.encode(), options(()), BuildContext(folder)).outcome


def carried(folder: Path, base: str, before: str, install: str) -> list[str]:
    """Return what is carried of the split, which is safe."""
    outcome = outcome_of(folder, base, before, install)
    assert outcome.status.value == "rewritten", outcome.diagnostics
    assert outcome.plan is not None
    return [artifact.path for artifact in outcome.plan.artifacts]


@pytest.mark.parametrize("minor", MINORS)
def test_the_place_of_the_image(tmp_path: Path, minor: str) -> None:
    assert carried(tmp_path, f"ruby:{minor}-slim-bullseye", "", "RUN bundle install") == [BUNDLE]


@pytest.mark.parametrize(
    ("before", "install", "places"),
    [
        ("ENV BUNDLE_PATH=/gems", "RUN bundle install", ["/gems"]),
        ("ENV GEM_HOME=/srv/gems", "RUN bundle install", ["/srv/gems"]),
        ("", "RUN bundle install --path vendor/bundle", ["/app/vendor/bundle", f"{BUNDLE}/config"]),
        ("", "RUN bundle install --deployment", ["/app/vendor/bundle", f"{BUNDLE}/config"]),
        ("ENV BUNDLE_DEPLOYMENT=1", "RUN bundle install", ["/app/vendor/bundle"]),
        ("", "RUN bundle install --standalone", ["/app/bundle"]),
        ("", "RUN bundle config set --local path gems && bundle install", [f"{BUNDLE}/config", "/app/gems"]),
        ("", "RUN bundle config set --global frozen 1 && bundle install", ["/root/.bundle/config", BUNDLE]),
        ("", "RUN bundle config --global frozen 1 && bundle install -j4 --retry=3", ["/root/.bundle/config", BUNDLE]),
        ("ENV BUNDLE_APP_CONFIG=/app/.bundle", "RUN bundle install --path /gems", ["/gems", "/app/.bundle/config"]),
        ("", "RUN bundle check || bundle install", [BUNDLE]),
        ("", "RUN gem install --install-dir /opt/gems rack:2.2.4", ["/opt/gems"]),
    ],
)
def test_other_places(tmp_path: Path, before: str, install: str, places: list[str]) -> None:
    assert carried(tmp_path, "ruby:3.1-slim-bookworm", before, install) == places


@pytest.mark.parametrize("release", ["bullseye", "bookworm"])
def test_ruby_of_the_distribution(tmp_path: Path, release: str) -> None:
    packages = "RUN apt-get install -y --no-install-recommends ruby ruby-dev bundler"
    found = carried(tmp_path, f"debian:{release}", packages, "RUN bundle install")
    assert found == ["/var/lib/gems", "/usr/local/bin"]


@pytest.mark.parametrize(
    ("base", "before", "install"),
    [
        pytest.param(
            "debian:bookworm",
            "RUN curl -fsSL https://example.com/ruby.tar.gz | tar -xz -C /usr/local",
            "RUN bundle install",
            id="a Ruby from elsewhere",
        ),
        pytest.param(
            "ruby:3.1-slim-bookworm", "", "RUN bundle install --gemfile $(cat name)", id="a Gemfile that is not known"
        ),
        pytest.param("ruby:3.1-slim-bookworm", "", "RUN bundle install --path $(cat name)", id="an unknown place"),
        pytest.param("ruby:3.1-slim-bookworm", "", "RUN gem install rack --bindir /opt/bin", id="programs elsewhere"),
        pytest.param("ruby:3.1-slim-bookworm", "", "RUN ruby -e 'puts 1'", id="code on the line"),
        pytest.param("ruby:3.1-slim-bookworm", "", "RUN ruby extconf.rb", id="a recipe"),
    ],
)
def test_what_is_not_known_is_no_split(tmp_path: Path, base: str, before: str, install: str) -> None:
    assert outcome_of(tmp_path, base, before, install).status.value != "rewritten"


USER = "RUN useradd -m -u 1500 app && mkdir /app && chown app:app /app\nUSER app"


def test_a_lock_file_that_another_user_than_root_may_change(tmp_path: Path) -> None:
    install = "RUN sed -i s/ruby/java/ Gemfile.lock; bundle install"
    assert outcome_of(tmp_path, "ruby:3.1-slim-bookworm", USER, install).status.value != "rewritten"


def test_a_file_of_two_users_keeps_its_owner(tmp_path: Path) -> None:
    before = f"RUN bundle config set --global jobs 4 && bundle config --local retry 3\n{USER}"
    outcome = outcome_of(
        tmp_path, "ruby:3.1-slim-bookworm", before, "RUN bundle config --local jobs 2 && bundle install"
    )
    assert outcome.plan is not None, outcome.diagnostics
    settings = [a for a in outcome.plan.artifacts if a.path == f"{BUNDLE}/config"]
    assert [a.chown for a in settings] in ([], [""])
