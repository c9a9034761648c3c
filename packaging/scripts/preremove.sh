#!/bin/sh
# Before a removal: stop and disable heat's units. An upgrade leaves them
# running: dpkg passes "upgrade", rpm the number of versions that stay.
set -e
case $1 in
remove | 0) ;;
*) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
	systemctl stop heat.service 'heat@*.service' || true
fi
# What "systemctl disable" removes; it knows no patterns.
rm -f /etc/systemd/system/*.wants/heat.service /etc/systemd/system/*.wants/heat@*.service
exit 0
