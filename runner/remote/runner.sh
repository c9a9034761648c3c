# The shell of an interactive session, from within: bash, zsh, ksh93, or any
# other that POSIX describes. It reads a request a line from descriptor 9 and
# evaluates it. $1 is the nonce. Every name begins with clsh_: the rest are the
# user's. Joined to one line, so that messages speak of line 1.
#
# The descriptors of the markers are closed to commands. What this shell says
# by itself (set -x) is nobody's output.
#
# The user may have options, functions and aliases for everything. A word that
# begins with a backslash is no alias; what $clsh_b runs is no function: that is
# "builtin" or "command". Where that is itself one, it is forgotten (unset is no
# function but in bash and zsh), or else $clsh_b just runs its arguments. $clsh_s precedes a special builtin, which is no function but in
# bash and zsh.
clsh_nonce=$1 clsh_session=${CLSH_SESSION-} clsh_b=command clsh_s="\\" clsh_x="\\exec" clsh_real=;
case ${ZSH_VERSION+zsh}${BASH_VERSION+bash} in
  zsh) clsh_b=builtin clsh_s="\\builtin " clsh_x="\\builtin exec";;
  bash) clsh_b=builtin clsh_s="\\builtin ";;
esac;
clsh_plain() { "$@"; };
"$clsh_b" eval "clsh_real=y" >/dev/null 2>&1 || :;
case $clsh_real in y) ;; *) \unset -f $clsh_b; "$clsh_b" eval "clsh_real=y" >/dev/null 2>&1 || :;; esac;
case $clsh_real in y) ;; *) clsh_b=clsh_plain clsh_s="\\" clsh_x="\\exec";; esac;
"$clsh_b" shift;
"$clsh_b" eval "$clsh_x"' >&7 2>&8';
clsh_mark() { "$clsh_b" printf "\036$clsh_nonce $1\n" >&7; "$clsh_b" printf "\036$clsh_nonce $1\n" >&8; };
# How a line is read. bash and zsh need not move a descriptor for it, which takes nine
# system calls. TMOUT, which may be readonly, limits read in bash and ksh.
clsh_read='IFS=" " "$clsh_b" read -r clsh_run clsh_coding clsh_line <&9';
case ${BASH_VERSION+bash}${ZSH_VERSION+zsh} in
  ?*) clsh_read='IFS=" " "$clsh_b" read -u 9 -r clsh_run clsh_coding clsh_line';;
esac;
case ${BASH_VERSION-}${KSH_VERSION-} in
  ?*) clsh_read='case ${TMOUT-} in "") '"$clsh_read;; *) ${clsh_read%% -*} -t 999999999 -${clsh_read#* -};; esac";;
esac;
# A line finds the status of the one before: in a branch, where one that is not 0
# does not count as a failure (set -e, ERR). A line may go on to the next by itself
# (continue). Shells report statuses above 255 in different ways: clsh folds them.
#
# Every line pays for what is here: a microsecond a command, and in bash a copy of each
# function that it calls. So what is rare has functions of its own.
clsh_busy= clsh_status=0 clsh_last=0;
clsh_done() {
  clsh_last=${clsh_hit:-$1} clsh_busy=;
  "$clsh_b" printf "\036$clsh_nonce end $clsh_last\n" >&7;
  "$clsh_b" printf "\036$clsh_nonce end $clsh_last\n" >&8;
};
"$clsh_b" eval 'clsh_before() { '"$clsh_s"'return $clsh_last; };
clsh_failed() { case $clsh_hit in ?*) clsh_hit=;; *) '"$clsh_s"'exit 0;; esac; };
clsh_decode() {
  case $clsh_coding in
    b) clsh_line=$("$clsh_b" printf "%b." "$clsh_line"); clsh_line=${clsh_line%.};;
    *) clsh_next;;
  esac;
};
clsh_next() {
  case $clsh_busy in y) clsh_done $?;; esac;
  clsh_hit=;
  until '"$clsh_read"'; do clsh_failed; done;
  case $clsh_coding in p) ;; *) clsh_decode;; esac;
  clsh_hit= clsh_busy=y CLSH_SESSION=$clsh_session$clsh_run.;
}';

# How USR2 gives the rest of a line up. What a line itself does to a loop
# around it (break) ends the loop below, which therefore starts again.
#
# bash: a DEBUG trap, before the next command: break, from a function return,
# and so on until the loop below. Under extdebug it skips that command, too. A
# break in the trap of USR2 itself is lost behind a subshell.
# zsh: a trap that fails is an error, which an always block takes back, and
# returns from what is sourced. In a function, variables would be local.
# ksh: a DEBUG trap of status 255 returns from a function.
# Others: an error in a trap goes up to the nearest "command". The loop is in a
# function, else return would end the shell.
#
# In ksh a line is in a function, which hands its parameters out (set, shift). A
# syntax error leaves ksh thinking that it is reading a command: the next trap
# would end the line it comes in (sh_chktrap: nextprompt). So one comes at once.
clsh_again='clsh_done $?; '"$clsh_s"'eval "$clsh_loop"' clsh_eval='command eval "$clsh_line" 2>&8 7>&- 8>&- 9<&-';
case $clsh_b in
  builtin) clsh_eval="\\builtin $clsh_eval";;
  command) clsh_eval="\\$clsh_eval";;
  *) clsh_eval="\\${clsh_eval#command }";;
esac;
case ${ZSH_VERSION+zsh}${KSH_VERSION-} in
  zsh) clsh_eval="$clsh_s"'eval "$clsh_line" 2>&8 6<&- 7>&- 8>&- 9<&-';;
  Version*)
    "$clsh_b" eval 'clsh_go() { '"${clsh_eval%% 2>*}"'; clsh_status=$?; clsh_args=("$@"); \return $clsh_status; }';
    clsh_eval='clsh_go "$@" 2>&8 7>&- 8>&- 9<&-';;
esac;
clsh_eval="case \$clsh_last in 0) $clsh_eval;; *) if clsh_before; then :; else $clsh_eval; fi;; esac";
case ${BASH_VERSION+bash}${ZSH_VERSION+zsh}${KSH_VERSION-} in
  bash)
    clsh_leave='case ${FUNCNAME+f} in f) '"$clsh_s"'return 130;; esac; '"$clsh_s"'trap - DEBUG; ! '"$clsh_s"'break 999';
    clsh_loop='while clsh_next; do '"$clsh_eval"'; clsh_done $?; done; '"$clsh_s"'shopt -u extdebug; '"$clsh_again";
    "$clsh_b" trap 'clsh_hit=130; case $clsh_busy in y) '"$clsh_s"'shopt -s extdebug; '"$clsh_s"'trap "$clsh_leave" DEBUG;; esac' USR2;;
  zsh)
    "$clsh_b" eval 'TRAPUSR2() { clsh_hit=130; case $clsh_busy in y) '"$clsh_s"'return 130;; esac; }; TRAPINT() { case $clsh_busy in y) '"$clsh_s"'return 130;; esac; }';
    clsh_body='while clsh_next; do clsh_status=130; { '"$clsh_eval"'; clsh_status=$?; } always { TRY_BLOCK_ERROR=0; TRY_BLOCK_INTERRUPT=0; }; clsh_done $clsh_status; done';
    "$clsh_b" eval 'clsh_loop="$clsh_s. /dev/fd/6 6<<<\$clsh_body; $clsh_again"';;
  Version*)
    clsh_calm='case $clsh_last in 3) \command eval "\\command kill -USR2 \$\$" || :;; esac';
    clsh_loop='while clsh_next; do '"$clsh_eval"'; clsh_status=$?; \trap - DEBUG; \set -- "${clsh_args[@]}"; clsh_done $clsh_status; '"$clsh_calm"'; done; '"$clsh_again";
    \trap 'clsh_hit=130; case $clsh_busy in y) \trap "(\exit 255)" DEBUG; \return 130;; esac' USR2;;
  *)
    "$clsh_b" eval 'clsh_serve() { while clsh_next; do '"$clsh_eval"'; clsh_done $?; done; }';
    clsh_loop='clsh_serve "$@"; '"$clsh_again";
    \trap 'clsh_hit=130; case $clsh_busy in y) \exec 2>/dev/null; : ${clsh_none?};; esac' USR2;;
esac;
clsh_mark "begin $$";
"$clsh_b" eval "$clsh_x"' 2>/dev/null';
"$clsh_b" eval "$clsh_loop"
