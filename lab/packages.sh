#!/bin/sh
# Install the Debian packages that the practice mail world runs on, and those that are given; nothing when they are all there.
set -eu

packages="slapd ldap-utils sasl2-bin libsasl2-modules cyrus-imapd cyrus-admin cyrus-clients postfix postfix-ldap python3-milter swaks
          libnet-ssleay-perl openssl procps iproute2 rsyslog fail2ban nftables python3-venv python3-dev gcc libldap-dev libsasl2-dev $*"

missing=$(for package in $packages; do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
done)
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || { echo "lab: this is not Debian; install yourself: $missing" >&2; exit 1; }
if [ "$(id -u)" = 0 ]; then as_root=""; else
    command -v sudo >/dev/null || { echo "lab: not root and no sudo; ask an administrator to install: $missing" >&2; exit 1; }
    as_root=sudo
fi

# The distribution's own daemons must not start: the lab runs its own, elsewhere.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    trap '$as_root rm -f "$policy"' EXIT
fi

echo "lab: installing" $missing
log=$(mktemp)
# shellcheck disable=SC2086
if ! { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive \
       apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "lab: apt-get could not install: $missing" >&2
    exit 1
fi
rm -f "$log"
