#!/usr/bin/env bash
# What scripts/demo and scripts/bench share. To be sourced.

# start_sshd DIR [LINE...] starts an sshd on a free port of 127.0.0.1 with
# all its files in DIR, and the LINEs before the rest of its configuration.
# Every host name of DIR/ssh_config is that sshd; DIR/ssh-key.pem is the key.
# Sets sshd_pid. Needs no privileges and touches nothing outside DIR.
start_sshd() {
	local dir=$1 sshd try port name
	shift
	sshd=$(PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin command -v sshd)
	if ((EUID == 0)); then
		mkdir -p /run/sshd # privilege separation wants it
	fi
	mkdir -p "$dir/home"
	for name in host_key ssh-key.pem; do
		ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$dir/$name"
	done
	{
		((!$#)) || printf '%s\n' "$@"
		cat <<-END
			HostKey $dir/host_key
			AuthorizedKeysFile $dir/ssh-key.pem.pub
			ListenAddress 127.0.0.1
			PidFile none
			UsePAM no
			StrictModes no
			PasswordAuthentication no
			KbdInteractiveAuthentication no
			PermitRootLogin prohibit-password
			PermitUserRC no
			PrintMotd no
			UseDNS no
			MaxStartups 1000
			SetEnv HOME=$dir/home
		END
	} >"$dir/sshd_config"
	for try in {1..20}; do
		port=$((20000 + RANDOM % 12000)) # below the ports that clients get
		: >"$dir/sshd.log"
		"$sshd" -D -p "$port" -f "$dir/sshd_config" -E "$dir/sshd.log" &
		sshd_pid=$!
		until grep -q '^Server listening' "$dir/sshd.log"; do
			if ! kill -0 "$sshd_pid" 2>/dev/null; then
				wait "$sshd_pid" || true
				continue 2
			fi
			sleep 0.05
		done
		cat >"$dir/ssh_config" <<-END
			Host *
			  HostName 127.0.0.1
			  Port $port
			  User $(id -un)
			  HostKeyAlias nodes
			  UserKnownHostsFile $dir/known_hosts
			  GlobalKnownHostsFile /dev/null
			  IdentitiesOnly yes
			  IdentityAgent none
			  IdentityFile $dir/ssh-key.pem
			  ControlPath none
		END
		echo "nodes $(cut -d' ' -f1,2 "$dir/host_key.pub")" >"$dir/known_hosts"
		return 0
	done
	echo "sshd does not start ($try tries):" >&2
	cat "$dir/sshd.log" >&2
	return 1
}
