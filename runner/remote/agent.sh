# The remote end of a session; doc.go tells its theory. The login shell (a
# Bourne shell, fish, tcsh) reads this text in single quotes and on one line:
# so there is no single quote, no double backslash and no exclamation mark in
# it but before a blank, and a line end counts as one. Lines that begin with # are left out.
#
# $1 nonce; $2 login or plain; $3 what the command's standard input is: null,
# data or tty; "stage-" before it runs a stage first, and "stage" alone runs
# nothing else; $4 tenths of a second between TERM and KILL; $5 survey.sh and stop.sh, which
# are read only where they are needed; $6 relay.sh for data, and stage.sh for a stage, else
# nothing: what is not needed is not read; $7 paced, if the client does not report its own
# end: we give signs of life, and take data by the piece; or free; $8 the process that
# goes with the connection, if that is not our parent: sudo may be between them.
# ksh93 keeps to a limit for read that is only unset.
TMOUT=0; unset TMOUT;
nonce=$1 login=$2 input=$3 grace=$4 rules=$5 feeding=$6 pace=$7 parent=${8:-$PPID} blank=$IFS newline=${IFS#??} now=0;

# The command may close its outputs; the markers have descriptors of their
# own. "Terminated" and the like from this shell are nobody's output.
exec 3>&1 4>&2 5<&0 </dev/null 2>/dev/null;
mark() { printf "\036$nonce %s\n" "$1" >&3; printf "\036$nonce %s\n" "$1" >&4; };
beat() { printf "\036$nonce beat\n" >&3; };

# A command may signal its own group (kill 0): this shell lives on and reports.
# PROF is ours: it ends the watcher, and would be lost on one that has just
# been forked from a shell that traps it. On a terminal a stop is a key.
key=;
trap : HUP TERM PIPE ALRM USR1 USR2;
trap key=y INT QUIT;

# attended: the connection is up. Another user's process takes no signal of ours;
# where it cannot be seen at all, it counts as there.
attended() { kill -0 $parent || [ -d /proc/$parent ]; };
attended || parent=$$;

# Only in raw mode does a terminal pass lines of any length.
case $input in tty) modes=$(stty -g <&5); stty raw -echo <&5;; esac;
mark ready;

# The request. No byte of it was sent before the line above was read.
IFS=" " read -r coding CLSH_HOST CLSH_RANK CLSH_COUNT command <&5 || exit 0;
decode() { case $coding in b) command=$(printf "%b." "$command"); command=${command%.};; esac; };
decode;
# By the session a stop knows what has left the process group; no command learns
# the whole nonce.
CLSH_SESSION=${nonce%????????????????}.$CLSH_RANK.;
export CLSH_HOST CLSH_RANK CLSH_COUNT CLSH_SESSION;
case $input in tty) stty "$modes" <&5;; esac;

# The watcher: "stop SIGNAL" or the end of input means stop, "ping" wants a sign of
# life. Where the input is the
# command's, the relay reads it: its signal names the signal to begin with, and
# the end of sshd, this shell's parent, is seen even while the relay is blocked.
#
# relieve ends the watcher before it could take a daemon of the command for a leftover, but waits
# for a stop that has begun. PROF kills a watcher that is idle; one that has stopped the command
# exits with 0 if nothing is left.
watcher=;
relieve() {
  kill -PROF $watcher; wait $watcher; left=$? stopped=y;
  case $left in 155|283|411) left=0 stopped=;; esac;
};
watch() {
  guarding >/dev/null 4>&- &
  watcher=$! ;
};
guarding() {
  trap "" HUP INT QUIT TERM PIPE ALRM USR1 USR2;
  sig=TERM;
  case $input in
    null) while read -r verb sig <&5; do case $verb in ping) beat;; end) ;; *) break;; esac; done;;
    *)
      line=;
      trap "line=INT" XCPU; trap "line=QUIT" XFSZ; trap "line=HUP" VTALRM; trap "line=\${line:-TERM}" URG;
      until [ $line ] || ! attended; do
        sleep 1 3>&- & wait $! ;
        case $pace in paced) beat || line=TERM;; esac;
      done;
      sig=$line;
      trap "" XCPU XFSZ VTALRM URG;;
  esac;
  exec 3>&-;
  trap "" PROF;
  eval "$rules";
  stop $sig; left=$?;
  kill -KILL $pipeline;
  exit $left;
};

# The command, in the login shell. The profile reads /dev/null and may redirect
# what it likes: 7, 8 and 9 hold the streams of the command. What comes before
# the shell prints "begin" is the noise of rc files.
#
# The user may have functions called command, builtin or printf: one that
# evaluates a text is the real one; else a subshell forgets that of printf. Options may make the shell print what it
# does: so standard error gets its mark last. A newline follows it, so that a
# command that cannot be parsed is a matter of its own. zsh parses all of it
# first; fish does, too, and exits with 0 then. csh has no -l with -c, closes
# all other descriptors, and cannot redirect standard error alone; the line that
# its login shell reads is an error for any other shell.
shell=${SHELL:-/bin/sh};
case ${shell##*/} in nologin|false) shell=/bin/sh;; esac;
real="\command" sign="\"\036$nonce begin\n\"" held=y;
plain="(\unset -f printf; \printf $sign)";
case ${shell##*/} in zsh) real="\builtin";; bash|rbash) plain="(\unset -f builtin; \builtin printf $sign)";; esac;
streams="exec <&9 >&7 2>&8 7>&- 8>&- 9<&-";
begin="clsh=; $real eval clsh=y >/dev/null 2>&1 || :; case \$clsh in
  y) $real $streams; $real printf $sign; $real unset clsh; $real printf $sign >&2;;
  *) \exec <&9 >&7 2>&8 7>&- 8>&- 9<&-; $plain; $plain >&2;;
esac";
call() {
  if [ $held ]; then "$@" 2>&4 7>&3 8>&4 9<&0 </dev/null 3>&- 4>&- 5<&-;
  else "$@" 2>&4 3>&- 4>&- 5<&-; fi;
};
run() { case $input in
  null) call "$@";;
  tty) call "$@" <&5;;
  data) case $pace in
      paced) relay 3>&- 4>&- | mover 4>&- 5<&- | (serve "$@");;
      *) relay 3>&- 4>&- | (serve "$@");;
    esac;;
esac; };
perform() {
  case $login:${shell##*/} in
    login:sh|login:bash|login:rbash|login:dash|login:ash|login:zsh|login:ksh*|login:mksh|login:yash)
      run "$shell" -l -c "$begin$newline$command";;
    *:sh|*:bash|*:rbash|*:dash|*:ash|*:zsh|*:ksh*|*:mksh|*:yash)
      run "$shell" -c "$begin$newline$command";;
    *:fish)
      begin="builtin printf $sign; builtin printf $sign >&2; set -l clsh \$argv[1]; set argv; eval \$clsh <&9 7>&- 8>&- 9<&-";
      case $login in
        login) run "$shell" -l -c "$begin" -- "$command";;
        *) run "$shell" -c "$begin" -- "$command";;
      esac;;
    *:csh|*:tcsh)
      held= CLSH_BEGIN="printf $sign; printf $sign >&2";
      CLSH_COMMAND="sh -c \$CLSH_BEGIN:q;unsetenv CLSH_BEGIN CLSH_COMMAND$newline$command";
      export CLSH_BEGIN CLSH_COMMAND;
      case $login$input in
        loginnull) echo "if (1) exec $shell -c \$CLSH_COMMAND:q </dev/null" | run "$shell" -l;;
        *) run "$shell" -c "$CLSH_COMMAND";;
      esac;;
    *) held=; mark begin; run "$shell" -c "$command";;
  esac;
};

follows=y;
eval "$feeding";
case $input in stage*) stage;; esac;
if [ $follows ]; then
  watch;
  perform;
  status=$?;
  case $status:${shell##*/} in 1:zsh) "$shell" -fnc "$command" || mark unparsed;; esac;
  relieve;
  # ksh93 waits only for the last command of a pipeline: the relay may hold still.
  case $input${KSH_VERSION-} in dataVersion*) eval "$rules"; survey; kill -KILL $pipeline;; esac;
  case $input$key in ttyy) (eval "$rules"; stop TERM >/dev/null 3>&- 4>&-); left=$?;; esac;
fi;
[ $status -gt 256 ] && status=$((status-128));
case $left in
  0) mark "end $status";;
  *) eval "$rules"; survey; survivors $left; mark "end $status $left";;
esac
