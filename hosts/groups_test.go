package hosts

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// run runs a command of a group source.
func run(ctx context.Context, argv []string) ([]byte, error) {
	return exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
}

// names returns the names that a selection resolves to.
func names(t *testing.T, sys System, sel Selection) []string {
	t.Helper()
	list, _, err := sel.Resolve(t.Context(), sys)
	if err != nil {
		t.Fatalf("%+v: %v", sel, err)
	}
	return list.Names()
}

// clusterFiles returns the files of a ClusterShell configuration with every kind of source.
func clusterFiles() map[string]string {
	return map[string]string{
		"groups.conf": `# sources of every kind
[DEFAULT]
note = for all
[Main]
default: roles
confdir: /nowhere "$CFGDIR/parts dir"
autodir = $CFGDIR/groups.d '$CFGDIR/other dir' $CFGDIR/groups.d

[cmd]
map: f=$CFGDIR/cmd.txt

   # a comment within a value
   sed -n 's/^$GROUP:\(.*\)/\1/p' $f
all: sed -n 's/^[a-z]*:\(.*\)/\1/p' ${CFGDIR}/cmd.txt
list: sed -n 's/^\([a-z0-9]*\):.*/\1/p' cmd.txt
Reverse: echo $NODE $$
cache_time: 1.5
`,
		"cmd.txt":              "web: web[1-3]\ndb: db[01-03] web2\nnone:\n",
		"parts dir/one.conf":   "[one,uno]\nmap: echo \"$SOURCE-$GROUP[1-2]\"; echo '$HOMELESS' | tr -cd a-z\nlist: echo a b[1-2]\n",
		"parts dir/.hid.conf":  "[hidden]\nmap: echo x\n",
		"parts dir/x.conf.txt": "[text]\nmap: echo x\n",
		"other dir/more.yaml":  "more:\n  a: &a 'm[1-3]'\n  b: *a\n  c: [*a, 'm[5-6]']\n  d: \"m1 m2\\n m3\"\n",
		"groups.d/cluster.yaml": `
roles:
    adm: 'example0'
    io: '@racks:rack2,example2'
    compute: '@racks:rack[3-4]'
    gpu: '@racks:rack4'
    all: '@io,@compute'
racks:
    rack1: 'example[0,2]'
    rack2: 'example[4-5]'
    rack3: 'example[32-159]'
    rack4: 'example[156-159]'
    old: '@rack[1,3]'
    new: '@rack[2,4]'
    rack5:
        - 'example[200-205]'  # some comment
        - 'example245'
        - 'example300,example[401-406]'
cpu:
    ivy: 'example[32-63]'
    hsw: '@roles:compute!@ivy'
`,
	}
}

func TestGroupsAgreeWithClusterShell(t *testing.T) {
	cfg, home := t.TempDir(), t.TempDir()
	for path, text := range clusterFiles() {
		write(t, filepath.Join(cfg, path), text)
	}
	o := startOracle(t, "CLUSTERSHELL_CFGDIR="+cfg, "HOME="+home, "XDG_CONFIG_HOME="+home)
	sys := testSystem(t, nil)
	sys.Etc = "/etc"
	sys.Getenv = func(name string) string { return map[string]string{"CLUSTERSHELL_CFGDIR": cfg}[name] }
	sys.Run = run
	for _, list := range []string{
		"@adm", "@io", "@compute", "@gpu", "@all", "@*", "@roles:*", "@roles:all",
		"@racks:rack1", "@racks:rack5", "@racks:old", "@racks:new", "@racks:*", "@racks:rack[1-2,5]",
		"@cpu:hsw", "@cpu:ivy", "@cpu:*", "@more:a", "@more:b", "@more:c", "@more:d",
		"@cmd:web", "@cmd:db", "@cmd:*", "@cmd:web!@cmd:db", "@one:x", "@uno:x", "@uno:*",
		"@compute!@gpu", "@io&@racks:rack2", "@io^@adm", "x[1-3],@io", "@roles:io,@cpu:hsw!example[64-100]",
	} {
		theirs := o.ask(map[string]any{"group": list})
		if theirs.Error != "" || len(theirs.Names) == 0 {
			t.Errorf("%s: nodeset returns %+v, nothing to compare", list, theirs)
			continue
		}
		ours := names(t, sys, Selection{Hosts: []string{list}})
		slices.Sort(ours)
		slices.Sort(theirs.Names)
		if !slices.Equal(ours, theirs.Names) {
			t.Errorf("%s: clsh returns %q, nodeset %q", list, ours, theirs.Names)
		}
	}
}

func TestDshGroupsAgreeWithClusterShell(t *testing.T) {
	cfg := t.TempDir()
	o := startOracle(t, "CLUSTERSHELL_CFGDIR="+cfg, "HOME="+cfg, "XDG_CONFIG_HOME="+cfg)
	sys := testSystem(t, nil)
	write(t, filepath.Join(cfg, "groups.conf"), "[Main]\ndefault: dsh\n[dsh]\nmap: cat $CFGDIR/home/.dsh/group/$GROUP 2>/dev/null || cat $CFGDIR/etc/dsh/group/$GROUP\n")
	write(t, filepath.Join(cfg, "home/.dsh/group/web"), "web1\nweb[2-4]\n")
	write(t, filepath.Join(cfg, "etc/dsh/group/web"), "hidden\n")
	write(t, filepath.Join(cfg, "etc/dsh/group/db"), "db1\nroot@db2\n")
	sys.Home, sys.Etc = filepath.Join(cfg, "home"), filepath.Join(cfg, "etc")
	for _, list := range []string{"@web", "@db", "@web,@db!web3"} {
		theirs := o.ask(map[string]any{"group": list})
		ours := names(t, sys, Selection{Hosts: []string{list}})
		slices.Sort(ours)
		slices.Sort(theirs.Names)
		if len(ours) == 0 || !slices.Equal(ours, theirs.Names) {
			t.Errorf("%s: clsh returns %q, nodeset %q (%s)", list, ours, theirs.Names, theirs.Error)
		}
	}
}

// sections is a host file with groups.
const sections = `bastion
[web]
web[1-3]
[db]
db1,db2   # two
web3
[both]
@web,@db
`

func TestGroups(t *testing.T) {
	yaml := "here:\n  web: 'yaml[1-2]'\n  only: 'o[1-2]'\n  twice: a\nthere:\n  twice: b\n  far: f\n"
	tests := []struct {
		name  string
		sel   Selection
		env   map[string]string
		files map[string]string // config/ and home/ are the directories of the System
		want  string
		notes string
		fails string // part of the error
	}{
		{name: "sections belong to the file", sel: Selection{Hostfiles: []string{"f"}}, files: map[string]string{"f": "a\n[x]\nb\n[y]\nc\n[x]\nd\n"}, want: "a b c d"},
		{name: "-h takes only groups from the file", sel: Selection{Hosts: []string{"h,@x"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": "a\n[x]\nb\n[y]\nc\n[x]\nd\n"}, want: "h b d"},
		{name: "-g", sel: Selection{Groups: []string{"web,db"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": sections}, want: "web1 web2 web3 db1 db2"},
		{name: "-g with operators", sel: Selection{Groups: []string{"web!db"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": sections}, want: "web1 web2"},
		{name: "-a", sel: Selection{All: true, Hostfiles: []string{"f", "g"}}, files: map[string]string{"f": "a\n[web]\nb\n", "g": "c\n"}, want: "a b c"},
		{name: "a section called all", sel: Selection{All: true, Hostfiles: []string{"f"}}, files: map[string]string{"f": "a\n[all]\nb\n"}, want: "b"},
		{name: "@* is the file", sel: Selection{Hosts: []string{"@*!@web"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": "a\n[web]\nb\n"}, want: "a"},
		{name: "operators", sel: Selection{Hosts: []string{"@web!@db"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": sections}, want: "web1 web2"},
		{name: "groups in groups", sel: Selection{Hosts: []string{"@both"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": sections}, want: "web1 web2 web3 db1 db2"},
		{name: "a group of several files", sel: Selection{Hosts: []string{"@x"}, Hostfiles: []string{"f", "g"}}, files: map[string]string{"f": "[x]\na\n", "g": "[x]\nb\n"}, want: "a b"},
		{name: "a folded group", sel: Selection{Hosts: []string{"@r[1-2]"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": "[r1]\na\n[r2]\nb\n[r3]\nc\n"}, want: "a b"},
		{name: "-x with a group", sel: Selection{Hostfiles: []string{"f"}, Exclude: []string{"@web"}}, files: map[string]string{"f": "a\n[web]\nb\n"}, want: "a"},
		{name: "the default file gives groups", sel: Selection{Hosts: []string{"@web"}}, files: map[string]string{".hostfile": sections}, want: "web1 web2 web3", notes: "Note: use hostfile '.hostfile' (default)"},
		{name: "CLSH_HOSTFILE gives groups", sel: Selection{All: true}, env: map[string]string{"CLSH_HOSTFILE": "f"}, files: map[string]string{"f": "a\n", ".hostfile": "b\n"}, want: "a", notes: "Note: use hostfile 'f' (CLSH_HOSTFILE env)"},
		{name: "no note without use", sel: Selection{Hosts: []string{"a"}}, files: map[string]string{".hostfile": "b\n"}, want: "a"},
		{name: "sections before sources", sel: Selection{Hosts: []string{"@web"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": "[web]\na\n", "config/clustershell/groups.d/x.yaml": yaml}, want: "a"},
		{name: "sources before dsh", sel: Selection{Hosts: []string{"@web"}}, files: map[string]string{"config/clustershell/groups.d/x.yaml": yaml, "home/.dsh/group/web": "b\n"}, want: "yaml1 yaml2"},
		{name: "groups.yaml", sel: Selection{Hosts: []string{"@only"}}, files: map[string]string{"config/clustershell/groups.yaml": yaml}, want: "o1 o2"},
		{name: "a group of one other source", sel: Selection{Hosts: []string{"@far"}}, files: map[string]string{"config/clustershell/groups.yaml": yaml}, want: "f"},
		{name: "a group of two other sources", sel: Selection{Hosts: []string{"@b"}}, files: map[string]string{"config/clustershell/groups.yaml": "x: {a: a}\ny: {b: b}\nz: {b: b}\n"}, fails: "group \"b\" is in several sources: y, z\n  @b\n  ^\nhint: name the source, as in @y:b"},
		{name: "dsh", sel: Selection{Groups: []string{"lab"}}, files: map[string]string{"home/.dsh/group/lab": "# all\na\nb\n"}, want: "a b"},
		{name: "an unknown group", sel: Selection{Hosts: []string{"a,@wbe"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": sections}, fails: "-h: unknown group \"wbe\"\n  a,@wbe\n    ^\nhint: the nearest group is @web; known groups: @web, @db, @both"},
		{name: "an unknown source", sel: Selection{Hosts: []string{"@nope:x"}}, files: map[string]string{"config/clustershell/groups.yaml": yaml}, fails: "unknown group source \"nope\"\n  @nope:x\n  ^\nhint: known sources: here, there"},
		{name: "an unknown group of a source", sel: Selection{Hosts: []string{"@here:x"}}, files: map[string]string{"config/clustershell/groups.yaml": yaml}, fails: "unknown group \"x\" in source \"here\""},
		{name: "a cycle", sel: Selection{Hosts: []string{"@a"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": "[a]\nx,@b\n[b]\n@c\n[c]\n@a\n"}, fails: "f:6: cycle of groups: @a > @b > @c > @a"},
		{name: "a cycle through all", sel: Selection{Hostfiles: []string{"f"}}, files: map[string]string{"f": "a\n[web]\n@all\n"}, fails: "cycle of groups"},
		{name: "a group of itself in YAML", sel: Selection{Hosts: []string{"@s:a"}}, files: map[string]string{"config/clustershell/groups.yaml": "s:\n  a: '@a'\n"}, fails: "cycle of groups: @s:a > @s:a"},
		{name: "commands are disabled", sel: Selection{Hosts: []string{"@c:a"}}, files: map[string]string{"config/clustershell/groups.conf": "[c]\nmap: echo a\n"}, fails: "cannot be run here"},
		{name: "a group name with shell characters", sel: Selection{Hosts: []string{"@$(reboot)"}}, fails: "special to the shell"},
		{name: "a group name that is a path", sel: Selection{Hosts: []string{"@../x"}}, fails: "group name begins with '.'"},
		{name: "invalid YAML", sel: Selection{Hosts: []string{"@a"}}, files: map[string]string{"config/clustershell/groups.yaml": "a: [b\n"}, fails: "groups.yaml: yaml: line"},
		{name: "a number in YAML", sel: Selection{Hosts: []string{"@a"}}, files: map[string]string{"config/clustershell/groups.yaml": "s:\n  a: 12\n"}, fails: "groups.yaml:2: group is neither text nor a list of texts\nhint: quote numbers"},
		{name: "a source twice", sel: Selection{Hosts: []string{"@a"}}, files: map[string]string{"config/clustershell/groups.d/a.yaml": "s: {a: b}\n", "config/clustershell/groups.d/b.yaml": "s: {a: c}\n"}, fails: `group source "s": defined in both`},
		{name: "an unknown default source", sel: Selection{Hosts: []string{"@a"}}, files: map[string]string{"config/clustershell/groups.conf": "[Main]\ndefault: x\n"}, fails: `unknown group source "x"`},
		{name: "a bad name in YAML", sel: Selection{Hosts: []string{"@a"}}, files: map[string]string{"config/clustershell/groups.yaml": "s:\n  a: 'n[3-1]'\n"}, fails: "range ends before it begins\n  n[3-1]\n    ^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := testSystem(t, tt.env)
			sys.Home, sys.ConfigHome = "home", "config"
			for path, text := range tt.files {
				write(t, path, text)
			}
			list, notes, err := tt.sel.Resolve(t.Context(), sys)
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("hosts %q, error %v; want an error with %q", list.Names(), err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(list.Names(), " "); got != tt.want {
				t.Errorf("hosts %q, want %q", got, tt.want)
			}
			if got := strings.Join(notes, "\n"); got != tt.notes {
				t.Errorf("notes %q, want %q", got, tt.notes)
			}
		})
	}
}

func TestGroupCommands(t *testing.T) {
	sys := testSystem(t, nil)
	sys.ConfigHome, sys.Run = "config", run
	write(t, "config/clustershell/groups.conf", `[c]
map: case $GROUP in a) echo 'a[1-2]';; empty) ;; broken) exit 3;; esac
list: echo a empty
[nolist]
map: true
`)
	if got := names(t, sys, Selection{Groups: []string{"a"}}); !slices.Equal(got, []string{"a1", "a2"}) {
		t.Errorf("@a is %q", got)
	}
	for list, want := range map[string]string{
		"@empty":    "no hosts left",
		"@gone":     `unknown group "gone"`,
		"@broken":   "exit status 3",
		"@nolist:x": `unknown group "x" in source "nolist"`,
	} {
		_, _, err := Selection{Hosts: []string{list}}.Resolve(t.Context(), sys)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", list, err, want)
		}
	}
}

func TestINI(t *testing.T) {
	c := newINI()
	err := c.read("a", "; c\n[DEFAULT]\nd=1\n[A]\nKey : v = w\n  more\n\n  and more\n\n[B]\nx = y\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.read("b", "[B]\nx: z%%\n"); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, key := range []string{"A key", "A d", "B x"} {
		section, key, _ := strings.Cut(key, " ")
		got[section+" "+key], _ = c.get(section, key)
	}
	want := map[string]string{"A key": "v = w\nmore\n\nand more", "A d": "1", "B x": "z%%"}
	if !maps.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	for text, want := range map[string]string{
		"x = y":            "f:1: line before the first [section]",
		"[A]\nx\n":         "f:2: neither a [section] nor KEY = VALUE",
		"[A]\nx=1\nX: 2\n": `f:3: duplicate key "x" in [A]`,
		"[A]\n[A]\n":       "f:2: duplicate section [A]",
	} {
		if err := newINI().read("f", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

func TestTrusted(t *testing.T) {
	t.Chdir(t.TempDir())
	uid := os.Getuid()
	write(t, "ok", "")
	write(t, "open", "")
	if err := os.Chmod("open", 0o664); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("dir", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("ok", "link"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"ok": "", "link": "", "open": "others may write it (mode 0664)", "dir": "not a regular file", "gone": "no such file"} {
		err := Trusted(path, uid)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
	if uid == 0 {
		for path, owner := range map[string]int{"ok": 12345, "link": 12345} {
			if err := os.Lchown(path, owner, owner); err != nil {
				t.Fatal(err)
			}
			if err := Trusted(path, uid); err == nil || !strings.Contains(err.Error(), "another user (uid 12345)") {
				t.Errorf("%s of another user: error %v", path, err)
			}
			if err := Trusted(path, owner); path == "ok" && err != nil {
				t.Errorf("%s to its owner: %v", path, err)
			}
		}
	}
}

func TestImplicitFileThatOthersMayWrite(t *testing.T) {
	sys := testSystem(t, nil)
	write(t, ".hostfile", "[web]\na\n")
	if err := os.Chmod(".hostfile", 0o646); err != nil {
		t.Fatal(err)
	}
	if _, _, err := (Selection{}).Resolve(t.Context(), sys); err == nil || !strings.Contains(err.Error(), "\nhint: run chmod go-w .hostfile, or pass --hostfile .hostfile") {
		t.Errorf("error %v", err)
	}
	_, notes, err := Selection{Hosts: []string{"@web"}}.Resolve(t.Context(), sys)
	if err == nil || len(notes) != 1 || !strings.Contains(notes[0], "others may write it") {
		t.Errorf("as a source of groups: notes %q, error %v", notes, err)
	}
	if got := names(t, sys, Selection{Hostfiles: []string{".hostfile"}}); !slices.Equal(got, []string{"a"}) {
		t.Errorf("named: %q", got)
	}
}
