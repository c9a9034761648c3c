# What the hosts' scripts begin with. $clsh_whole says that dd knows iflag=fullblock: what has
# read this text knows that. $plan is the plan. Processes are what a host pays for, so that as
# few as possible are started.
locale=${LC_ALL+y}$LC_ALL home=$PWD;
LC_ALL=C; export LC_ALL;
set -f;
newline=${IFS#??};
refuse() { printf "clsh: %s: %s\n" "$1" "$2" >&2; exit 1; };

# restore gives what runs next the settings of the login.
restore() {
  cd "$home";
  set +f;
  case $locale in y*) LC_ALL=${locale#y};; *) unset LC_ALL;; esac;
};

# What clean removes is removed however this ends; rm takes no signal but KILL then.
trap clean 0;
trap "exit 129" HUP;
trap "exit 130" INT;
trap "exit 131" QUIT;
trap "exit 141" PIPE;
trap "exit 143" TERM;
deaf() { trap "" HUP INT QUIT TERM PIPE; };

# take passes $1 times $2 bytes on, and reads no byte more.
take() {
  [ $1 -eq 0 ] || [ $2 -eq 0 ] && return;
  if [ $clsh_whole ]; then dd bs=$1 count=$2 iflag=fullblock 2>/dev/null;
  else dd ibs=1 count=$(($1*$2)) obs=65536 2>/dev/null; fi;
};

# choose finds a program that computes SHA-256, else cksum.
choose() {
  for tool in sha256sum "shasum -a 256" "sha256 -r" "openssl dgst -sha256 -r" cksum; do
    command -v ${tool%% *} >/dev/null 2>&1 && return;
  done;
  refuse sha256sum "not found on this host, nor shasum, sha256, openssl or cksum: nothing was changed";
};
# sum_of sets sums to those of the files, a line each. A large file, of $size bytes, is worth the
# start of openssl, which uses what processors have for SHA-256.
sum_of() {
  case $#:$tool in
    1:cksum) sums=$(cksum <"$1"); sums=${sums%% *};;
    1:*)
      [ ${size:-0} -ge 2097152 ] && sums=$(openssl dgst -sha256 -r <"$1" 2>/dev/null) || sums=$($tool <"$1");
      sums=${sums%% *};;
    *) sums=$($tool "$@" | cut -d" " -f1);;
  esac;
};

committed() { IFS=" " read -r verb && [ "$verb" = commit ] || exit 1; };
