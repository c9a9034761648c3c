package flags

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"

	"clsh/runner/duration"
)

// mapDuration reads a number of seconds, or 1.5s, 2m.
func mapDuration(ctx *kong.DecodeContext, target reflect.Value) error {
	var word string
	if err := ctx.Scan.PopValueInto("duration", &word); err != nil {
		return err
	}
	d, err := duration.Parse(word)
	if err != nil {
		return err
	}
	target.SetInt(int64(d))
	return nil
}

// mapString takes a word byte for byte. kong's own mapper passes it through JSON, which
// replaces what is not UTF-8.
func mapString(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	word, ok := token.Value.(string)
	if !ok {
		return fmt.Errorf("%v is not a word", token.Value)
	}
	target.SetString(word)
	return nil
}

// mapName takes a word that must not be empty.
func mapName(ctx *kong.DecodeContext, target reflect.Value) error {
	if err := mapString(ctx, target); err != nil {
		return err
	}
	if target.String() == "" {
		return errors.New("the name is empty")
	}
	return nil
}
