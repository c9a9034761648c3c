# What agent.sh does where the input is data, or where a stage reads it. The rules of agent.sh apply.
#
# Data comes in frames (FrameData), so that an end of the input that clsh has not
# sent is no end of the data: `cat >new && mv new old` never sees it. Then the
# relay signals the watcher, and holds the pipe until that has ended the command.
# dd reads no byte too many; iflag=fullblock is not in POSIX, so the first frame decides: a
# dd without it reads nothing. Its status is 1, or that of SIGPIPE, where the command reads no more.
# Neither the relay nor the mover may end of a broken pipe: the command
# would see an end of its input.
#
# What a command leaves unread keeps the relay from reading on. An ssh that is ended
# takes sshd along, which the watcher sees; another client is known by the end of
# its input alone. So, if paced, the mover sits between the relay and the command: it
# takes a frame whole before it writes a byte of it, and clsh sends the next one when
# all of that has gone. The watcher sees, too, if nobody takes its signs of life.
upstream() {
  trap "" HUP INT QUIT TERM PIPE ALRM USR1 USR2;
  read -r relay rest </proc/self/stat || relay=$(exec sh -c "echo \$PPID");
  whole=maybe;
};
pass() {
  case $whole in
    maybe)
      whole=y;
      pass;
      first=$?;
      case $first in 0|141|269) return $first;; esac;
      dd bs=1 count=1 iflag=fullblock </dev/null >/dev/null && return $first;
      whole=;;
    y) dd bs=$size count=$count iflag=fullblock; return;;
  esac;
  dd ibs=1 count=$((size*count)) obs=$size;
};
relay() {
  upstream;
  echo $relay;
  while IFS=" " read -r verb size count <&5; do
    case $pace:$verb in paced:data|paced:end) echo $verb $size $count;; esac;
    case $verb in
      data) pass <&5; case $? in 0) ;; 1|141|269) hold;; *) break;; esac;;
      end)
        [ -r /proc/$watcher/status ] && trapped;
        exec sh -c "read -r verb signal; [ -r /proc/\$1/status ] || sleep 1; $alarm" relay $watcher $relay <&5 >/dev/null;;
      *) break;;
    esac;
  done;
  trap "" PROF;
  trapped;
  signal=$size;
  set -- $watcher $relay;
  eval "$alarm";
};
# What a relay does when its input ends: it signals the watcher, $1, which stops the command, and
# holds. ksh93 now and then loses a signal, so the relay sends one more: URG, which by default ends
# no process.
# Behind the end of the data a new shell does it: mksh keeps its own end of a pipe open until it
# runs something else.
alarm="trap \"\" PROF;
  case \$signal in INT) kill -XCPU \$1;; QUIT) kill -XFSZ \$1;; HUP) kill -VTALRM \$1;; *) kill -URG \$1;; esac;
  { sleep 0.1 || sleep 1; } >/dev/null;
  kill -URG \$1;
  while :; do kill -STOP \$2; done";
hold() { while :; do kill -STOP $relay; done; };
mover() {
  upstream;
  ended=;
  read -r peer;
  echo $relay $peer;
  while IFS=" " read -r verb size count; do
    case $verb in
      data) pass || hold; printf "\036$nonce took\n" >&3 || hold;;
      end) ended=y; exec >/dev/null;;
    esac;
  done;
  [ $ended ] || hold;
};
# trapped waits until the watcher has set its traps: before that a signal would be
# lost, or end it. Both of URG and XCPU are in the mask (proc(5), SigCgt) then.
trapped() {
  [ -r /proc/$watcher/status ] || sleep 1;
  while read -r name mask; do
    case $name in SigCgt:) case $mask in *[cdef]?????) return;; esac;; esac;
  done </proc/$watcher/status;
  kill -0 $watcher && { sleep 0.1 || sleep 1; trapped; };
};
# serve runs the command at the end of the pipeline, and ends a relay that holds when the command has ended.
serve() {
  trap : HUP INT QUIT TERM PIPE ALRM USR1 USR2;
  read -r relay;
  call "$@"; status=$?;
  attended && { kill -PROF $relay; kill -CONT $relay; };
  exit $status;
};
