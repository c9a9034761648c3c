# A stage is a script of ours that reads the connection itself, with the functions below. The
# agent's own shell runs it, without a profile. The command follows if the stage exits with 0 and its
# request arrives; a stop may arrive instead. The rules of agent.sh apply.
stage() {
  watch;
  mark begin;
  (eval "$command") <&5 >&3 2>&4 4>&-;
  status=$?;
  relieve;
  follows=;
  case $stopped$status$input in
    0stage-*)
      IFS=" " read -r coding command <&5 || exit 0;
      case $coding in b|p) follows=y input=${input#stage-}; decode; mark again;; esac;;
  esac;
};

# heard reads a line of the input. It acts on a stop and on the end of the input as a relay does: it
# signals the watcher, and holds until that has ended the stage.
heard() {
  IFS=" " read -r verb size count <&5 || { verb=stop; size=TERM; };
  [ "$verb" = stop ] || return 0;
  trapped;
  read -r self rest </proc/self/stat || self=$(exec sh -c "echo \$PPID");
  signal=$size;
  set -- $watcher $self;
  eval "$alarm";
};
# While a stage is busy and expects no line, its listener calls heard: only a stop can arrive.
listener=;
listen() { [ $listener ] || { heard & listener=$! ; }; };
unlisten() { [ -z "$listener" ] || { kill -KILL $listener; wait $listener; } 2>/dev/null; listener=; };
