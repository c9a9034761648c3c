package checker

import (
	"encoding/binary"
	"errors"
	"strconv"
)

// What heat asks of its helper: one byte, with the two pipes for askRun.
const (
	askRun  = 'r' // run the check
	askEnd  = 'e' // end the running check: SIGTERM, grace, SIGKILL
	askKill = 'k' // end it without the grace
	askQuit = 'q' // go, and leave what is left
)

// What a helper that several checks share has in the place of the file to run, and the most that a
// request to it has after its byte: a job, the words of a check with a NUL between them.
const (
	sharedPath = "-"
	mostJob    = 64 << 10
)

// words are a check as the helper gets it: limit and grace in nanoseconds, file, arguments.
func (s *Spec) words() []string {
	limit, grace := strconv.FormatInt(int64(s.Limit), 10), strconv.FormatInt(int64(s.Grace), 10)
	return append([]string{limit, grace, s.Path}, s.Args...)
}

// What the helper answers.
const (
	sayReady   = 'R' // it is the subreaper now
	sayUnfit   = 'U' // this kernel cannot do it; extra is the errno
	sayBusy    = 'B' // something of an earlier check is alive; nothing was started
	sayCannot  = 'C' // nothing was started; extra is the errno
	sayExited  = 'X' // the check ended by itself; status is its wait status
	sayLimit   = 'L' // it was ended at its limit; extra processes are left
	sayStopped = 'S' // it was ended as asked; extra processes are left
)

// answer is one message of the helper.
type answer struct {
	kind   byte
	pid    int
	status int
	extra  int
}

const answerSize = 13

var (
	errAnswer = errors.New("the check helper's answer is malformed")
	errBusy   = errors.New("something of an earlier check is still running")
	errGone   = errors.New("the process that runs the checks has gone")
	errUnfit  = errors.New("this kernel has no subreaper or no pidfd")
)

func (a answer) encode() []byte {
	b := append(make([]byte, 0, answerSize), a.kind)
	for _, v := range []int{a.pid, a.status, a.extra} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

func decode(b []byte) (answer, error) {
	if len(b) != answerSize {
		return answer{}, errAnswer
	}
	at := func(i int) int { return int(int32(binary.LittleEndian.Uint32(b[i:]))) }
	return answer{kind: b[0], pid: at(1), status: at(5), extra: at(9)}, nil
}
