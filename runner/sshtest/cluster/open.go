//go:build linux

package cluster

import "testing"

// Open returns the ground of that name, "netns" or "docker"; image is for the
// latter. It is closed at the end of the test.
func Open(t testing.TB, kind, image string) *Ground {
	t.Helper()
	var g ground
	var err error
	switch kind {
	case "netns":
		g, err = openNetns()
	case "docker":
		g, err = openDocker(image)
	default:
		t.Fatalf("the ground %q is neither netns nor docker; scripts/test-cluster sets it", kind)
	}
	if err != nil {
		t.Fatalf("prepare the ground %s: %v", kind, err)
	}
	t.Cleanup(func() {
		if err := g.close(); err != nil {
			t.Errorf("clear the ground %s: %v", kind, err)
		}
	})
	return &Ground{ground: g}
}
