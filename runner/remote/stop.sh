# What agent.sh and shell.sh share: how they find a command's processes and stop
# them. #include stop.sh puts the text there; the rules of agent.sh apply.
#
# The caller has a function attended: the connection stands. It sets: own, processes that are never signalled; aides, those that
# look around for us, with all their children; seed, whose descendants are the
# command's; born, the start time (proc(5), starttime) before which a process
# cannot be the command's, and last, the youngest process then; ends, the
# descriptors on which this shell holds the inputs and outputs of the session, and
# outs, the outputs; sole, where no command but this one has had these outputs.

# place finds this process, its group and its session. 0 is every session whose leader
# is outside the namespace (pid_namespaces(7)).
place() {
  if read -r line </proc/self/stat; then
    watcher=${line%%" "*};
    set -- ${line##*") "};
    group=$3 session=$4;
    case $session in 0) session=none;; esac;
  else
    watcher=$(exec sh -c "echo \$PPID");
    group=$(ps -o pgid= -p $$ | tr -d " ");
    session=$group born=;
  fi;
  aides="$aides$watcher ";
};
clock() {
  if read -r up idle </proc/uptime; then now=${up%.*}${up#*.}; else now=$((now+10)); fi;
};

# table reads the processes: rows of pid, state, parent, group, session, start.
# A process chooses its name, which may hold newlines and parentheses: grep puts
# the file in front of each line, and only the end of the record has 20 fields
# behind the last parenthesis (a name has 15 bytes). Shells look for the last one
# in quadratic time, and nearly always the first one is it. What is older than the
# command gets no row; where it is of our session, its children are spared.
table() {
  seen= rows=;
  case $born in
    "") rows=$(ps -A -o pid= -o state= -o ppid= -o pgid=); seen=$rows; return;;
  esac;
  all=$(LC_ALL=C grep -as "" /dev/null /proc/[0-9]*/stat);
  set -f;
  IFS=$newline;
  for line in $all; do
    IFS=$blank pid=${line#/proc/};
    pid=${pid%%/*};
    line=${line#*") "};
    case $line in *") "*) line=${line##*") "};; esac;
    set -- $line;
    [ $# -ge 20 ] || continue;
    case $pid in $$) seen=y;; esac;
    if [ ${20} -gt $born ] || { [ ${20} -eq $born ] && [ $pid -gt $last ]; }; then
      rows="$rows$pid $1 $2 $3 $4 ${20}$newline";
    else
      case $4 in $session) case $own in *" $pid "*) ;; *) spared="$spared$pid ";; esac;; esac;
    fi;
  done;
  IFS=$blank;
  set +f;
};
each() {
  set -f;
  IFS=$newline;
  for row in $rows; do IFS=$blank; $1 $row; done;
  IFS=$blank;
  set +f;
};
heirs() {
  case $own$spared in *" $1 "*) return;; esac;
  case $spared in *" $3 "*) spared="$spared$1 " grown=y;; esac;
};

# search finds the living processes of the command, as pid:start: those found
# before, what descends from them, what is in our session, and the orphans that
# its mark or an output of ours finds. known is made again from what lives: a number
# that was given to another process says nothing. The strays are read together
# first: nearly always none is marked. Some greps end a line at NUL and find none;
# then each is read.
search() {
  table;
  [ "$seen" ] || blind=y;
  grown=y;
  while [ $grown ] && [ "$spared" ]; do grown=; each heirs; done;
  orphans=" " services=" " files= holders=" ";
  grow;
  [ "$born" ] && each stray;
  [ "$files" ] || return 0;
  case $(cat $files) in *"CLSH_SESSION=$token"*)
    hits=$(grep -ls "CLSH_SESSION=$token" $files);
    [ "$hits" ] || hits=$files;
    each marked;
    grow;;
  esac;
  [ "${holders# }" ] || return 0;
  each unmarked;
  grow;
};
grow() {
  known=$seed grown=y;
  while [ $grown ]; do grown= found= parents=" " loose=; each check; done;
  rank;
};
# rank puts parents before their children in found. fish takes a child that is stopped
# for a command that has done its work, and goes on with the next one: so parents are
# stopped first and go on last.
rank() {
  rest=$found above=$parents ranked=;
  while [ "$rest" ]; do
    pids=" " later= over=;
    for id in $rest; do pids="$pids${id%%:*} "; done;
    set -- $above;
    for id in $rest; do
      case $pids in *" $1 "*) later="$later$id " over="$over$1 ";; *) ranked="$ranked$id ";; esac;
      shift;
    done;
    [ "$rest" = "$later" ] && break;
    rest=$later above=$over;
  done;
  found=$ranked$rest;
};
check() {
  case $own$aides in *" $1 "*) return;; esac;
  case $2 in Z*|X*) return;; esac;
  case $aides in *" $3 "*) return;; esac;
  case $known in *" $1 "*) ;; *)
    case $ids in *" $1:$6 "*) ;; *)
      case $spared in *" $1 "*) return;; esac;
      case $known in *" $3 "*) ;; *)
        case ${5:-$4} in $session) ;; *)
          case $orphans in *" $1:$6 "*) ;; *) return;; esac;; esac;; esac;
      ids="$ids$1:$6 " leaders="$leaders$1 " name=;
      read -r name </proc/$1/comm;
      case $name in ssh) far=y;; esac;;
    esac;
    known="$known$1 " grown=y;;
  esac;
  case $2 in T*|t*|D*) ;; *) loose=y;; esac;
  found="$found$1:$6 " parents="$parents$3 ";
};
stray() {
  case $own$aides$known$spared in *" $1 "*) return;; esac;
  case $aides in *" $3 "*) return;; esac;
  [ -r /proc/$1/environ ] || return;
  files="$files /proc/$1/environ";
  reaches "$outs" "1 2" $1 && holders="$holders$1 ";
};
# reaches: is one of the descriptors $2 of process $3 the same pipe or socket as one
# of ours, $1?
reaches() {
  for end in $1; do
    [ -p /proc/$$/fd/$end ] || [ -S /proc/$$/fd/$end ] || continue;
    for fd in $2; do [ /proc/$3/fd/$fd -ef /proc/$$/fd/$end ] && return; done;
  done;
  return 1;
};

# marked: has the command started this orphan, in a session of its own? Its
# environment says so. It is the command still if it holds an input or output of
# the session, or the leader of its session or group was the command's; else it is
# a service, and is spared.
marked() {
  case $hits in *"/proc/$1/environ"*) ;; *) return;; esac;
  case $(cat /proc/$1/environ) in *"CLSH_SESSION=$token"*) ;; *) return;; esac;
  case $leaders in *" $4 "*|*" $5 "*) orphans="$orphans$1:$6 "; return;; esac;
  for end in $ends; do
    for fd in 0 1 2; do
      [ /proc/$1/fd/$fd -ef /proc/$$/fd/$end ] && { orphans="$orphans$1:$6 "; return; };
    done;
  done;
  services="$services$1:$6 ";
};

# unmarked: sudo and "su -" clear the environment of what they start. An orphan of
# theirs that writes to our outputs is the command's, where none but this one could
# have given them to it; else it is only named. An rc file may have started one in
# the moment before the command began.
unmarked() {
  case $holders in *" $1 "*) ;; *) return;; esac;
  case $sole in y) [ $6 -gt $born ] || [ $1 -gt $$ ] || return;; esac;
  case $orphans$services in *" $1:$6 "*) return;; esac;
  case $(cat /proc/$1/environ) in *CLSH_SESSION=*) return;; esac;
  case $sole in y) orphans="$orphans$1:$6 ";; *) services="$services$1:$6 ";; esac;
};

# still: the number still belongs to the process that was looked at. Its state is in state.
still() {
  state=;
  case $1 in *:) return 0;; esac;
  text=;
  while read -r line; do text=$line; done </proc/${1%:*}/stat;
  set -- ${1#*:} ${text##*") "};
  state=$2;
  [ "${21}" = "$1" ];
};

# hold stops processes. guard knows of them first. STOP takes effect when the process
# runs next: a parent has stopped before its children are, or it would see that.
hold() {
  held="$held$* ";
  echo held $held;
  for id; do
    still $id || continue;
    kill -STOP ${id%:*};
    case $parents in *" ${id%:*} "*) tries=; while still $id && [ ${#tries} -lt 100 ]; do case $state in R|S) tries=$tries+;; *) break;; esac; done;; esac;
  done;
};

# freeze stops all of them, until a look finds none that is new or still runs,
# for half the grace at most: what is started between a look and a signal would
# be an orphan at the next look.
freeze() {
  clock;
  until=$((now+grace*5)) frozen=" ";
  while search; [ "$found" ]; do
    fresh=;
    for id in $found; do case $frozen in *" $id "*) ;; *) fresh="$fresh $id";; esac; done;
    frozen="$frozen${fresh# } ";
    [ "$fresh$loose" ] || break;
    [ "$fresh" ] && hold $fresh;
    clock;
    [ $now -lt $until ] || break;
  done;
};

# deliver sends signal to the processes, which are stopped: a shell whose child
# ends first would go on. One that has children gets kin for it.
deliver() {
  for id; do
    case $parents in *" ${id%:*} "*) send=${kin:-$signal};; *) send=$signal;; esac;
    case $signal in KILL) send=KILL;; esac;
    still $id || continue;
    kill -$send ${id%:*} || { still $id && denied=y; };
  done;
  release;
  held=;
  echo held;
};

release() {
  back=;
  for id in $held; do back="$id $back"; done;
  for id in $back; do still $id && kill -CONT ${id%:*}; done;
};

# finish freezes them and sends the signals that are its arguments, each to every
# process once, spread over the grace, then KILL, until two looks find none. Its
# status: 0; or 1 where some may live (other users), plus 2 where an ssh was among
# them, whose far end cannot be seen. Once nobody waits for the answer, the grace
# is a second. A busy host may need more time than that for one look: KILL is
# tried all the same.
finish() {
  place;
  told=" " part=$((grace*10/$#)) kills=0 held= blind= denied= far= ids=" " leaders="$seed";
  clock; start=$now;
  freeze;
  while [ $kills -lt 3 ] || [ $((now-start)) -lt $((grace*10+300)) ]; do
    [ "$found" ] || { search; [ "$found" ]; } || break;
    step=0 signal=KILL;
    for name; do
      step=$((step+1));
      if [ $((now-start)) -lt $((step*part)) ]; then signal=$name; break; fi;
    done;
    case $signal in KILL) kills=$((kills+1)); freeze;; esac;
    fresh=;
    for id in $found; do
      case $signal$told in KILL*) fresh="$fresh $id";; *" $signal$id "*) ;; *) fresh="$fresh $id" told="$told$signal$id ";; esac;
    done;
    due=$fresh;
    [ "$due" ] && { [ "$held" ] || freeze; deliver $due; };
    sleep 0.1 || sleep 1;
    clock;
    search;
    attended || [ $grace -lt 10 ] || grace=10 part=$((100/$#));
  done;
  bits=0;
  [ "$found$blind$denied${services# }" ] && bits=1;
  [ $far ] && bits=$((bits+2));
  return $bits;
};

# halt has finish watched: if it is killed, guard lets what it has stopped go on.
halt() { { finish "$@"; echo over $?; } | guard; };
guard() {
  while read -r verb rest; do
    case $verb in held) held=$rest;; over) return $rest;; esac;
  done;
  release;
  return 1;
};

# survivors sets left to what a stop whose status is $1 has left, for the mark.
survivors() {
  left= ids=" " leaders="$seed";
  search;
  each survivor;
  case $1 in 2|3) left="$left,0 ssh";; esac;
  left="left ${left#,}";
};
survivor() {
  case " $found$services" in *" $1:$6 "*) ;; *) return;; esac;
  case " $found$services" in *" $3:"*) return;; esac;
  [ ${#left} -lt 200 ] || return;
  name=;
  if [ "$born" ]; then read -r name </proc/$1/comm; else name=$(ps -o comm= -p $1); fi;
  case $name in ""|*,*) name="?";; esac;
  left="$left,$1 $name";
};
