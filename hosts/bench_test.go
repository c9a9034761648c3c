package hosts

import "testing"

// hundredThousand returns LISTs of 100,000 names each.
func hundredThousand() map[string]string {
	return map[string]string{
		"one range":          "node[1-100000]",
		"padded":             "node[000001-100000]",
		"two dimensions":     "rack[1-100]node[1-1000]",
		"with a gap":         "node[1-100001]!node777",
		"three, with a hole": "r[1-10]x[1-100]y[1-100]!r3x3y3",
	}
}

func BenchmarkExpand(b *testing.B) {
	for name, list := range hundredThousand() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Expand(list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFold(b *testing.B) {
	for name, list := range hundredThousand() {
		all, err := Expand(list)
		if err != nil {
			b.Fatal(err)
		}
		names := all.Names()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Fold(names) == "" {
					b.Fatal("Fold returned no text")
				}
			}
		})
	}
}
