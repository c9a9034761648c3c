package flags

import "github.com/alecthomas/kong"

// set gives an option a value; a list gets one more.
func set(f *kong.Flag, value string) error {
	return f.Parse(kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: value}), f.Target)
}
