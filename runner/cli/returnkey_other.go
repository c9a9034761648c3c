//go:build !linux

package cli

// waiting asks how many bytes can be read (FIONREAD of macOS and the BSDs,
// sys/filio.h).
const waiting = 0x4004667f
