# What agent.sh and shell.sh share: how a command's processes are found and
# ended. The text is put where #include stands; its rules are agent.sh's.
#
# search finds the living processes of the command: what descends from those
# in known, is in the group, or was found before (an orphan descends from
# init); but none of own, nothing that watcher has started to look around with,
# and none of spared or what descends from it. Where the command reads data, the
# agent's children are the pipeline that brings it. A line is "pid (name) state parent
# group …" (proc(5)), or without the name.
check() {
  case $own in *" $1 "*) return;; esac;
  case $2 in Z*|X*) return;; esac;
  case $input$3 in data$$) case $pipeline in *" $1 "*) ;; *) pipeline="$pipeline$1 " known="$known$1 " grown=y;; esac; return;; esac;
  case $known in *" $1 "*) ;; *)
    case $3 in $watcher) return;; esac;
    case $spared in *" $1 "*) return;; *" $3 "*) spared="$spared$1 "; return;; esac;
    case $known in *" $3 "*) ;; *) case $4 in $group) ;; *) return;; esac;; esac;
    known="$known$1 "; grown=y;; esac;
  found="$found$1 " parents="$parents$3 ";
};
table() {
  if [ -r /proc/self/stat ]; then all=$(cat /proc/[0-9]*/stat);
  else all=$(ps -A -o pid= -o state= -o ppid= -o pgid=); fi;
};
each() {
  set -f;
  IFS=$newline;
  for line in $all; do IFS=$blank; $1 ${line%%" ("*} ${line##*") "}; done;
  IFS=$blank;
  set +f;
};
search() {
  table;
  grown=y;
  while [ $grown ]; do grown= found= parents=" "; each check; done;
};
clock() {
  if read -r up idle </proc/uptime; then now=${up%.*}${up#*.}; else now=$((now+10)); fi;
};

# place finds this process, which is the watcher, and the group.
place() {
  if read -r line </proc/self/stat; then
    watcher=${line%%" ("*} line=${line##*") "};
    set -- $line; group=$3;
  else
    watcher=$(exec sh -c "echo \$PPID");
    group=$(ps -o pgid= -p $$ | tr -d " ");
  fi;
};

# finish ends them: the signals that are its arguments, each to every process
# once, spread over the grace, then KILL, until none is left. Its status tells
# whether that was reached (a process of another user may stay). They are
# stopped meanwhile: a shell whose child is ended first would go on. Once
# nobody waits for the answer, the grace is a second. One that
# has children gets TERM for INT, which a shell may leave to its child.
# A busy host may need more time than that for one look: KILL is tried all the same.
finish() {
  told=" " part=$((grace*10/$#)) kills=0;
  clock; start=$now;
  while [ $kills -lt 3 ] || [ $((now-start)) -lt $((grace*10+300)) ]; do
    search;
    [ "$found" ] || return 0;
    step=0 signal=KILL;
    for name; do
      step=$((step+1));
      if [ $((now-start)) -lt $((step*part)) ]; then signal=$name; break; fi;
    done;
    fresh=;
    for pid in $found; do
      case $told in *" $signal$pid "*) ;; *)
        fresh="$fresh$pid ";
        case $signal in KILL) ;; *) told="$told$signal$pid ";; esac;; esac;
    done;
    case $signal in KILL) kills=$((kills+1));; esac;
    [ "$fresh" ] && kill -STOP $fresh;
    for pid in $fresh; do
      case $signal$parents in INT*" $pid "*) kill -TERM $pid;; *) kill -$signal $pid;; esac;
    done;
    [ "$fresh" ] && kill -CONT $fresh;
    sleep 0.1 || sleep 1;
    clock;
    kill -0 $PPID || [ $grace -lt 10 ] || grace=10 part=$((100/$#));
  done;
  return 1;
};
