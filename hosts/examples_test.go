package hosts

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// examples is where the examples of group sources are.
const examples = "../packaging/groups.conf.d"

// example is how an example is tried: with a program of the tool's name that has an answer for each
// of its calls.
type example struct {
	tool    string
	answers map[string]string // by the arguments: a file of testdata/examples, or after ! the text itself
	hosts   map[string]string // by LIST
	groups  string            // all names
}

func exampleSources() map[string]example {
	return map[string]example{
		"ansible": {
			tool: "ansible-inventory", answers: map[string]string{"--list": "ansible.json"},
			hosts:  map[string]string{"web": "web1 web2", "site": "web1 web2 db1", "ungrouped": "mail1", "*": "mail1 web1 web2 db1"},
			groups: "all db site ungrouped web",
		},
		"terraform": {
			tool: "terraform", answers: map[string]string{"-chdir=. output -json hosts": "terraform.json"},
			hosts:  map[string]string{"web": "10.0.1.11 10.0.1.12", "*": "10.0.1.11 10.0.1.12 10.0.2.21"},
			groups: "db spare web",
		},
		"aws": {
			tool: "aws", answers: map[string]string{"ec2 describe-instances --output json --filters Name=instance-state-name,Values=running": "aws.json"},
			hosts:  map[string]string{"web": "10.1.0.11 10.1.0.12", "db": "10.1.0.13", "*": "10.1.0.11 10.1.0.12 10.1.0.13 10.1.0.14"},
			groups: "db web",
		},
		"gcloud": {
			tool: "gcloud", answers: map[string]string{"compute instances list --filter=status=RUNNING --format=json": "gcloud.json"},
			hosts:  map[string]string{"web": "10.156.0.2", "db": "10.156.0.3", "*": "10.156.0.2 10.156.0.3 10.156.0.4"},
			groups: "db web",
		},
		"consul": {
			tool: "consul", answers: map[string]string{
				"catalog nodes -service=redis": "consul-redis.txt", "catalog nodes": "consul.txt", "catalog services": "!consul\nredis\n",
				"catalog nodes -service=none": "!",
			},
			hosts:  map[string]string{"redis": "10.4.5.31 10.4.4.158", "*": "192.0.2.7 10.4.5.31 10.4.4.158"},
			groups: "consul redis",
		},
		"kubernetes": {
			tool: "kubectl", answers: map[string]string{"get nodes -o json": "kubernetes.json"},
			hosts:  map[string]string{"control-plane": "172.18.0.2", "worker": "172.18.0.3", "*": "172.18.0.2 172.18.0.3 172.18.0.4"},
			groups: "control-plane worker",
		},
		"slurm": {
			tool: "sinfo", answers: map[string]string{
				"-h -o %N -p gpu": "!gpu[01-02]\n", "-h -o %N": "!gpu[01-02],node[1-3]\nnode7\n", "-h -o %R": "!gpu\nbatch\nbatch\n", "-h -o %N -p none": "!",
			},
			hosts:  map[string]string{"gpu": "gpu01 gpu02", "*": "gpu01 gpu02 node1 node2 node3 node7"},
			groups: "batch gpu",
		},
		"slurmstate": {
			tool: "sinfo", answers: map[string]string{"-h -o %N -t idle": "!node[1-2]\n", "-h -o %N": "!node[1-3]\n", "-h -o %T": "!idle\ndown*\nidle~\n", "-h -o %N -t none": "!"},
			hosts:  map[string]string{"idle": "node1 node2", "*": "node1 node2 node3"},
			groups: "down idle",
		},
	}
}

// standIn writes the program of an example.
func standIn(t *testing.T, path string, e example) {
	t.Helper()
	answers, err := filepath.Abs("testdata/examples")
	if err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\ntest -z \"$FAIL\" || { echo no credentials >&2; exit 4; }\ncase $* in\n"
	for args, answer := range e.answers {
		said, given := strings.CutPrefix(answer, "!")
		command := "cat '" + filepath.Join(answers, answer) + "'"
		if given {
			command = "printf %s '" + said + "'"
		}
		text += "'" + args + "') " + command + " ;;\n"
	}
	write(t, path, text+"*) echo \"unexpected call: $*\" >&2; exit 64 ;;\nesac\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// The examples of group sources work with what their tools answer, and a tool that fails is never
// an empty group.
func TestExamples(t *testing.T) {
	sshtest.Need(t, "jq", "awk")
	files, err := filepath.Glob(examples + "/*.conf")
	if err != nil || len(files) != 7 {
		t.Fatalf("the examples are %q (%v)", files, err)
	}
	config := t.TempDir()
	write(t, filepath.Join(config, "clustershell/groups.conf"), "[Main]\nconfdir: $CFGDIR/groups.conf.d\n")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(config, "clustershell/groups.conf.d", filepath.Base(file)), string(text))
	}
	path := os.Getenv("PATH")
	for name, e := range exampleSources() {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			standIn(t, filepath.Join(bin, e.tool), e)
			t.Setenv("PATH", bin+":"+path)
			sys := testSystem(t, nil)
			sys.ConfigHome, sys.Run = config, run
			for group, want := range e.hosts {
				if got := strings.Join(names(t, sys, Selection{Groups: []string{name + ":" + group}}), " "); got != want {
					t.Errorf("%s: %q, want %q", group, got, want)
				}
			}
			cluster, err := loadClusterShell(newResolver(t.Context(), sys).sys)
			if err != nil {
				t.Fatal(err)
			}
			groups, _, err := cluster.sources[name].groups(t.Context())
			slices.Sort(groups)
			if got := strings.Join(slices.Compact(groups), " "); err != nil || got != e.groups {
				t.Errorf("groups %q, want %q (%v)", got, e.groups, err)
			}
			for group, want := range map[string]string{"none": `unknown group "none"`, "FAIL": "exit status 4", "*": "exit status 4"} {
				if group != "none" {
					t.Setenv("FAIL", "1")
				}
				list, _, err := Selection{Groups: []string{name + ":" + group}}.Resolve(t.Context(), sys)
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: hosts %q, error %v; want one with %q", group, list.Names(), err, want)
				}
				t.Setenv("FAIL", "")
			}
		})
	}
}
