package hosts

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

func TestExpand(t *testing.T) {
	for list, want := range map[string]string{
		"":                                       "",
		" \t":                                    "",
		"node3,node1,node2":                      "node3 node1 node2",
		"b a\tb\nc":                              "b a c",
		"a , b ! a ,c":                           "b c",
		"node[01-03,30]":                         "node01 node02 node03 node30",
		"node[5,1-3,2]":                          "node5 node1 node2 node3",
		"node1,node01,node001":                   "node1 node01 node001",
		"node[1,01,001]":                         "node1 node01 node001",
		"node[8-11]":                             "node8 node9 node10 node11",
		"node[08-11]":                            "node08 node09 node10 node11",
		"node[0-10/5]":                           "node0 node5 node10",
		"node[00-10/4]":                          "node00 node04 node08",
		"node[ 1 - 3 , 7 ]":                      "node1 node2 node3 node7",
		"rack[1-2]node[1-2]":                     "rack1node1 rack1node2 rack2node1 rack2node2",
		"[1-2].lan":                              "1.lan 2.lan",
		"10.0.[0-1].[1-2]":                       "10.0.0.1 10.0.0.2 10.0.1.1 10.0.1.2",
		"n1[2-3]4":                               "n124 n134",
		"n[1-2]05":                               "n105 n205",
		"n[9-10]5":                               "n95 n105",
		"a,b,c,d!b,c&a,d":                        "a d",
		"a^b^a":                                  "b",
		"n[1-5]^n[4-7]":                          "n1 n2 n3 n6 n7",
		"n[1-5]&n[4-7],x":                        "n4 n5 x",
		"a!a,a":                                  "a",
		"::1,[::1]:22,fe80::[1-2]":               "::1 [::1]:22 fe80::1 fe80::2",
		"root@[fe80::1%eth0]:22":                 "root@[fe80::1%eth0]:22",
		"root@n[1-2]:2[2-3]":                     "root@n1:22 root@n1:23 root@n2:22 root@n2:23",
		"bücher.example,日本[1-2]":                 "bücher.example 日本1 日本2",
		"12345678901234567890123,x":              "12345678901234567890123 x",
		"n[99999999999999998-99999999999999999]": "n99999999999999998 n99999999999999999",
	} {
		got, err := Expand(list)
		if names := strings.Join(got.Names(), " "); err != nil || names != want {
			t.Errorf("%q is %q, want %q (%v)", list, names, want, err)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]Host{
		"a":                      {Addr: "a"},
		"a:22":                   {Addr: "a", Port: "22"},
		"u@a":                    {User: "u", Addr: "a"},
		"u@a:022":                {User: "u", Addr: "a", Port: "022"},
		"u@realm@a":              {User: "u@realm", Addr: "a"},
		"::1":                    {Addr: "::1"},
		"[::1]":                  {Addr: "::1"},
		"u@[::1]:22":             {User: "u", Addr: "::1", Port: "22"},
		"u@fe80::1%eth0.1":       {User: "u", Addr: "fe80::1%eth0.1"},
		"[fe80::1%eth0]:22":      {Addr: "fe80::1%eth0", Port: "22"},
		"::ffff:192.0.2.1":       {Addr: "::ffff:192.0.2.1"},
		"_srv.a-b_c.example.com": {Addr: "_srv.a-b_c.example.com"},
	} {
		want.Name = name
		list, err := Expand(name)
		if err != nil || len(list) != 1 || list[0] != want {
			t.Errorf("%q is %+v, want %+v (%v)", name, list, want, err)
		}
	}
}

// TestExpandRefuses checks for each text a part of the message and the column that it points at.
func TestExpandRefuses(t *testing.T) {
	for _, tt := range []struct {
		text, problem string
		column        int
	}{
		{"node[3-1]", "range ends before it begins", 5},
		{"node[01-100]", "padded numbers 01 and 100 differ in length", 5},
		{"node[1-010]", "padded numbers 1 and 010 differ in length", 5},
		{"node[a-c]", `"a" is not a number`, 5},
		{"node[1-c]", `"c" is not a number`, 7},
		{"n[1-3", "not closed", 1},
		{"n1-3]", "closed but not opened", 4},
		{"n[1-3]]", "closed but not opened", 6},
		{"n[1-3][4-5]", "nothing between two brackets", 6},
		{"n[1-3]5[4-5]", "nothing but digits between two brackets", 7},
		{"n[1[2]]", "bracket within brackets", 3},
		{"node[1,2-]", "no number after the dash", 9},
		{"node[1,,2]", "empty range", 7},
		{"node[]", "empty range", 5},
		{"node[1-3/0]", `step "0" is not a positive number`, 9},
		{"node[1-3/x]", `step "x" is not a positive number`, 9},
		{"node[1/2]", "step without a range", 6},
		{"n[0-8/2]5", "digits after the bracket", 2},
		{"n[0-10]5", "mix padded and unpadded numbers", 2},
		{"n1[9-10]", "write the range that you mean", 3},
		{"n[-5]", "negative numbers are not supported", 2},
		{"n[1-2-3]", "more than one dash", 2},
		{"n[123456789012345678]", "more than 17 digits", 2},
		{"a,b,", "nothing after", 3},
		{"a!", "nothing after", 1},
		{",a", "nothing before", 0},
		{"!a", "nothing before", 0},
		{"^hosts", "pdsh's ^FILE is --hostfile FILE", 0},
		{"a,,b", "nothing before", 2},
		{"a ! , b", "nothing before", 4},
		{"n[1-9999999999]", "too many hosts: 9999999999 (at most 1048576)", 2},
		{"n[1-2000]x[1-2000]", "too many hosts: 4000000 (at most 1048576)", 0},
		{"n[0-99999]x[0-99999]y[0-99999]z[0-99999]", "too many hosts to count", 0},
		{"ok,-oProxyCommand=x", "begins with a dash", 3},
		{"-[1-3]", "begins with a dash", 0},
		{"root@-x", "begins with a dash", 5},
		{"-root@x", "begins with a dash", 0},
		{"a/b", "'/' is not allowed", 1},
		{"a$(reboot)", `'$' is special to the shell`, 1},
		{"a;b", `';' is special`, 1},
		{"x,a`b`[1-2]", "'`' is special", 3},
		{"a=b", `'=' is special`, 1},
		{"a~", `'~' is special`, 1},
		{"a#b", `'#' is special`, 1},
		{"node{1..3}", `'{' is special`, 4},
		{"a\x00b", "control character U+0000", 1},
		{"a\x1b[1-3]", "control character U+001B", 1},
		{"a\u00a0b", "white space", 1},
		{"a\u202eb", "control character U+202E", 1},
		{"a\xffb", "invalid UTF-8", 1},
		{"a%b", "'%' is only allowed before the zone", 1},
		{"a:", "missing port after the colon", 2},
		{"a:ssh", "port is not a number", 2},
		{"a:0", "port is not between 1 and 65535", 2},
		{"a:65536", "port is not between 1 and 65535", 2},
		{":22", "missing host", 0},
		{"@", "missing group name", 0},
		{"@web", `unknown group "web"`, 0},
		{"u@", "missing host", 2},
		{"a:b:c", `"a:b:c" is not an IPv6 address`, 0},
		{"[::1", "not closed", 0},
		{"[::1]x", "only a colon and a port", 5},
		{"[1::2::3]", "is not an IPv6 address", 1},
		{"a[::1]", "brackets hold numbers or a whole IPv6 address", 1},
		{"web[01:50]", "brackets hold numbers or a whole IPv6 address", 3},
		{"fe80::1%e/0", "letters, digits", 9},
		{"a:b@c", "colon in the user name", 1},
		{"*", "pattern matches every host", 0},
		{"a,?*", "pattern matches every host", 2},
		{"w*", "no known names", 0},
		{"x,n[1-3]:6553[5-6]", "n1:65536: port is not between", 2},
		{strings.Repeat("a", 256), "name of 256 bytes", 0},
		{strings.Repeat("a", 254) + "[1-10]", "name of 256 bytes", 0},
	} {
		list, err := Expand(tt.text)
		refusal, ok := errors.AsType[*syntaxError](err)
		if !ok {
			t.Errorf("%q: hosts %.200q and error %v, want a *syntaxError", tt.text, list.Names(), err)
			continue
		}
		if !strings.Contains(refusal.problem+"\n"+refusal.hint, tt.problem) || refusal.offset != tt.column {
			t.Errorf("%q: column %d: %s; want column %d and %q", tt.text, refusal.offset, refusal.problem, tt.column, tt.problem)
		}
	}
}

func TestSyntaxErrorShowsTheText(t *testing.T) {
	for _, tt := range []struct {
		err  syntaxError
		want string
	}{
		{syntaxError{"-h", "a,b[3-1]", offsetError{4, "it is wrong", ""}}, "-h: it is wrong\n  a,b[3-1]\n      ^"},
		{syntaxError{"f:3", "é\x1b\xffx", offsetError{4, "p", ""}}, "f:3: p\n  é\\x1b\\xffx\n           ^"},
		{syntaxError{"", strings.Repeat("a", 90) + "!" + strings.Repeat("b", 90), offsetError{90, "p", ""}},
			"p\n  ..." + strings.Repeat("a", 36) + "!" + strings.Repeat("b", 35) + "...\n  " + strings.Repeat(" ", 39) + "^"},
		{syntaxError{"x", "", offsetError{0, "p", ""}}, "x: p"},
		{syntaxError{"x", "ab", offsetError{2, "p", ""}}, "x: p\n  ab\n    ^"},
		{syntaxError{"x", "ab", offsetError{0, "p", "h\x1b"}}, "x: p\n  ab\n  ^\nhint: h\\x1b"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%+v says\n%s\nwant\n%s", tt.err, got, tt.want)
		}
	}
}

// TestHostileTexts expands 64 KB of the texts that cost most for their length. The allocated memory
// must be in proportion to the text and to the number of names, which is limited.
func TestHostileTexts(t *testing.T) {
	for _, tt := range []struct {
		before, piece, after string
		// worked is how many names the text expands to, repeats included, where that is not in
		// proportion to its length.
		worked uint64
	}{
		{piece: "["}, {piece: "]"}, {piece: "[]"}, {piece: "a["}, {piece: ","}, {piece: "a,"}, {piece: "a "}, {piece: "@"}, {piece: "@a,"},
		{piece: "a!"}, {piece: "a^a1,"}, {piece: "1"}, {piece: "a1"}, {piece: "*"}, {piece: "a*?"}, {piece: "%"}, {piece: ":"}, {piece: "é"}, {piece: "\xff"},
		{piece: "n[1,1-9]x[1-9],", after: "a"}, {before: "n[", piece: "1,", after: "1]"}, {before: "n[", piece: "0", after: "1]"},
		{piece: "a[1-2]"}, {piece: "a[1-1000]"}, {piece: "x", after: "[1-1000000]"}, {piece: "n[1-9999999999],"},
		{before: "n[", piece: "1-1000000,", after: "1]", worked: maxWork},
		{before: "n1[", piece: "1-1000000,", after: "1]", worked: maxWork},
		{piece: "n[1-1000000],", after: "a", worked: maxWork},
		{before: "n[1-100000]", piece: "!n1", worked: 200000},
		{before: "n[1-100000]", piece: "&n[1-9]", worked: 200000},
	} {
		whole := hostile(t, tt.before+strings.Repeat(tt.piece, 64<<10/len(tt.piece))+tt.after)
		if limit := 1000<<16 + 500*tt.worked; whole > limit {
			t.Errorf("%q: %d bytes allocated for 64 KB", tt.before+tt.piece, whole)
		}
		if tt.worked > 0 {
			continue
		}
		half := hostile(t, tt.before+strings.Repeat(tt.piece, 32<<10/len(tt.piece))+tt.after)
		if limit := 3*half + 1<<20; whole > limit {
			t.Errorf("%q: %d bytes allocated for 64 KB, %d for 32 KB", tt.before+tt.piece, whole, half)
		}
	}
}

// hostile expands and folds text and returns how many bytes that allocated.
func hostile(t *testing.T, text string) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	list, err := Expand(text)
	took := time.Since(start)
	if err == nil {
		_ = Fold(list.Names())
	}
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	t.Logf("%6d bytes %-34q %8.1f ms, %7d KiB in all, %7d hosts, refused: %v", len(text), text[:30], took.Seconds()*1e3, allocated>>10, len(list), err != nil)
	if took > time.Minute {
		t.Errorf("%.30q took %v", text, took)
	}
	return allocated
}

func TestHugeRangeIsRefusedAtOnce(t *testing.T) {
	start := time.Now()
	allocated := testing.AllocsPerRun(10, func() {
		if _, err := Expand("n[1-9999999999]"); err == nil {
			t.Error("n[1-9999999999] was taken")
		}
	})
	if allocated > 50 {
		t.Errorf("%v allocations", allocated)
	}
	t.Logf("refused in %v", time.Since(start)/11)
	all := 100_000
	if sshtest.Full() {
		all = maxHosts
		if list, err := Expand("n[1-1048576],x"); err == nil {
			t.Errorf("2^20 and one host: %d", len(list))
		}
	}
	if list, err := Expand(fmt.Sprintf("n[1-%d]!n[2-%[1]d]", all)); err != nil || len(list) != 1 {
		t.Errorf("all but one taken out: %d, %v", len(list), err)
	}
}
