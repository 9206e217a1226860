#!/usr/bin/env bash
# A private Docker engine with BuildKit for the engine tests, on a Debian 12 or newer host, as root.
#   engine.sh start    install beside the system what is missing, start it if it is not running
#   engine.sh env      print the exports that make `docker` use it
#   engine.sh status   exit 0 if it answers
#   engine.sh prune    remove what the tests made (by label) and the build cache; the stand-in base images stay
#   engine.sh stop     stop it, remove its bridge; what it stores stays, so that the next start is quick
#   engine.sh purge    stop it and remove everything it stored
# It has its own socket, data, bridge and configuration: an engine that the host runs is left alone. No mirror is
# named: the packages come from the one that the host's apt uses.
# env: LAB_HOME    where it is unpacked and stores images (/var/lib/dockerfix-lab)
#      LAB_RUN     socket and pid file (/run/dockerfix-lab)
#      LAB_SUITE   the Debian suite its packages come from (trixie: bookworm's has no buildx)
#      LAB_SETTINGS, LAB_STORAGE   the engine's daemon.json ({}) and storage driver (overlay2)
#      LAB_BRIDGE, LAB_SUBNET   its own network (dfxlab0, 172.30.254.1/24)
set -euo pipefail

LAB_HOME=${LAB_HOME:-/var/lib/dockerfix-lab}
LAB_RUN=${LAB_RUN:-/run/dockerfix-lab}
LAB_SUITE=${LAB_SUITE:-trixie}
LAB_BRIDGE=${LAB_BRIDGE:-dfxlab0}
LAB_SUBNET=${LAB_SUBNET:-172.30.254.1/24}
LABEL=org.dockerfix.lab

root=$LAB_HOME/engine-$LAB_SUITE
socket=$LAB_RUN/docker.sock
pidfile=$LAB_RUN/dockerd.pid
engine_path=$root/usr/bin:$root/usr/sbin

say() { printf '%s\n' "$*" >&2; }
fail() { say "engine.sh: $*"; exit 1; }

print_env() {
  printf 'export DOCKER_HOST=unix://%s DOCKER_CONFIG=%s DOCKER_BUILDKIT=1\n' "$socket" "$LAB_HOME/docker-config"
  # shellcheck disable=SC2016
  printf 'export PATH=%s:"$PATH"\n' "$engine_path"
}

docker_() { DOCKER_HOST=unix://$socket DOCKER_CONFIG=$LAB_HOME/docker-config timeout "${LIMIT:-60}" "$root/usr/bin/docker" "$@"; }
alive() { [ -S "$socket" ] && LIMIT=10 docker_ version >/dev/null 2>&1; }

install_host_packages() { # those that do not depend on a newer libc than the host's
  local need=()
  command -v runc >/dev/null || need+=(runc)
  command -v iptables >/dev/null || need+=(iptables)
  command -v ip >/dev/null || need+=(iproute2)
  command -v xz >/dev/null || need+=(xz-utils)
  [ -e /etc/ssl/certs/ca-certificates.crt ] || need+=(ca-certificates)
  [ ${#need[@]} -gt 0 ] || return 0
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >&2
}

debian_archive() { # the archive that the host's apt uses
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v -- '-security' | sort -u | head -1
}

install_engine() { # dockerd, containerd, docker and buildx are unpacked beside the system, not installed
  local tmp=$root.tmp options
  [ ! -e "$root/.done" ] || return 0
  rm -rf "$tmp"
  mkdir -p "$tmp"/{apt/lists/partial,apt/cache/archives/partial,debs,root}
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$(debian_archive)" "$LAB_SUITE" >"$tmp/apt/sources.list"
  options=(-o "Dir::Etc::SourceList=$tmp/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
           -o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State::Lists=$tmp/apt/lists" -o Dir::State::status=/dev/null
           -o "Dir::Cache=$tmp/apt/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none)
  apt-get "${options[@]}" update -qq >&2
  (cd "$tmp/debs" && apt-get "${options[@]}" download -qq docker.io docker-cli docker-buildx containerd tini >&2)
  for deb in "$tmp"/debs/*.deb; do dpkg -x "$deb" "$tmp/root"; done
  [ -e "$tmp/root/usr/bin/docker-init" ] || ln -s tini-static "$tmp/root/usr/bin/docker-init"
  rm -rf "$root"
  mv "$tmp/root" "$root"
  rm -rf "$tmp"
  touch "$root/.done"
}

write_client_config() {
  local buildx
  buildx=$(find "$root/" -name docker-buildx -type f -perm -u+x -print -quit)
  mkdir -p "$LAB_HOME/docker-config"
  printf '{"cliPluginsExtraDirs": ["%s"]}\n' "$(dirname "$buildx")" >"$LAB_HOME/docker-config/config.json"
}

make_bridge() {
  local device mtu
  if ! ip link show "$LAB_BRIDGE" >/dev/null 2>&1; then
    ip link add "$LAB_BRIDGE" type bridge
    ip addr add "$LAB_SUBNET" dev "$LAB_BRIDGE"
    ip link set "$LAB_BRIDGE" up
  fi
  # a larger MTU than the way out has makes downloads hang
  device=$(ip route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -1)
  mtu=$(cat "/sys/class/net/${device:-lo}/mtu")
  [ "$mtu" -le 1500 ] || mtu=1500
  ip link set "$LAB_BRIDGE" mtu "$mtu"
}

start() {
  [ "$(id -u)" = 0 ] || fail 'needs root'
  command -v apt-get >/dev/null || fail 'needs a Debian host'
  ! alive || return 0
  install_host_packages
  install_engine
  write_client_config
  make_bridge
  mkdir -p "$LAB_RUN" "$LAB_HOME/data"
  printf '%s\n' "${LAB_SETTINGS:-{\}}" >"$LAB_HOME/daemon.json"
  PATH=$engine_path:$PATH setsid "$root/usr/sbin/dockerd" --config-file "$LAB_HOME/daemon.json" \
    --host "unix://$socket" --data-root "$LAB_HOME/data" --exec-root "$LAB_RUN/exec" --pidfile "$pidfile" \
    --bridge "$LAB_BRIDGE" --mtu "$(cat "/sys/class/net/$LAB_BRIDGE/mtu")" --storage-driver "${LAB_STORAGE:-overlay2}" --group root \
    --userland-proxy-path "$root/usr/sbin/docker-proxy" --init-path "$root/usr/bin/docker-init" \
    </dev/null >"$LAB_HOME/dockerd.log" 2>&1 &
  for _ in $(seq 150); do ! alive || return 0; sleep 0.2; done
  tail -15 "$LAB_HOME/dockerd.log" >&2
  fail 'the engine did not start; above is the end of its log'
}

prune() {
  alive || return 0
  local label
  for label in "$LABEL" org.dockerfix.verify; do # the second is that of a verify that was killed
    docker_ ps --all --quiet --filter "label=$label" | while read -r id; do docker_ rm --force --volumes "$id" >/dev/null; done
    LIMIT=300 docker_ image prune --all --force --filter "label=$label" >/dev/null
  done
  LIMIT=300 docker_ builder prune --all --force >/dev/null
}

stop() {
  local pid
  [ -s "$pidfile" ] || return 0
  pid=$(cat "$pidfile")
  # only ever the process that is this engine
  if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$socket"; then
    kill "$pid"
    for _ in $(seq 150); do [ -d "/proc/$pid" ] || break; sleep 0.2; done
  fi
  ip link delete "$LAB_BRIDGE" 2>/dev/null || true
}

purge() {
  stop
  rm -rf "$LAB_HOME" "$LAB_RUN"
}

case ${1:-} in
  start | prune | stop | purge) "$1" ;;
  env) print_env ;;
  status) alive ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
