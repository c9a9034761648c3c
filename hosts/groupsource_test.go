package hosts

import (
	"context"
	"os"
	"strings"
	"testing"
)

// mapall is of ClusterShell 1.10.
func TestMapAll(t *testing.T) {
	sys := testSystem(t, nil)
	sys.ConfigHome, sys.Run = "config", run
	write(t, "config/clustershell/groups.conf", `[Main]
default: both
[both]
mapall: cat $SOURCE.txt; echo >>asked
map: case $GROUP in hidden) echo h1;; web) echo wrong;; esac
list: echo unused
[alone]
mapall: echo "a: a[1-2]"; echo; echo "  b :"; echo "a: a3 a4"; echo b: b1
all: echo everyone
[bad]
mapall: echo "two words: a"
[none]
mapall: exit 4
`)
	write(t, "config/clustershell/both.txt", "web: web[1-2]\ndb:db1\n")
	for list, want := range map[string]string{
		"@web,@db": "web1 web2 db1", "@hidden": "h1", "@*": "web1 web2 db1",
		"@alone:a": "a1 a2 a3 a4", "@alone:b": "b1", "@alone:*": "everyone",
	} {
		if got := strings.Join(names(t, sys, Selection{Hosts: []string{list}}), " "); got != want {
			t.Errorf("%s is %q, want %q", list, got, want)
		}
	}
	if asked, err := os.ReadFile("config/clustershell/asked"); err != nil || len(asked) != 3 {
		t.Errorf("mapall ran %d times for three selections (%v)", len(asked), err)
	}
	for list, want := range map[string]string{
		"@gone":    `unknown group "gone"`,
		"@alone:c": `unknown group "c" in source "alone"`,
		"@bad:x":   `groups.conf: [bad] mapall: "two words: a" is not GROUP: LIST`,
		"@none:x":  "exit status 4",
	} {
		_, _, err := Selection{Hosts: []string{list}}.Resolve(t.Context(), sys)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", list, err, want)
		}
	}
}

// Selections of one process that share their Answers run a command again once its time is over.
func TestCacheTime(t *testing.T) {
	sys := testSystem(t, nil)
	sys.ConfigHome, sys.Answers = "config", &Answers{}
	ran := 0
	sys.Run = func(ctx context.Context, argv []string) ([]byte, error) {
		ran++
		return run(ctx, argv)
	}
	for cacheTime, want := range map[string]int{"": 1, "cache_time: 600": 1, "cache_time: 0": 3, "cache_time: -1": 3, "cache_time = 1e300": 1} {
		write(t, "config/clustershell/groups.conf", "[c]\nmap: echo a\n"+cacheTime+"\n")
		ran, sys.Answers = 0, &Answers{}
		for range 3 {
			names(t, sys, Selection{Groups: []string{"g"}})
		}
		if ran != want {
			t.Errorf("%q: the command ran %d times, want %d", cacheTime, ran, want)
		}
	}
	for text, want := range map[string]string{
		"[c]\nmap: x\ncache_time: long\n": `[c] cache_time: "long" is not a number of seconds`,
		"[c]\nmap: x\ncache_time: nan\n":  "is not a number of seconds",
		"[c]\nall: x\n":                   "[c]: missing the command map or mapall",
	} {
		write(t, "config/clustershell/groups.conf", text)
		if _, _, err := (Selection{Groups: []string{"g"}}).Resolve(t.Context(), sys); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}
