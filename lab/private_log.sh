#!/bin/sh
# private_log.sh SOCKET HOSTS_DENY COMMAND...: become COMMAND, which sees SOCKET as /dev/log and HOSTS_DENY as /etc/hosts.deny.
#
# Cyrus writes to syslog only, and asks TCP wrappers (hosts_access(5)) whether a client may come in; both paths are built in. Mounts of
# its own, which nothing else sees, leave the machine's log and file alone, so several checkouts can each run a lab. It takes root.
set -eu
log=$1
deny=$2
shift 2
devices=$(dirname "$log")/devices
mkdir -p "$devices"
# shellcheck disable=SC2016
exec unshare --mount --propagation private sh -c '
    log=$1; deny=$2; devices=$3
    shift 3
    mount -t tmpfs -o mode=755 devices "$devices"
    for name in null zero full random urandom tty; do
        touch "$devices/$name"
        mount --bind "/dev/$name" "$devices/$name"
    done
    mkdir "$devices/shm"
    mount --rbind /dev/shm "$devices/shm"
    ln -s /proc/self/fd "$devices/fd"
    ln -s "$log" "$devices/log"
    mount --bind "$deny" /etc/hosts.deny
    mount --move "$devices" /dev
    exec "$@"' sh "$log" "$deny" "$devices" "$@"
