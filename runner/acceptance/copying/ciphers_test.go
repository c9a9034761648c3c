package copying

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/cpu"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// Files travel with AES-GCM where this machine has instructions for it, unless the configuration, -o or
// the host wants something else. A command has ssh's own cipher.
func TestCopyCiphers(t *testing.T) {
	t.Parallel()
	const chacha = "chacha20-poly1305@openssh.com"
	gcm := chacha
	if cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ || cpu.ARM64.HasAES && cpu.ARM64.HasPMULL {
		gcm = "aes128-gcm@openssh.com"
	}
	const server = "LogLevel DEBUG1\n"
	for name, c := range map[string]struct {
		config, server string
		args           string // FILE is a file
		want           string
	}{
		"copied":          {"", server, "--copy FILE --dest copy", gcm},
		"fetched":         {"", server, "--rcopy FILE --dest fetched/", gcm},
		"a command":       {"", server, "true", chacha},
		"a configuration": {"Ciphers aes256-ctr", server, "--copy FILE --dest copy", "aes256-ctr"},
		"an option":       {"", server, "-o Ciphers=aes192-ctr --copy FILE --dest copy", "aes192-ctr"},
		"a host":          {"", server + "Ciphers " + chacha, "--copy FILE --dest copy", chacha},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.SSHConfig(c.config), sshtest.SSHDConfig(c.server))
			file := filepath.Join(s.Dir, "file")
			writeTree(t, s.Dir, map[string][]byte{"file": []byte("x\n")})
			args := strings.Fields("-q -h a " + strings.ReplaceAll(strings.ReplaceAll(c.args, "FILE", file), "fetched", s.Dir+"/fetched"))
			clshtest.Start(t, s, args...).Want(0)
			if want := "kex: client->server cipher: " + c.want; !strings.Contains(s.Log(), want) {
				t.Errorf("sshd's log has no %q", want)
			}
		})
	}
}
