package hosts

import "strings"

// Fold returns one LIST that stands for names.
func Fold(names []string) string { return strings.Join(names, ",") }
