# The remote end of an interactive session; doc.go tells its theory, and
# agent.sh the rules for this text.
#
# $1 nonce; $2 login or plain; $3 tenths of a second between the first signal
# and KILL; $4 host name, $5 rank, $6 count; $7 runner.sh, encoded.
unset TMOUT;
nonce=$1 login=$2 grace=$3 CLSH_HOST=$4 CLSH_RANK=$5 CLSH_COUNT=$6 run=$(printf "%b" "$7");
blank=$IFS newline=${IFS#??} now=0;
export CLSH_HOST CLSH_RANK CLSH_COUNT;
exec 7>&1 8>&2 9<&0 </dev/null 2>/dev/null;
mark() { printf "\036$nonce %s\n" "$1" >&7; printf "\036$nonce %s\n" "$1" >&8; };
# A command may signal its own group (kill 0). A subshell forgets its traps.
brave() { trap "$1" HUP INT QUIT TERM PIPE ALRM USR1 USR2; };
brave :;
mark ready;

#include stop.sh

# past spares what was there before the command, heirs what that has started
# since. Argument 21 is the time at which a process began (proc(5), starttime),
# in hundredths of a second; within one of them the number of the process
# decides, last having been the youngest (proc(5), loadavg).
past() {
  case $own in *" $1 "*) return;; esac;
  age=$((since-${21:-$since}));
  if [ $age -gt 0 ]; then spared="$spared$1 ";
  elif [ $age -eq 0 ] && [ "${21}" ] && [ $1 -le $last ]; then spared="$spared$1 "; fi;
};
heirs() {
  case $own$spared in *" $1 "*) return;; esac;
  case $spared in *" $3 "*) spared="$spared$1 "; grown=y;; esac;
};

# stop ends what the command has started, not the shell that runs it. That one
# is told to give the rest of the line up, before anything is ended under it.
stop() {
  [ "$shell" ] || return 0;
  kill -USR2 $shell;
  place;
  if read -r line </proc/$shell/stat; then line=${line##*") "}; set -- $line; keeper=$2;
  else keeper=$(ps -o ppid= -p $shell | tr -d " "); fi;
  known=" $shell " own=" $$ $PPID $group $watcher $keeper $shell ";
  spared=" "; table; each past;
  grown=y;
  while [ $grown ]; do grown=; each heirs; done;
  finish INT TERM;
};

# The listener owns the input: requests go down the pipe, a line each.
listen() {
  brave "";
  busy= shell= since=0 last=0;
  while IFS=" " read -r verb rest <&9; do
    case $verb in
      run)
        clock; since=$now busy=y;
        read -r line </proc/loadavg && last=${line##* };
        printf "%s\n" "$rest";;
      open) printf "open\n"; busy=;;
      idle) busy=;;
      shell) shell=$rest;;
      stop) if stop; then mark stopped; else mark "stopped left"; fi;;
      kill) kill -KILL $shell;;
    esac;
  done;
  # The input is over. A command that still runs goes with it, and its shell.
  if [ $busy ]; then stop; kill -KILL $shell; fi;
};

# The keeper opens the shell, and when it has ended waits to be told to open
# another.
open() {
  shell=${SHELL:-/bin/sh};
  case $login:${shell##*/} in
    login:bash|login:rbash|login:dash|login:zsh|login:ksh|login:ksh93|login:sh) "$shell" -l -c "$run" "-${shell##*/}" $nonce;;
    *:bash|*:rbash|*:dash|*:zsh|*:ksh|*:ksh93|*:sh) "$shell" -c "$run" "-${shell##*/}" $nonce;;
    *) sh -c "$run" sh $nonce;;
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
listen | keep 9<&0 >&7
