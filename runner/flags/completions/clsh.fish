# Completion of clsh and heat for fish. Put it into ~/.config/fish/completions
# (as clsh.fish and as heat.fish), or put this into config.fish:
#   clsh --completion fish | source

function __clsh_complete
    set -l program (string replace -r '^~/' "$HOME/" -- (commandline -cpo)[1])
    set -l line (commandline -cp | string collect)
    # Exit status 1: a file belongs here, which fish completes itself.
    set -g __clsh_candidates ($program --complete described $line 2>/dev/null)
end

for program in clsh heat
    complete -c $program -n __clsh_complete -f -a '$__clsh_candidates'
end
