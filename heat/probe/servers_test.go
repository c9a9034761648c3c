package probe

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHTTP(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/none", http.StatusFound) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 2*mostHeader)) })
	mux.HandleFunc("/user", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "u" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	want(t, s.URL+"/ok", "")
	want(t, s.URL+"/ok#expect=204", "/ok: 200 OK")
	want(t, s.URL+"/moved", "")
	want(t, s.URL+"/moved#expect=200", "302 Found")
	want(t, s.URL+"/none", "/none: 404 Not Found")
	want(t, s.URL+"/none#expect=200,404", "")
	want(t, s.URL+"/down?a=b", "/down?a=b: 503 Service Unavailable")
	want(t, s.URL+"/endless", "")
	want(t, s.URL+"/header", "exceeded")
	want(t, s.URL+"/user", "401")
	want(t, strings.Replace(s.URL, "//", "//u:secret@", 1)+"/user", "")
	want(t, strings.Replace(s.URL, "http:", "https:", 1)+"/ok", "first record does not look like a TLS handshake")
	if err := check(t, strings.Replace(s.URL, "//", "//u:secret@", 1)+"/none", patience); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is in %v", err)
	}
}

// A server whose certificate is valid for 13 days and some hours.
func TestTLS(t *testing.T) {
	t.Parallel()
	cert, ca := certificate(t, "service.test", 13*24*time.Hour+6*time.Hour)
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.StartTLS()
	t.Cleanup(s.Close)
	to := s.Listener.Addr().String()
	want(t, "tls://"+to+"?ca="+ca, "")
	want(t, "tls://"+to+"?days=13&ca="+ca, "")
	want(t, "tls://"+to+"?days=14&ca="+ca, "the certificate of service.test expires in 13 days, on "+
		time.Now().Add(13*24*time.Hour+6*time.Hour).UTC().Format(time.DateOnly))
	want(t, "tls://"+to+"?name=service.test&ca="+ca, "")
	want(t, "tls://"+to+"?name=other.test&ca="+ca, "other.test")
	want(t, "tls://"+to, "signed by unknown authority")
	want(t, "https://"+to+"/#expect=404&ca="+strings.ReplaceAll(ca, "/", "%2F"), "")
	want(t, "https://"+to+"/", "signed by unknown authority")

	old, oldCA := certificate(t, "old.test", -time.Hour)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{old}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			_ = c.(*tls.Conn).HandshakeContext(t.Context())
			c.Close()
		}
	}()
	want(t, "tls://"+l.Addr().String()+"?ca="+oldCA, "expired")
	// One that says something else than TLS.
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	want(t, "tls://"+plain.Listener.Addr().String(), "first record does not look like a TLS handshake")
}

// certificate makes one that signs itself, and returns the file that has it.
func certificate(t *testing.T, name string, valid time.Duration) (cert tls.Certificate, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(valid), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func TestDNS(t *testing.T) {
	t.Parallel()
	server := "dns://" + nameServer(t) + "/"
	want(t, server+"service.test", "")
	want(t, server+"service.test.?expect=192.0.2.1", "")
	want(t, server+"service.test?expect=192.0.2.9", "A service.test. is 192.0.2.1, not 192.0.2.9")
	want(t, server+"service.test?type=aaaa&expect=2001:db8:0::1", "")
	want(t, server+"service.test?type=TXT&expect=hello", "")
	want(t, server+"none.test", "lookup none.test. on "+strings.TrimSuffix(strings.TrimPrefix(server, "dns://"), "/")+": no such host")
	want(t, server+"none.test?type=MX", "no such host")
}

// nameServer answers for service.test, and returns its address.
func nameServer(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	records := map[byte][]byte{1: {192, 0, 2, 1}, 16: append([]byte{5}, "hello"...), 28: net.ParseIP("2001:db8::1")}
	go func() {
		b := make([]byte, 1500)
		for n, from, err := c.ReadFrom(b); err == nil; n, from, err = c.ReadFrom(b) {
			_, _ = c.WriteTo(answer(b[:n], records), from)
		}
	}()
	return c.LocalAddr().String()
}

// answer answers a question (RFC 1035, section 4) with the record of its type.
func answer(query []byte, records map[byte][]byte) []byte {
	const name = "\x07service\x04test\x00"
	end := 12 + bytes.IndexByte(query[12:], 0) + 5 // the question's name, type and class
	question := query[12:end]
	record, known := records[question[len(question)-3]]
	if !bytes.HasPrefix(question, []byte(name)) || !known {
		return fmt.Appendf(nil, "%s\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00%s", query[:2], question)
	}
	return fmt.Appendf(nil, "%s\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00%s\xc0\x0c%s\x00\x00\x00\x3c\x00%c%s",
		query[:2], question, question[len(question)-4:], len(record), record)
}
