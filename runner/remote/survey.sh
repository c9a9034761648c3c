# How agent.sh stops its command: the part that stop.sh wants from it. The rules of agent.sh apply.
#
# Where the command reads data, the children of the agent are the pipeline that brings it, and the
# server that runs the command. The pipeline is spared until both have ended: the command would else
# see an end of its input. The server counts as the command, because it may be about to start that; it
# alone holds the standard error of the agent.
survey() {
  aides=" $watcher " own=" $$ $PPID $parent " pipeline= server= spared=" " token=$CLSH_SESSION ends="3 4 5" outs="3 4" sole=y kin= last=0;
  read -r line </proc/$$/stat;
  set -- ${line##*") "};
  born=${20};
  place;
  case $input in data) table; each bring;; esac;
  own="$own$pipeline" seed=" $$ $pipeline";
};
# bring takes a row of the table: a child of the agent is of the pipeline, or the server.
bring() {
  case $3$aides in
    $$*" $1 "*) ;;
    $$" "*) if [ -e /proc/$1/fd/4 ]; then server=$1; else pipeline="$pipeline$1 "; fi;;
  esac;
};

# stop stops the command, beginning with the signal $1, from any subshell of the
# agent. Its status is that of finish.
stop() {
  survey;
  tries=;
  until case $input:$server:$born in data::?*) false;; esac || [ ${#tries} -ge 10 ]; do
    sleep 0.1 || sleep 1;
    tries=$tries+;
    survey;
  done;
  case $1 in INT|QUIT|HUP) halt $1 TERM;; *) halt TERM;; esac;
};
