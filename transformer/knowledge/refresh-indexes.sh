#!/bin/sh
# Fetch the package indexes that `python -m transformer.knowledge.refresh FACTS APT` reads, into private apt folders below APT.
# The archive is the one that this machine's apt uses for Debian; nothing of the machine's own apt state is touched.
#   usage: refresh-indexes.sh APT [SUITE...]
set -eu
apt=${1:?usage: refresh-indexes.sh APT [SUITE...]}
shift
[ $# -gt 0 ] || set -- bullseye bookworm trixie
uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' | grep -v -e '-security' | head -n 1)
: "${uri:=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)}"
for suite; do
  here=$apt/$suite
  mkdir -p "$here/lists/partial" "$here/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main contrib non-free" >"$here/sources.list"
  apt-get -o Dir::Etc::SourceList="$here/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State::Lists="$here/lists" -o Dir::Cache="$here/cache" -o Dir::State::status=/dev/null \
    -o 'Acquire::IndexTargets::deb::Contents-deb::MetaKey=$(COMPONENT)/Contents-$(ARCHITECTURE)' \
    -o Acquire::IndexTargets::deb::Contents-deb::ShortDescription=Contents \
    -o Acquire::IndexTargets::deb::Contents-deb::Description=Contents \
    -o Acquire::GzipIndexes=false -o Acquire::Languages=none -o APT::Sandbox::User=root update
done
