//go:build !linux

package conn

// waiting asks how many bytes can be read (FIONREAD of macOS and the BSDs,
// sys/filio.h).
const waiting = 0x4004667f
