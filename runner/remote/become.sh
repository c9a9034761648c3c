# How the agent starts as another user, where sudo is to read a password: "$@" is
# sudo and its arguments, $PPID the process that goes with the connection. The
# rules of agent.sh apply.
#
# A password that sudo asks for and does not get may count as a wrong one (pam_faillock
# does so where a prompt sees the end of the input), and two of these may lock the
# account. So the relay holds the input of sudo open until it has killed it: what
# waits at its prompt still has the real user of the login. The request, which is
# sent to an agent that has answered, ends that: from there on the relay only copies.
# "Killed" from this shell is nobody's output.
exec 3>&2 2>/dev/null;
{
  read -r relay rest </proc/self/stat || relay=$(exec sh -c "echo \$PPID");
  echo $relay;
  if IFS= read -r line; then
    case $line in "password "*) printf "%s\n" "${line#password }"; line=; IFS= read -r line;; esac &&
      { printf "%s\n" "$line"; exec cat; };
  fi;
  kin=" $$ ";
  look() {
    while [ $# -gt 1 ]; do
      case $kin in *" $2 "*) case $1 in $relay) ;; *) kin="$kin$1 ";; esac;; esac;
      shift 2;
    done;
  };
  list=$(ps -A -o pid= -o ppid=);
  look $list;
  look $list;
  kill -KILL ${kin#" $$ "};
} | { read -r relay; { "$@" $PPID 3>&-; } 2>&3; status=$?; kill -KILL $relay; exit $status; }
