# Files that are placed: the part of copy.sh, in front of it, that takes what comes behind the
# archive. For each file that the host has asked for, in the order of the plan:
#   at BLOCK    an extent begins so many blocks of 64 KiB behind the beginning; frames of data
#               follow, of whole blocks but for the last
#   size SIZE   it ends with a hole
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
  while heard; do
    case $verb in
      at) seek=$size;;
      data) message=$(umask $mask; extent of="$1/$2" 2>&1) || unplaced; seek=$((seek+size*count/65536));;
      size) message=$(umask $mask; dd bs=1 count=0 seek=$size of="$1/$2" </dev/null 2>&1) || unplaced;;
      done) break;;
      *) exit 1;;
    esac;
  done;
  [ $bits = 644 ] || chmod $bits "$1/$2" || exit 1;
  [ -z "$stamp" ] || TZ=UTC0 touch -t $stamp "$1/$2" || exit 1;
};
unplaced() { refuse "${message%%"$newline"*}" "nothing was changed"; };

# extent writes a frame to $1, of=FILE, $seek blocks of 64 KiB behind the beginning, and reads no byte more.
extent() {
  case $clsh_whole:$seek:$size in
    :*) exec dd ibs=1 count=$((size*count)) obs=65536 seek=$seek conv=notrunc "$1";;
    y:0:*|y:*:65536) exec dd bs=$size count=$count seek=$seek conv=notrunc iflag=fullblock "$1";;
    *) exec dd ibs=$size count=$count obs=65536 seek=$seek conv=notrunc iflag=fullblock "$1";;
  esac;
};
