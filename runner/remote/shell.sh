# The remote end of an interactive session; doc.go tells its theory, and
# agent.sh the rules for this text.
#
# $1 nonce; $2 login or plain; $3 tenths of a second between the first signal
# and KILL; $4 host name, $5 rank, $6 count; $7 runner.sh, encoded; $8 as $6
# of agent.sh.
TMOUT=0; unset TMOUT;
nonce=$1 login=$2 grace=$3 CLSH_HOST=$4 CLSH_RANK=$5 CLSH_COUNT=$6 runner=$(printf "%b" "$7") parent=${8:-$PPID};
blank=$IFS newline=${IFS#??} now=0;
CLSH_SESSION=${nonce%????????????????}.$CLSH_RANK.;
export CLSH_HOST CLSH_RANK CLSH_COUNT CLSH_SESSION;
exec 7>&1 8>&2 9<&0 </dev/null 2>/dev/null;
mark() { printf "\036$nonce %s\n" "$1" >&7; printf "\036$nonce %s\n" "$1" >&8; };
# A command may signal its own group (kill 0). A subshell forgets its traps.
brave() { trap "$1" HUP INT QUIT TERM PIPE ALRM USR1 USR2; };
brave :;
attended() { kill -0 $parent || [ -d /proc/$parent ]; };
attended || parent=$$;
mark ready;

#include stop.sh

# stop stops what the command has started, not the shell that runs it, beginning
# with the signal $1. That shell is asked to give the rest of the line up before
# anything is stopped under it. A shell whose child ends by INT goes on where the
# child says so: it gets TERM. What was there before the command is spared, and
# what that has started since: born is when the command began, in hundredths of a
# second, and last was the youngest process then (proc_loadavg(5); ns_last_pid has
# fewer bytes, but a shell reads byte by byte, and a sysctl gives the first one only).
stop() {
  [ "$shell" ] || return 0;
  kill -USR2 $shell;
  sig=${1:-INT};
  if read -r line </proc/$shell/stat; then set -- ${line##*") "}; keeper=$2;
  else keeper=$(ps -o ppid= -p $shell | tr -d " "); fi;
  own=" $$ $PPID $parent $keeper $shell " aides=" " seed=" $shell " spared=" " token=$CLSH_SESSION$run. ends="7 8 9" outs="7 8" sole= kin=TERM born=$since;
  place;
  case $sig in QUIT|HUP) ;; *) sig=INT;; esac;
  halt $sig TERM;
};

# The listener owns the input, which is its standard input, so that no descriptor
# moves for each line: requests go down the pipe, a line each.
listen() {
  brave "";
  busy= shell= since=0 last=0 run=0;
  while IFS=" " read -r verb rest; do
    case $verb in
      run)
        clock; since=$now busy=y run=$((run+1));
        read -r last </proc/loadavg; last=${last##* };
        printf "%s\n" "$run $rest";;
      open) printf "open\n"; busy=;;
      idle) busy=;;
      shell) shell=$rest;;
      stop)
        stop $rest </dev/null; left=$?;
        case $left in 0) mark stopped;; *) survivors $left; mark "stopped $left";; esac;;
      kill) kill -KILL $shell;;
      ping) printf "\036$nonce beat\n" >&7;;
    esac;
  done;
  # The input is over. A command that still runs goes with it, and its shell.
  if [ $busy ]; then stop INT </dev/null; kill -KILL $shell; fi;
};

# The keeper opens the shell, and when it has ended waits until it is asked to open
# another.
open() {
  shell=${SHELL:-/bin/sh};
  case ${shell##*/} in nologin|false) shell=/bin/sh;; esac;
  case $login:${shell##*/} in
    login:bash|login:rbash|login:dash|login:zsh|login:ksh|login:ksh93|login:sh) "$shell" -l -c "$runner" "-${shell##*/}" $nonce;;
    *:bash|*:rbash|*:dash|*:zsh|*:ksh|*:ksh93|*:sh) "$shell" -c "$runner" "-${shell##*/}" $nonce;;
    *) sh -c "$runner" sh $nonce;;
  esac </dev/null 2>&8;
};
keep() {
  brave "hit=y";
  while :; do
    open; status=$?;
    [ $status -gt 256 ] && status=$((status-128));
    mark "gone $status";
    while :; do
      hit=;
      read -r line <&9 && break;
      [ $hit ] || exit 0;
    done;
  done;
};
listen <&9 | keep 9<&0 >&7
