#!/usr/bin/env bash
# What scripts/package and scripts/release share. To be sourced.

# version_of [VERSION] prints VERSION without its v: by default that of the last tag, or the
# newest of the changelog where there is no tag, with the commit unless it is the tag's own.
version_of() {
	local version=${1-}
	if [[ -z $version ]]; then
		if version=$(git describe --tags --match 'v*' 2>/dev/null); then
			version=$(sed -E 's/-([0-9]+)-g([0-9a-f]+)$/+\1.g\2/' <<<"$version")
		else
			version=$(sed -n 's/^const release = "\(.*\)"$/\1/p' version.go)+$(git log -1 --format=%cd.g%h --date=format:%Y%m%d)
		fi
	fi
	echo "${version#v}"
}

# source_time prints the time that files get, in seconds: SOURCE_DATE_EPOCH, else the commit's.
source_time() { echo "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"; }

# build VERSION FILE builds clsh, static, for what GOOS and GOARCH name. What Go itself notes of
# the clone (its state, its tags) would make other bytes of the same source.
build() {
	local commit
	commit=$(git rev-parse --short=12 HEAD)
	[[ -z $(git status --porcelain) ]] || commit+=", modified"
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X 'main.version=$1 (commit $commit)'" -o "$2" .
}

# licences prints those of the modules in the binary, and of Go.
licences() {
	local module dir file
	# shellcheck disable=SC2016 # for go list
	{
		echo "std $(go env GOROOT)"
		go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}} {{.Dir}}{{end}}{{end}}' . | LC_ALL=C sort -u
	} | while read -r module dir; do
		for file in "$dir"/LICEN[CS]E* "$dir"/COPYING* "$dir"/NOTICE*; do
			[[ ! -f $file ]] || printf -- '---- %s: %s\n\n%s\n\n' "$module" "${file##*/}" "$(cat "$file")"
		done
	done
}

# lay_out DIR ZSH puts what belongs below /usr or /usr/local into DIR, but for the binary and the
# units. ZSH is where zsh looks for completions.
lay_out() {
	local doc=$1/share/doc/clsh page
	install -d "$1/bin"
	ln -s clsh "$1/bin/heat"
	for page in packaging/man/*; do install -Dm644 -t "$1/share/man/man${page##*.}" "$page"; done
	install -Dm644 runner/flags/completions/clsh.bash "$1/share/bash-completion/completions/clsh"
	ln -s clsh "$1/share/bash-completion/completions/heat"
	install -Dm644 -t "$1/$2" runner/flags/completions/_{clsh,heat}
	install -Dm644 -t "$1/share/fish/vendor_completions.d" runner/flags/completions/{clsh,heat}.fish
	# All that these pages link to is there, where the links look for it (TestDocsInstalled).
	install -Dm644 -t "$doc" README.md README.ko.md SECURITY.md CONTRIBUTING.md CHANGELOG.md LICENSE
	for page in docs/*.{md,svg}; do install -Dm644 -t "$doc/docs" "$page"; done
	install -Dm644 -t "$doc/hosts" hosts/README.md
	install -Dm644 -t "$doc/packaging/ci" packaging/ci/*.yml
	install -Dm644 -t "$doc/packaging/groups.conf.d" packaging/groups.conf.d/*
	licences >"$doc/LICENSES-OF-MODULES"
	chmod 644 "$doc/LICENSES-OF-MODULES"
}

# notes VERSION prints the changelog's section about VERSION; of a version that has none, that
# of the changes not released yet.
notes() {
	local title=$1
	if ! grep -qF "## $title - " CHANGELOG.md; then
		if [[ $title =~ ^[0-9.]+$ ]]; then
			echo "CHANGELOG.md has no section for $title" >&2
			return 1
		fi
		title=Unreleased
	fi
	awk -v title="$title" '/^## / { on = ($2 == title); next } on' CHANGELOG.md | sed -e '/./,$!d'
}

# debian_changelog VERSION MAINTAINER prints the changelog in Debian's form (deb-changelog(5)).
# A VERSION that has no section gets an entry of its own, with the changes not released yet.
debian_changelog() {
	local version=$1 maintainer=$2 line item='' lines=0 date='' skip=''
	flush() {
		[[ -z $item ]] || fold -s -w 74 <<<"$item" | sed -e '1s/^/  * /' -e '2,$s/^/    /' -e 's/ *$//'
		item=
	}
	finish() {
		flush
		[[ -z $date ]] || printf '\n -- %s  %s\n\n' "$maintainer" "$date"
	}
	# entry VERSION DATE begins an entry.
	entry() {
		finish
		printf 'clsh (%s) unstable; urgency=medium\n\n' "$1"
		date=$(LC_ALL=C date -u -R -d "$2") lines=0 skip=
	}
	if ! grep -qF "## $version - " CHANGELOG.md; then
		entry "$version" "@$(source_time)"
		item="A build between releases." lines=1
	fi
	while IFS= read -r line; do
		case $line in
		"## Unreleased") [[ -n $date ]] || skip=1 ;;
		"## "*)
			line=${line#\#\# }
			entry "${line% - *}" "${line##* - }"
			;;
		"### "*)
			flush
			if [[ -z $skip ]]; then
				((!lines)) || echo
				echo "  [ ${line#\#\#\# } ]"
				lines=1
			fi
			;;
		"- "*)
			flush
			[[ -n $skip ]] || item=${line#- } lines=1
			;;
		"  "*) [[ -n $skip ]] || item+=" ${line#  }" ;;
		"#"* | "") ;;
		*) # a paragraph
			if [[ -n $date && -z $skip ]]; then
				flush
				item=$line lines=1
			fi
			;;
		esac
	done <CHANGELOG.md
	finish
}
