#!/bin/sh
# postfix_master.sh DIRECTORY: run Postfix' master with the configuration in DIRECTORY, and end it when this is ended.
#
# supervisord makes each program the leader of a process group, and such a process cannot become a session's leader, as master must.
set -eu
/usr/lib/postfix/sbin/master -s -c "$1" &
master=$!
trap 'kill -TERM $master' TERM INT
wait $master || wait $master
