# What a client other than ssh runs: its arguments, in a session of their own, where setsid(1) is
# there. This shell stands for sshd: it may be killed together with the client, and the script
# sees the end of its input then. agent.sh has the rules for this text.
#
# What a shell without job control puts into the background ignores SIGINT; so setsid is in a
# pipeline. It leads no group there, for which it would have to fork. The last word keeps the shell
# from becoming setsid.
if command -v setsid >/dev/null 2>&1; then
  exec 3<&0 0<&-;
  : | setsid "$@" <&3 3<&-;
  exit $?;
else
  exec "$@";
fi
