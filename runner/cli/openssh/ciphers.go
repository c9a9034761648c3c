package openssh

import (
	"golang.org/x/sys/cpu"

	"clsh/runner/remote"
)

// aesGCM puts AES-GCM in front of ssh's other ciphers (ssh_config(5), Ciphers).
const aesGCM = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"

// DataCiphers returns the order of ciphers for much data; empty: ssh's own. AES-GCM costs less
// processor time than ssh's first choice, ChaCha20-Poly1305, where the processor has instructions for
// AES. As in crypto/tls, those of this machine decide: the other end's are not known.
func DataCiphers(program, environ []string, version remote.Version) string {
	known := version != remote.Version{} && version.AtLeast(8, 1) // "^"
	if !known || !hasAES() {
		return ""
	}
	if _, err := askOptions(program, environ, []string{"Ciphers=" + aesGCM}); err != nil {
		return "" // an ssh without OpenSSL
	}
	return aesGCM
}

func hasAES() bool {
	return cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ || cpu.ARM64.HasAES && cpu.ARM64.HasPMULL
}
