# shellcheck shell=bash
# Completion of clsh and heat for bash 3.2 and later. Put it into bash-completion's
# directory (as clsh and as heat), or put this into ~/.bashrc:
#   eval "$(clsh --completion bash)"

_clsh() {
	local line=${COMP_LINE:0:COMP_POINT} program=${1/#'~/'/$HOME/} candidates candidate have
	# Exit status 1: a file belongs here, which readline completes itself.
	candidates=$("$program" --complete "$line" 2>/dev/null) || return 0
	compopt +o bashdefault +o default 2>/dev/null
	# Candidates are whole words; readline replaces only what follows the last
	# of COMP_WORDBREAKS (@ : =) or the quote, which is $2.
	have=${line##*[[:space:]]}
	have=${have%"$2"}
	while IFS= read -r candidate; do
		candidate=${candidate##*[[:space:]]}
		[[ -z $candidate ]] || COMPREPLY+=("${candidate#"$have"}")
	done <<<"$candidates"
}

complete -o bashdefault -o default -F _clsh clsh heat
