#!/bin/sh
# Stands for kubectl; Site.Pods describes it.
case "$1 $2 $4" in
  "exec -i --") pod=$3; shift 4;;
  *) echo "error: unknown command" >&2; exit 1;;
esac
case $pod in
  pod*) ;;
  noshell)
    echo "error: Internal error occurred: unable to start container process: exec: \"$1\": executable file not found in \$PATH" >&2
    echo "command terminated with exit code 126" >&2
    exit 1;;
  *) echo "Error from server (NotFound): pods \"$pod\" not found" >&2; exit 1;;
esac
dir=$(mktemp -d) || exit 1
mkfifo "$dir/in" "$dir/out" "$dir/err" || exit 1
exec 3<&0
# What a shell puts into the background ignores SIGINT; what a runtime starts does not.
POD=$pod env --default-signal=INT,QUIT setsid "$@" <"$dir/in" >"$dir/out" 2>"$dir/err" 3<&- &
served=$!
cat <&3 >"$dir/in" &
cat <"$dir/out" &
out=$!
cat <"$dir/err" >&2 &
err=$!
wait $served
status=$?
rm -r "$dir"
wait $out $err
[ $status -eq 0 ] || echo "command terminated with exit code $status" >&2
exit $status
