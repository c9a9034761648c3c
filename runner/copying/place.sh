# Files that are placed: the part of copy.sh, in front of it, that takes what comes behind the
# archive. For each file that the host has asked for, in the order of the plan:
#   at SEEK COUNT BLOCK UNIT  an extent: COUNT blocks of BLOCK bytes, SEEK times UNIT bytes behind
#                             the beginning; its bytes follow
#   size SIZE                 it ends with a hole
#   done
h() {
  bits=$1 stamp=$2;
  shift 2;
  case $phase in
    place) eval "need=\$n$1"; [ -z "$need" ] || place "$wait/$2" "$6";;
    *) f "$@";;
  esac;
};

# place writes the file $2 in the directory $1, which comes in extents. Its mode is set at the
# end, unless it is the one of most files.
place() {
  [ -d "$1" ] || mkdir "$1" || exit 1;
  case $bits in 644) mask=022;; *) mask=077;; esac;
  while :; do
    IFS=" " read -r verb seek count block unit || exit 1;
    case $verb in
      at) message=$(umask $mask; extent of="$1/$2" 2>&1) || unplaced;;
      size) message=$(umask $mask; dd bs=1 count=0 seek=$seek of="$1/$2" </dev/null 2>&1) || unplaced;;
      done) break;;
      *) exit 1;;
    esac;
  done;
  [ $bits = 644 ] || chmod $bits "$1/$2" || exit 1;
  [ -z "$stamp" ] || TZ=UTC0 touch -t $stamp "$1/$2" || exit 1;
};
unplaced() { refuse "${message%%"$newline"*}" "nothing was changed"; };

# extent writes $count blocks to $1, of=FILE, $seek units behind the beginning, and reads no byte more.
extent() {
  if [ -z "$clsh_whole" ]; then dd ibs=1 count=$((block*count)) obs=$unit seek=$seek conv=notrunc "$1";
  elif [ $block -eq $unit ]; then dd bs=$block count=$count seek=$seek conv=notrunc iflag=fullblock "$1";
  else dd ibs=$block count=$count obs=$unit seek=$seek conv=notrunc iflag=fullblock "$1"; fi;
};
