#!/bin/sh
# fill_directory.sh STATE SUFFIX DOMAIN ACCOUNT PYTHON: load the practice people into the empty database, before slapd first starts.
set -eu
state=$1 suffix=$2 domain=$3 account=$4 python=$5
ldif=$(mktemp)
trap 'rm -f "$ldif"' EXIT
"$python" "$(dirname "$0")/directory_ldif.py" "$suffix" "$domain" >"$ldif"
/usr/sbin/slapadd -q -f "$state/directory/slapd.conf" -l "$ldif"
cat "$(dirname "$0")/directory_ldif.py" "$(dirname "$0")/people.yml" | sha1sum | cut -d' ' -f1 >"$state/directory/filled"
[ "$(id -u)" != 0 ] || chown -R "$account" "$state/directory/database"
