#!/usr/bin/env bash
# What the other scripts share. To be sourced.

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
		[[ $* == *MaxStartups* ]] || echo MaxStartups 1000
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

# What follows measures, for the parts in scripts/bench.d. They are called
# with BENCH_DIR (an empty directory of their own), BENCH_CLSH (the binary),
# BENCH_PAIRS (how often each is run) and BENCH_RESULTS (a file of results).

# host_names N prints N host names.
host_names() { seq -f 'n%.0f' "$1"; }

# fan_out TOOL FANOUT HOSTFILE COMMAND runs COMMAND by ssh on every host, as
# the users of that tool would. ssh is the first on PATH, its options are in
# the array ssh_options, and for dsh, which hands on word by word, in
# dsh_options.
ssh_options=()
dsh_options=()
fan_out() {
	local tool=$1 fanout=$2 hosts=$3 command=$4
	case $tool in
	xargs) xargs -P "$fanout" -I '{}' ssh "${ssh_options[@]}" '{}' "$command" <"$hosts" ;;
	pdsh) PDSH_SSH_ARGS_APPEND="${ssh_options[*]}" pdsh -R ssh -f "$fanout" -w "^$hosts" "$command" ;;
	clush) clush -q -f "$fanout" -o "${ssh_options[*]}" --hostfile "$hosts" "$command" ;;
	pssh) parallel-ssh -i -p "$fanout" -t 0 -x "${ssh_options[*]}" -h "$hosts" "$command" ;;
	dsh) dsh -M -c -F "$fanout" -r ssh "${dsh_options[@]}" -f "$hosts" -- "$command" ;;
	esac
}

# clock NAME COMMAND... runs a command and sets the variable NAME to the
# milliseconds that it took.
clock() {
	local -n took=$1
	local before=$EPOCHREALTIME after
	shift
	"$@"
	after=$EPOCHREALTIME
	# shellcheck disable=SC2034 # the caller's variable
	took=$(((${after/[^0-9]/} - ${before/[^0-9]/}) / 1000))
}

# median prints the median of the numbers on its standard input, a line each.
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# ratio A B prints A / B.
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4f\n", a / b }'; }

# result WHAT MEASURED BOUND [UNIT] notes a figure that has to stay below its
# bound; a bound of - is for information.
result() {
	local what=$1 measured=$2 bound=$3 unit=${4-} verdict=missed
	if [[ $bound == - ]]; then
		verdict=
	else
		if awk -v m="$2" -v b="$bound" 'BEGIN { exit !(m < b) }'; then
			verdict=ok
		fi
		bound="< $bound${unit:+ $unit}"
	fi
	printf '%s\t%s\t%s\t%s\n' "$what" "$(awk -v m="$measured" 'BEGIN { printf m < 1000 ? "%.4g" : "%.0f", m }')${unit:+ $unit}" "$bound" "$verdict" >>"$BENCH_RESULTS"
}

# expect LINES FILE: a run that lost output is no run.
expect() {
	local lines
	lines=$(wc -l <"$2")
	if ((lines != $1)); then
		echo "$2 has $lines lines, not $1" >&2
		return 1
	fi
}
