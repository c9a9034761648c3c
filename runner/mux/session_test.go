package mux

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A master is a client's connection to one that does what play says.
type master struct {
	t    *testing.T
	conn *net.UnixConn
}

// serve returns the socket of a master, which greets one client and plays for it.
func serve(t *testing.T, play func(m master)) (socket string) {
	t.Helper()
	return serveMute(t, func(m master) {
		m.say(message{}.number(hello).number(version).text("extension").text("value"))
		play(m)
	})
}

// serveMute is serve without the greeting.
func serveMute(t *testing.T, play func(m master)) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		play(master{t, conn.(*net.UnixConn)})
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-done
	})
	return socket
}

func (m master) say(words ...message) {
	for _, w := range words {
		if _, err := m.conn.Write(w.packet()); err != nil {
			m.t.Errorf("say: %v", err)
		}
	}
}

// hear takes a request with its streams.
func (m master) hear() (request message, streams [3]*os.File) {
	for want := 2; want > 0; want-- {
		var err error
		if request, err = read(m.conn); err != nil {
			m.t.Errorf("hear: %v", err)
		}
	}
	for i := range streams {
		space := make([]byte, syscall.CmsgSpace(4))
		n, size, _, _, err := m.conn.ReadMsgUnix(make([]byte, 1), space)
		if err != nil || n != 1 {
			m.t.Errorf("hear stream %d: %d bytes, %v", i, n, err)
			return
		}
		controls, err := syscall.ParseSocketControlMessage(space[:size])
		if err != nil || len(controls) != 1 {
			m.t.Errorf("hear stream %d: %d control messages, %v", i, len(controls), err)
			return
		}
		fds, err := syscall.ParseUnixRights(&controls[0])
		if err != nil || len(fds) != 1 {
			m.t.Errorf("hear stream %d: %d descriptors, %v", i, len(fds), err)
			return
		}
		streams[i] = os.NewFile(uintptr(fds[0]), "stream")
	}
	return request, streams
}

// open opens a session with pipes, and returns our ends of them.
func open(t *testing.T, socket string) (s *Session, in, out, errs *os.File) {
	t.Helper()
	var theirs, ours [3]*os.File
	for i := range theirs {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		theirs[i], ours[i] = w, r
		if i == 0 {
			theirs[i], ours[i] = r, w
		}
		t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	}
	s, err := Open(socket, "the command", []string{"A=1", "B="}, theirs)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range theirs {
		_ = f.Close()
	}
	return s, ours[0], ours[1], ours[2]
}

func TestSession(t *testing.T) {
	socket := serve(t, func(m master) {
		request, streams := m.hear()
		want := slices.Concat(
			[]byte("\x10\x00\x00\x02"), make([]byte, 8), make([]byte, 16), []byte("\xff\xff\xff\xff\x00\x00\x00\x00"),
			[]byte("\x00\x00\x00\x0bthe command\x00\x00\x00\x03A=1\x00\x00\x00\x02B="))
		if string(request) != string(want) {
			t.Errorf("the request is\n%q, want\n%q", request, want)
		}
		m.say(message{}.number(sessionOpened).number(0).number(9))
		if _, err := io.Copy(streams[1], streams[0]); err != nil {
			t.Error(err)
		}
		if _, err := streams[2].WriteString("err"); err != nil {
			t.Error(err)
		}
		closeAll(streams)
		m.say(message{}.number(exitMessage).number(9).number(3))
	})
	s, in, out, errs := open(t, socket)
	if _, err := in.WriteString("in"); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	for f, want := range map[*os.File]string{out: "in", errs: "err"} {
		if got, err := io.ReadAll(f); string(got) != want || err != nil {
			t.Errorf("read %q, %v, want %q", got, err, want)
		}
	}
	if code, coded := s.Code(); code != 3 || !coded {
		t.Errorf("status %d, coded %v", code, coded)
	}
	if s.Declined() {
		t.Error("declined")
	}
}

func closeAll(streams [3]*os.File) {
	for _, f := range streams {
		_ = f.Close()
	}
}

// What a master says instead of opening a session, and one that is lost.
func TestSessionDeclined(t *testing.T) {
	for name, test := range map[string]struct {
		said     []message
		raw      string
		declined bool
	}{
		"failure": {said: []message{message{}.number(failure).number(0).text("no more sessions")}, declined: true},
		"denied":  {said: []message{message{}.number(permissionDenied).number(0).text("no")}, declined: true},
		"nothing": {declined: true},
		"short":   {said: []message{message{}.number(sessionOpened)}, declined: true},
		"huge":    {raw: "\xff\xff\xff\xff....", declined: true},
		"cut":     {raw: "\x00\x00\x00\x0c\x80", declined: true},
		"lost":    {said: []message{message{}.number(sessionOpened).number(0).number(1)}},
		"unknown": {said: []message{message{}.number(7).number(1), message{}.number(sessionOpened).number(0).number(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			socket := serve(t, func(m master) {
				_, streams := m.hear()
				closeAll(streams)
				var said []byte
				for _, w := range test.said {
					said = append(said, w.packet()...)
				}
				_, _ = m.conn.Write(append(said, test.raw...)) // the client may be gone before all is read
			})
			s, _, _, _ := open(t, socket)
			<-s.Exited()
			if got := s.Declined(); got != test.declined {
				t.Errorf("declined: %v, want %v", got, test.declined)
			}
			if code, coded := s.Code(); coded {
				t.Errorf("status %d", code)
			}
		})
	}
}

// A session that is closed is over, whatever its master does.
func TestSessionClose(t *testing.T) {
	gone := make(chan struct{})
	socket := serve(t, func(m master) {
		defer close(gone)
		_, streams := m.hear()
		defer closeAll(streams)
		_, _ = read(m.conn) // until the client goes
	})
	s, _, _, _ := open(t, socket)
	s.Close()
	<-s.Exited()
	<-gone
}

// A master that does not greet in time, or that greets with nonsense, is unusable;
// one that ends, or is not there, is not.
func TestLook(t *testing.T) {
	for name, test := range map[string]struct {
		said     string
		hangs    bool
		unusable bool
	}{
		"greets":         {said: "\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x04"},
		"hangs":          {hangs: true, unusable: true},
		"half":           {said: "\x00\x00\x00\x08\x00\x00", hangs: true, unusable: true},
		"other version":  {said: "\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x05", unusable: true},
		"other message":  {said: "\x00\x00\x00\x08\x80\x00\x00\x06\x00\x00\x00\x04", unusable: true},
		"another server": {said: "HTTP/1.1 400 Bad Request\r\n", unusable: true},
		"short":          {said: "\x00\x00\x00\x04\x00\x00\x00\x01", unusable: true},
		"ends":           {},
	} {
		t.Run(name, func(t *testing.T) {
			gone := make(chan struct{})
			socket := serveMute(t, func(m master) {
				_, _ = m.conn.Write([]byte(test.said))
				if test.hangs {
					<-gone
				}
			})
			err := Look(socket)
			close(gone)
			if got := errors.Is(err, ErrUnusable); got != test.unusable || err == nil && name != "greets" {
				t.Errorf("unusable: %v, want %v (%v)", got, test.unusable, err)
			}
		})
	}
	if err := Look(filepath.Join(t.TempDir(), "none")); err == nil || errors.Is(err, ErrUnusable) {
		t.Errorf("no socket: %v", err)
	}
}

func TestOpenNobody(t *testing.T) {
	if s, err := Open(filepath.Join(t.TempDir(), "none"), "", nil, [3]*os.File{}); err == nil {
		t.Errorf("opened %v", s)
	}
}

// FuzzRead reads back what was written, and whatever else there is without harm.
func FuzzRead(f *testing.F) {
	f.Add("command", "A=1", []byte("\x00\x00\x00\x04\x80\x00\x00\x06"))
	f.Fuzz(func(t *testing.T, command, variable string, other []byte) {
		want := request(command, []string{variable})
		r, w := io.Pipe()
		go func() {
			_, _ = w.Write(append(want.packet(), other...))
			_ = w.Close()
		}()
		got, err := read(r)
		if len(want) > maxMessage {
			if err == nil {
				t.Fatalf("read %d bytes", len(got))
			}
		} else if err != nil || string(got) != string(want) {
			t.Fatalf("%q, %v, want %q", got, err, want)
		}
		for err == nil {
			_, err = read(r)
		}
		_ = r.Close()
	})
}
