#!/bin/sh
# private_sasl.sh DIRECTORY COMMAND...: become COMMAND, which sees DIRECTORY in the place of /etc/ldap/sasl2.
#
# Debian's slapd has that path built in and does not heed SASL_CONF_PATH. A mount of its own, which nothing else sees, leaves the
# machine's file alone, so several checkouts can each run a lab. Without a COMMAND: say whether such a mount can be had here.
set -eu
directory=$1
shift
[ $# != 0 ] || set -- true
options="--mount --propagation private"
[ "$(id -u)" = 0 ] || options="--user --map-current-user --keep-caps $options"
# shellcheck disable=SC2016,SC2086
exec unshare $options sh -c 'mount --bind "$0" /etc/ldap/sasl2 && exec "$@"' "$directory" "$@"
