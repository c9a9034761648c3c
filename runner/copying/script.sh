# The host's side of --script: it takes a file, and runs it with the arguments of the
# plan. Joined to one line, behind take.sh.
place=;
clean() { deaf; cd /; [ -z "$place" ] || rm -rf "$place"; };
eval "$plan";
choose;
case $tool in cksum) sum=$crc;; esac;
for dir in "${TMPDIR:-/tmp}" /var/tmp "$HOME"; do
  place=$dir/.clsh.${CLSH_SESSION%.};
  mkdir -m 700 "$place" 2>/dev/null || { place=; continue; };
  file=$place/$name;
  : >"$file" && chmod 700 "$file" && [ -x "$file" ] && break;
  rm -rf "$place";
  place=;
done;
[ "$place" ] || refuse "$name" "there is no directory where it can be put and run: TMPDIR, /tmp, /var/tmp and HOME were tried";
{ take 65536 $blocks; take $rest 1; } >"$file";
committed;
sum_of "$file";
[ "$sums" = "$sum" ] || refuse "$name" "what arrived is not what was sent: it was not run";

# A host that is busy may kill all of this before anything is removed: a process that a stop does not
# see, in a session of its own, does it when the last of us has gone.
exec 3>&1 4>&2 5<&0;
if command -v setsid >/dev/null 2>&1 && mkfifo "$place/.end" 2>/dev/null; then
  (
    trap - 0 HUP INT QUIT TERM PIPE;
    unset CLSH_SESSION;
    setsid sh -c "read -r end; exec rm -rf \"\$1\"" clsh "$place" <"$place/.end" >/dev/null 2>&1 3>&- 4>&- 5<&- &
  );
  exec 6>"$place/.end";
fi;

# It runs beside a process that removes it at once when a stop begins: a shell that
# waits for it would be killed with it. Its status goes through a pipe of their own.
{
  (trap - 0 HUP INT QUIT TERM PIPE; restore; exec "$file" "$@" <&5 >&3 2>&4 3>&- 4>&- 5<&- 6>&-);
  echo $?;
} 2>/dev/null | {
  trap - 0;
  exec 3>&- 4>&- 5<&-;
  trap "hit=y" HUP INT QUIT PIPE;
  trap "hit=y; clean" TERM;
  while :; do
    hit= status=;
    read -r status && break;
    [ $hit ] || break;
  done;
  clean;
  [ ${status:-130} -gt 256 ] && status=$((status-128));
  exit ${status:-130};
}
