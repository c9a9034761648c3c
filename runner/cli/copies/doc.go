// Package copies has clsh's options for copying. Those that say where and how stand among the words,
// too: clsh --copy a b --dest /tmp/ -- COMMAND.
package copies
