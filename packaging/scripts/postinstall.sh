#!/bin/sh
# After an installation or an upgrade. After an installation heat is not started:
# it has no check yet. After an upgrade, those that run are restarted: dpkg passes
# the version before, rpm the number of versions. Nobody waits for them here,
# because heat itself waits for a recovery, which may be this upgrade.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	case $1:${2-} in
	configure:?* | [2-9]:*) systemctl --no-block try-restart heat.service 'heat@*.service' || true ;;
	esac
fi
exit 0
