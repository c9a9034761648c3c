package compare

import "testing"

func TestHostPart(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"n1": "n1", "u@n1": "n1", "u@n1:22": "n1", "[fe80::1%eth0]:22": "fe80::1%eth0", "fe80::1": "fe80::1", "u@[::1]:22": "::1",
	} {
		if got := hostPart(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// The cut makes no difference to which names are replaced.
func FuzzOwnName(f *testing.F) {
	f.Add("n1.example.com", "n1 n1.example.com n11 xn1 n1", uint8(1))
	f.Add("a", "a-a a aa a", uint8(2))
	f.Fuzz(func(t *testing.T, name, text string, piece uint8) {
		if hostPart(name) == "" {
			return
		}
		whole, cut := newOwnName(name), newOwnName(name)
		want := whole.end(whole.append(nil, []byte(text)))
		var got []byte
		for b := []byte(text); len(b) > 0; {
			n := min(len(b), 1+int(piece))
			got = cut.append(got, b[:n])
			b = b[n:]
		}
		if got = cut.end(got); string(got) != string(want) {
			t.Errorf("%q in %q, in pieces of %d: %q, want %q", name, text, 1+int(piece), got, want)
		}
	})
}
