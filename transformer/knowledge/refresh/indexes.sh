#!/bin/sh
# Fetch the package indexes that `python -m transformer.knowledge.refresh DIR` reads, into private apt folders below DIR.
# The archive is the one that this machine's apt uses for Debian; nothing of the machine's own apt state is touched.
#   usage: indexes.sh DIR [SUITE...]
set -eu
dir=${1:?usage: indexes.sh DIR [SUITE...]}
shift
mkdir -p "$dir"
dir=$(cd "$dir" && pwd) # apt takes a path that is not absolute for one below its own folder
[ $# -gt 0 ] || set -- bullseye bookworm trixie
uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' | grep -v -e '-security' | head -n 1)
: "${uri:=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)}"

update() { # FOLDER [OPTION...]: apt-get update with all of its state in the folder
  here=$1
  shift
  apt-get -q -o Dir::Etc::SourceList="$here/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State::Lists="$here/lists" -o Dir::Cache="$here/cache" -o Dir::State::status=/dev/null \
    -o Acquire::GzipIndexes=false -o Acquire::Languages=none -o APT::Sandbox::User=root "$@" update
}

for suite; do
  folder=$dir/$suite
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  source="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
  printf '%s\n' "deb $source contrib non-free" "deb-src $source" >"$folder/sources.list"
  update "$folder"
  # the lists of files change less often than a mirror does: without them a release keeps its tables
  update "$folder" -o 'Acquire::IndexTargets::deb::Contents-deb::MetaKey=$(COMPONENT)/Contents-$(ARCHITECTURE)' \
    -o Acquire::IndexTargets::deb::Contents-deb::ShortDescription=Contents \
    -o Acquire::IndexTargets::deb::Contents-deb::Description=Contents ||
    echo "$suite: no lists of files to be had" >&2
done
