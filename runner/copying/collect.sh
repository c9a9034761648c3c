# The host's side of --rcopy: an archive for each path, one behind the other. Joined to
# one line, behind take.sh.
clean() { :; };
pick() {
  path=$1;
  case $path in
    /*) ;;
    "~/"*) path=$HOME${path#"~"};;
    *) path=$home/$path;;
  esac;
  case $phase in
    check) [ -e "$path" ] || refuse "$1" "no such file or directory";;
    send)
      name=./${path##*/} follow=;
      if [ -d "$path" ]; then [ ! -h "$path" ] || name=$name/.; else follow=h; fi;
      cd "${path%/*}/" && { tar -c${follow}f - "$name" 2>&3 3>&-; } 3>&2 2>/dev/null || exit 1;;
  esac;
};
committed;
command -v tar >/dev/null 2>&1 || refuse tar "not found on this host";
for phase in check send; do eval "$plan"; done
