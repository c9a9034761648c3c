#!/bin/sh
# After a removal. Logs and states of the checks stay; dpkg's purge removes them.
set -e
if [ "$1" = purge ]; then
	rm -rf /var/lib/heat /var/log/heat
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
fi
exit 0
