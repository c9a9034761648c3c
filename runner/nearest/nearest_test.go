package nearest

import "testing"

func TestName(t *testing.T) {
	t.Parallel()
	names := []string{"fanout", "format", "fold", "hosts", "hostfile", "x"}
	for mistyped, want := range map[string]string{
		"fanuot": "fanout", "fanot": "fanout", "fannout": "fanout", "formad": "format", "hots": "hosts", "hostfiles": "hostfile",
		"fanout": "fanout", "nonsense": "", "fo": "", "": "", "y": "", "xx": "",
	} {
		if got := Name(mistyped, names); got != want {
			t.Errorf("Name(%q) = %q, want %q", mistyped, got, want)
		}
	}
	if got := Name("b", nil); got != "" {
		t.Errorf("of no names: %q", got)
	}
	if got := Name("nodea", []string{"nodec", "nodeb"}); got != "nodeb" {
		t.Errorf("of two as near: %q", got)
	}
}
