# The remote end of a session; doc.go tells its theory. The login shell (a
# Bourne shell, fish, tcsh) reads this text in single quotes and on one line:
# so there is no single quote, no double backslash and no exclamation mark in
# it but before a blank, and a line end stands for one. Lines that begin with # are left out.
#
# $1 nonce; $2 login or plain; $3 what the command's standard input is: null,
# data or tty; $4 tenths of a second between TERM and KILL; $5 stop.sh, which
# is read only where it is needed.
nonce=$1 login=$2 input=$3 grace=$4 rules=$5 blank=$IFS newline=${IFS#??} now=0;

# The command may close its outputs; the markers have descriptors of their
# own. "Terminated" and the like from this shell are nobody's output.
exec 3>&1 4>&2 5<&0 </dev/null 2>/dev/null;
mark() { printf "\036$nonce %s\n" "$1" >&3; printf "\036$nonce %s\n" "$1" >&4; };

# A command may signal its own group (kill 0): this shell lives on and reports.
# PROF is ours: it ends the watcher, and would be lost on one that has just
# been forked from a shell that traps it. On a terminal a stop is a key.
key=;
trap : HUP TERM PIPE ALRM USR1 USR2;
trap key=y INT QUIT;

# Only in raw mode does a terminal pass lines of any length.
case $input in tty) modes=$(stty -g <&5); stty raw -echo <&5;; esac;
mark ready;

# The request. No byte of it was sent before the line above was read.
IFS=" " read -r coding CLSH_HOST CLSH_RANK CLSH_COUNT command <&5 || exit 0;
case $coding in b) command=$(printf "%b." "$command"); command=${command%.};; esac;
# By the session a stop knows what has left the process group; no command learns
# the whole nonce.
CLSH_SESSION=${nonce%????????????????}.$CLSH_RANK.;
export CLSH_HOST CLSH_RANK CLSH_COUNT CLSH_SESSION;
case $input in tty) stty "$modes" <&5;; esac;

# stop stops the command, beginning with the signal $1, from any subshell of this
# one. Its status is that of finish.
survey() {
  eval "$rules";
  aides=" $watcher " own=" $$ $PPID " seed=" $$ " spared=" " token=$CLSH_SESSION ends="3 4 5" kin= last=0;
  read -r line </proc/$$/stat;
  set -- ${line##*") "};
  born=${20};
  place;
};
stop() {
  trap "" PROF;
  survey;
  case $1 in INT|QUIT|HUP) halt $1 TERM;; *) halt TERM;; esac;
};

# The watcher: "stop SIGNAL" or the end of input means stop. Where the input is
# the command's, the end of sshd, this shell's parent, is what can be seen.
watcher=;
{
  trap "" HUP INT QUIT TERM PIPE ALRM USR1 USR2;
  sig=TERM;
  case $input in
    null) read -r verb sig <&5;;
    *) while kill -0 $PPID; do sleep 1; done;;
  esac;
  stop $sig;
} >/dev/null 3>&- 4>&- &
watcher=$! ;

# The command, in the login shell. What comes before its shell prints "begin"
# is the noise of rc files; a newline follows it, so that a command that
# cannot be parsed is a matter of its own. csh has no -l with -c, closes all
# other descriptors, and cannot redirect standard error alone.
shell=${SHELL:-/bin/sh};
# Data goes through a relay: the end of the connection must not look like the
# end of the data to `cat >new && mv new old`. When the data has ended and
# sshd is gone, the pipe is held until the watcher has ended the command. A
# command may end without reading all: "done" asks for the end of the data.
relay() { cat <&5; sleep 0.1 || sleep 1; until kill -0 $PPID; do sleep 1; done; };
begin="printf \"\036$nonce begin\n\"; printf \"\036$nonce begin\n\" >&2";
run() { case $input in
  null) "$@" 2>&4 3>&- 4>&- 5<&-;;
  tty) "$@" <&5 2>&4 3>&- 4>&- 5<&-;;
  data) relay 3>&- 4>&- | (
      trap : HUP INT QUIT TERM PIPE ALRM USR1 USR2;
      "$@" 2>&4 3>&- 4>&- 5<&-; status=$?; mark done; exit $status);;
esac; };
case $login:${shell##*/} in
  login:sh|login:bash|login:rbash|login:dash|login:ash|login:zsh|login:ksh*|login:mksh|login:yash|login:fish)
    run "$shell" -l -c "$begin$newline$command";;
  *:sh|*:bash|*:rbash|*:dash|*:ash|*:zsh|*:ksh*|*:mksh|*:yash|*:fish)
    run "$shell" -c "$begin$newline$command";;
  *:csh|*:tcsh)
    CLSH_BEGIN=$begin;
    CLSH_COMMAND="sh -c \$CLSH_BEGIN:q;unsetenv CLSH_BEGIN CLSH_COMMAND$newline$command";
    export CLSH_BEGIN CLSH_COMMAND;
    case $login$input in
      loginnull) echo "exec $shell -c \$CLSH_COMMAND:q </dev/null" | run "$shell" -l;;
      *) run "$shell" -c "$CLSH_COMMAND";;
    esac;;
  *) mark begin; run "$shell" -c "$command";;
esac;
status=$?;

# Nobody watches any more before a daemon that the command left could be taken
# for a leftover; but a stop that has begun is waited for. Its status is 0 when
# nothing is left, and the watcher that had nothing to do ends by our PROF.
kill -PROF $watcher; wait $watcher; left=$?;
[ $status -gt 256 ] && status=$((status-128));
case $left in 155|283|411) left=0;; esac;
case $input$key in ttyy) (stop TERM >/dev/null 3>&- 4>&-); left=$?;; esac;
case $left in
  0) mark "end $status";;
  *) survey; survivors $left; mark "end $status $left";;
esac
