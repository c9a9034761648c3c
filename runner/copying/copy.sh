# The host's side of a copy, which is a stage of the agent. doc.go has the dialogue. Joined to one
# line, behind take.sh.
#
# The plan is shell text, which is evaluated once for each phase:
#   p N PATH PARENT         the place N is the directory PATH, which there must be; where
#                           PARENT is not empty, only the next place goes into it
#   d N PARENT FOLLOW NAME  the place N is the directory NAME in PARENT
#   f ID PLACE SIZE SHAS CRCS NAME...  files, numbered from ID on, in PLACE
#   h MODE TIME ID PLACE SIZE SHA CRC NAME  a file that is placed: it is not in the archive
#   l N PLACE NAME TARGET   a symbolic link
#   m N MODE                the mode of the directory N where it is new
# Every NAME begins with "./". The variables of a place N:
#   sN  old (it is there), or new   dN  its path   tN  where its new content waits
#   hN  its path as it was named, with a slash behind it
stage=.clsh.${CLSH_SESSION%.} stages= first= need= any= tool= phase=;

say() { printf "\036copy %s\n" "$*"; };

clean() {
  deaf;
  unlisten;
  cd /;
  for n in $stages; do eval "rm -rf \"\$g$n\""; done;
  stages=;
};
p() {
  [ $phase = check ] || return 0;
  path=$2 label=${2%/}/;
  case $path in
    .) path=$home label=;;
    /*) ;;
    "~"|"~/"*) path=$HOME${path#"~"};;
    *) path=$home/$path;;
  esac;
  [ -d "$path" ] || { [ -e "$path" ] && refuse "$2" "is not a directory"; refuse "$2" "no such directory"; };
  eval "s$1=old d$1=\${path%/} t$1= h$1=\$label";
  [ "$3" ] || first=${first:-$1};
};

d() {
  eval "state=\$s$2 parent=\$d$2";
  case $phase in
    check)
      path=$parent/${4#./};
      if [ $state = new ]; then :;
      elif [ -h "$path" ] && [ $3 != follow ]; then refuse "$path" "is a symbolic link, and a directory never replaces one";
      elif [ -d "$path" ]; then state=old;
      elif [ -e "$path" ] || [ -h "$path" ]; then refuse "$path" "is not a directory, and a directory never replaces a file";
      else state=new; fi;
      case $3$state in
        followold) first=${first:-$1};;
        follownew) first=${first:-$2};;
      esac;
      [ $state = old ] || any=y;
      eval "s$1=\$state d$1=\$path t$1= h$1=\$h$2\${4#./}/";;
    list)
      eval "own=\$s$1 label=\$h$1";
      [ $own = old ] || printf "make: %s\n" "$label";;
    prepare)
      eval "own=\$s$1";
      [ $own = new ] || return 0;
      ensure $2;
      [ -d "$wait/$1" ] || mkdir "$wait/$1" || exit 1;
      eval "to=\$t$2/\${4#./}";
      mv "$wait/$1" "$to" || exit 1;
      eval "t$1=\$to";;
    commit)
      eval "own=\$s$1 from=\$t$2";
      case $state$own in oldnew)
        cd "$from" && owned "$4" && mv -f "$4" "$parent/" || exit 1;;
      esac;;
  esac;
};

# ensure makes sure that place $1 has a directory where its new content waits: in the
# same directory, so that it is renamed and not copied at the end.
ensure() {
  eval "to=\$t$1";
  [ -z "$to" ] || return 0;
  if [ $1 != $first ]; then
    eval "g=\$d$1/\$stage g$1=\$g stages=\"$stages $1\"";
    mkdir -m 700 "$g" || exit 1;
    [ ! -d "$wait/$1" ] || mv "$wait/$1" "$g/$1" || exit 1;
  else g=$wait; fi;
  [ -d "$g/$1" ] || mkdir "$g/$1" || exit 1;
  eval "t$1=\$g/\$1";
};

# owned gives what is named the owner that was asked for.
owned() { [ -z "$owner" ] || chown -hR "$owner" "$@"; };

f() {
  id=$1 place=$2 size=$3 want=$4;
  case $tool in cksum) want=$5;; esac;
  shift 5;
  eval "state=\$s$place path=\$d$place from=\$t$place";
  case $phase in
    check) compare "$@";;
    *)
      eval "need=\$n$id";
      case $phase in
        verify) [ "$need" ] && verify "$@" || :;;
        prepare) [ "$need" ] && [ $state = old ] && prepare "$@" || :;;
        commit) [ $state = new ] || commit "$@";;
        settle) settle "$@";;
        list) [ "$need" ] && list "$@" || :;;
      esac;;
  esac;
};

# compare sets n$id to the numbers of the files that this host does not have, each
# between blanks, and asks for them.
compare() {
  need=" " i=$id ids= wants=;
  if [ $state = new ]; then for name do need="$need$i " i=$((i+1)); done;
  else
    cd "$path/" || exit 1;
    for name do
      shift;
      if [ -h "$name" ]; then need="$need$i ";
      elif [ -d "$name" ]; then refuse "$path/${name#./}" "is a directory, and a file never replaces one";
      elif [ -f "$name" ]; then set -- "$@" "$name"; ids="$ids $i" wants="$wants${want%% *} ";
      elif [ -e "$name" ]; then refuse "$path/${name#./}" "is not a regular file";
      else need="$need$i "; fi;
      i=$((i+1)) want=${want#* };
    done;
    [ $# -eq 0 ] || listen;
    same "$@" || for i in $ids; do need="$need$i "; done;
  fi;
  case $need in " ") eval "n$id=";; *) eval "n$id=\$need"; any=y; case $check in y) ;; *) say "need $id$need";; esac;; esac;
};

# list prints the files that would change, and with --diff how, for --check.
list() {
  i=$id;
  for name do
    case $need in *" $i "*)
      eval "label=\$h$place\${name#./}";
      old=$path/${name#./};
      printf "copy: %s\n" "$label";
      case $check in diff)
        [ -f "$old" ] && [ ! -h "$old" ] || old=/dev/null;
        diff -L "$label" -L "$label (new)" -u "$old" "$wait/$place/$name";;
      esac;;
    esac;
    i=$((i+1));
  done;
};

# same adds to need which of the files are not as they are wanted; its status is 1
# where that cannot be said. A CRC does not say it.
same() {
  [ $# -gt 0 ] || return 0;
  [ "$tool" != cksum ] || return 1;
  [ $size -lt 16777216 ] || [ "$(wc -c <"$1")" -eq $size ] || return 1;
  sum_of "$@" 2>/dev/null;
  count=$#;
  set -- $sums;
  [ $# -eq $count ] || return 1;
  for i in $ids; do
    case $1 in "${wants%% *}") ;; *) need="$need$i ";; esac;
    shift;
    wants=${wants#* };
  done;
};

verify() {
  cd "$wait/$place" || exit 1;
  i=$id wants= lines= between=;
  case $tool in sha256sum|shasum*) between="  ";; esac;
  for name do
    shift;
    case $need in *" $i "*)
      set -- "$@" "$name";
      wants="$wants${want%% *}$newline" lines="$lines${want%% *}$between$name$newline";;
    esac;
    i=$((i+1)) want=${want#* };
  done;
  case $#$between in
    1|1" "*) sum_of "$@";;
    *"  ") wants=$lines sums=$($tool "$@");;
    *) sum_of "$@";;
  esac;
  [ "$sums$newline" = "$wants" ] || refuse "$path" "what arrived is not what was sent: nothing was changed";
};

# prepare gives files that replace others the mode and the owner of these.
prepare() {
  ensure $place;
  i=$id;
  for name do
    shift;
    case $need in *" $i "*) [ -f "$path/$name" ] && [ ! -h "$path/$name" ] && set -- "$@" "$name";; esac;
    i=$((i+1));
  done;
  [ "$keep" ] && [ $# -gt 0 ] || return 0;
  cd "$path/" || exit 1;
  attributes "$@" || return 0;
  olds=$attributes;
  eval "cd \"\$t$place\"" || exit 1;
  attributes "$@" || return 0;
  news=$attributes;
  for name do
    old=${olds%%"$newline"*} new=${news%%"$newline"*};
    olds=${olds#*"$newline"} news=${news#*"$newline"};
    [ "$old" != "$new" ] || continue;
    [ "$owner" ] || chown "${old#*:}" "$name" 2>/dev/null || :;
    bits=${old%%:*};
    [ "$mode" ] || chmod "${bits#"${bits%???}"}" "$name" || exit 1;
  done;
};

# attributes sets itself to MODE:UID:GID, a line for each file.
attributes() { attributes=$(stat -c %a:%u:%g "$@" 2>/dev/null || stat -f %Lp:%u:%g "$@" 2>/dev/null); };

# commit renames into place what is needed.
commit() {
  i=$id;
  for name do
    shift;
    case $need in *" $i "*) set -- "$@" "$name";; esac;
    i=$((i+1));
  done;
  if [ $# -gt 0 ]; then cd "$from" && owned "$@" && mv -f "$@" "$path/" || exit 1; fi;
};

# settle gives files that are as they are wanted the mode and owner that were asked for.
settle() {
  cd "$path/" || exit 1;
  i=$id;
  for name do
    shift;
    case $need in *" $i "*) ;; *) set -- "$@" "$name";; esac;
    i=$((i+1));
  done;
  [ $# -gt 0 ] || return 0;
  before=$(ls -ldn "$@");
  owned "$@" || exit 1;
  [ -z "$mode" ] || chmod "$mode" "$@" || exit 1;
  [ "$before" = "$(ls -ldn "$@")" ] || changed=y;
};

l() {
  eval "state=\$s$2 path=\$d$2 from=\$t$2 need=\$x$1";
  name=${3#./};
  case $phase$need in
    check)
      eval "x$1=y";
      if [ $state = new ]; then return;
      elif [ -h "$path/$name" ]; then [ "$(readlink "$path/$name" && echo .)" != "$4$newline." ] || eval "x$1=";
      elif [ -d "$path/$name" ]; then refuse "$path/$name" "is a directory, and a link never replaces one"; fi;
      eval "any=$any\$x$1";;
    listy) eval "printf \"link: %s\\n\" \"\$h$2\$name\"";;
    preparey)
      ensure $2;
      eval "ln -s -- \"\$4\" \"\$t$2/\$name\"" || exit 1;;
    commity)
      [ $state = old ] || return 0;
      cd "$from" && owned "$3" && mv -f "$3" "$path/" || exit 1;;
  esac;
};

m() {
  [ $phase = prepare ] || return 0;
  eval "state=\$s$1 to=\$t$1";
  [ $state = old ] || chmod $2 "$to" || exit 1;
};

# unpack takes an archive, which frames of data and "end" follow.
unpack() {
  while heard; do
    case $verb in
      data) take $size $count || exit 1;;
      *) break;;
    esac;
  done | tar -xpo${times}f -;
};

# receive unpacks what was asked for, and goes on only when all of it has come.
receive() {
  unlisten;
  say send;
  cd "$wait" || exit 1;
  phase=place;
  heard;
  case $verb in archive) unpack || refuse tar "could not unpack what was sent: nothing was changed";; esac;
  eval "$plan";
  heard;
  [ "$verb" = commit ] || exit 1;
  listen;
};

tar_found() { command -v tar >/dev/null 2>&1 || refuse tar "not found on this host: nothing was changed"; };

change() {
  tar_found;
  eval "wait=\$d$first/\$stage g$first=\$wait stages=$first";
  message=$(mkdir -m 700 "$wait" "$wait/$first" 2>&1) || refuse "${message%%"$newline"*}" "nothing was changed";
  receive;
  for phase in verify prepare commit; do eval "$plan"; done;
  clean;
};

# compare_only says what would change. What --diff wants is put where temporary files go: the
# target stays as it is, with the times of its directories.
compare_only() {
  case $check in diff)
    command -v diff >/dev/null 2>&1 || refuse diff "not found on this host: leave out --diff";
    tar_found;
    wait=${TMPDIR:-/tmp}/$stage;
    eval "g$first=\$wait stages=$first";
    mkdir -m 700 "$wait" || exit 1;
    receive;;
  esac;
  phase=list;
  eval "$plan";
  clean;
  say differs;
};

changed=;
choose;
phase=check;
eval "$plan";
if [ $any ] && [ $check ]; then compare_only; exit 0; fi;
if [ $any ]; then change; changed=y; fi;
if [ "$mode$owner" ] && [ -z "$check" ]; then phase=settle; eval "$plan"; fi;
unlisten;
trap - 0 HUP INT QUIT TERM PIPE;
if [ $changed ]; then say copied; else say unchanged; fi
