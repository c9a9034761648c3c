package hosts

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	for names, want := range map[string]string{
		"":                            "",
		"a":                           "a",
		"b a b":                       "b,a",
		"n1":                          "n1",
		"n3 n1 n2":                    "n[1-3]",
		"n1 n1":                       "n1",
		"n2 n1 n2 n1":                 "n[1-2]",
		"n1 x n2 y2 n4 y1":            "n[1-2,4],x,y[1-2]",
		"n9 n10 n11":                  "n[9-11]",
		"n09 n10 n11 n9":              "n[9,09-11]",
		"n1 n01 n001":                 "n[1,01,001]",
		"n99 n100 n099":               "n[99,099-100]",
		"n1-ib n2-ib n1":              "n[1-2]-ib,n1",
		"10.0.0.1 10.0.0.2 10.0.1.1":  "10.0.0.[1-2],10.0.1.1",
		"a1b1 a1b2 a2b1 a2b2 a3b1":    "a[1-2]b[1-2],a3b1",
		"a1b1 a2b1 a1b1 a1b2 a2b2":    "a[1-2]b[1-2]",
		"a1b1 a2b2":                   "a1b1,a2b2",
		"a1b7c1 a2b7c1 a1b7c2 a2b7c2": "a[1-2]b7c[1-2]",
		"[::1]:22 [::2]:22 ::1 ::2":   "[::1]:22,[::2]:22,::[1-2]",
		"u1@h:22 u1@h:23":             "u1@h:[22-23]",
		"x123456789012345678 x123456789012345679": "x123456789012345678,x123456789012345679",
	} {
		if got := Fold(strings.Fields(names)); got != want {
			t.Errorf("%q folds to %q, want %q", names, got, want)
		}
	}
}
