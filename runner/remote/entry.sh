# How a login shell comes to run the script that follows as `exec sh -c SCRIPT
# clsh …`. A small POSIX shell (dash, busybox, that of the BSDs) runs the script
# itself: sh would be the same program once more, and starting that is an
# eighth of all that a host has to do for a short command. It is told from the
# others by what they do not do alike: it expands an alias without being
# interactive. bash does not; zsh, ksh, yash, and bash as sh do, and have a
# variable that says who they are; for fish this line is an error, for csh a
# question, and the answer goes to /dev/null (csh reads 2 as a word).
alias exec='eval "clsh() { unalias exec 2>/dev/null; case \${BASH_VERSION-}\${ZSH_VERSION-}\${KSH_VERSION-}\${YASH_VERSION-} in ?*) exec \"\$@\";; esac; shift 2; clsh=\$1; shift 2; eval \"\$clsh\"; }"; clsh ' clsh_=: clsh_=: 2>/dev/null
