package mux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// version is the protocol's.
const version = 4

// Types of messages (PROTOCOL.mux, 12). Those of the master begin with 0x8.
const (
	hello            = 0x00000001
	newSession       = 0x10000002
	permissionDenied = 0x80000002
	failure          = 0x80000003
	exitMessage      = 0x80000004
	sessionOpened    = 0x80000006
)

// noEscape says that there is no escape character.
const noEscape = 0xffffffff

// maxMessage bounds what is read: a master says a line at most.
const maxMessage = 64 << 10

// A message is written and read as SSH does it (RFC 4251, 5): numbers of 32 bits,
// the highest byte first, and strings behind their length.
type message []byte

func (m message) number(n uint32) message { return binary.BigEndian.AppendUint32(m, n) }

func (m message) text(s string) message { return append(m.number(uint32(len(s))), s...) }

// packet returns m behind its length.
func (m message) packet() message { return message{}.text(string(m)) }

// errShort is for a message that ends too early.
var errShort = errors.New("the message is too short")

// take returns the number that m begins with, and the rest.
func (m message) take() (n uint32, rest message, err error) {
	if len(m) < 4 {
		return 0, nil, errShort
	}
	return binary.BigEndian.Uint32(m), m[4:], nil
}

// read reads one packet.
func read(r io.Reader) (message, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	m := make(message, size)
	_, err := io.ReadFull(r, m)
	return m, err
}

// request asks for a session that runs command, with the environment that a
// client passes on (SendEnv), NAME=value.
func request(command string, environ []string) message {
	m := message{}.number(newSession).number(0).text("")
	for range 4 { // no terminal, X11, agent, subsystem
		m = m.number(0)
	}
	m = m.number(noEscape).text("").text(command)
	for _, v := range environ {
		m = m.text(v)
	}
	return m
}
