# What a stage (agent.sh) begins with. The rules of agent.sh apply.
#
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
listen() { [ $listener ] || { heard & listener=$!; }; };
unlisten() { [ -z "$listener" ] || { kill -KILL $listener; wait $listener; } 2>/dev/null; listener=; };
