package remote

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed become.sh
var becomeSource string

// Become is the user that the agent runs as, and so the command. Its zero value is the user of the
// login.
type Become struct {
	// Program is what starts the agent, whose words follow: "sudo -n -H -u root --". With
	// PromptWord it asks for a password, on standard error, and reads it from standard input.
	Program []string
}

// The words in a program of --become that are replaced: the user's name, and the prompt by
// which clsh knows that it is asked for the password.
const (
	UserWord   = "%u"
	PromptWord = "%p"
)

// Sudo returns how sudo starts the agent as user. ask makes it read a password where it wants
// one; else it fails then.
func Sudo(user string, ask bool) Become {
	how := []string{"sudo", "-n"}
	if ask {
		how = []string{"sudo", "-S", "-p", PromptWord}
	}
	return Become{append(how, "-H", "-u", user, "--")}
}

// userName matches what a program can be given as the name of a user: a name or "#UID", no option.
var userName = regexp.MustCompile(`^[#_.a-zA-Z0-9][-_.@$+a-zA-Z0-9]*$`)

// CheckUser refuses what cannot be the name of a user.
func CheckUser(name string) error {
	if !userName.MatchString(name) {
		return fmt.Errorf("%q is not a user name", name)
	}
	return nil
}

// BecomeBy returns how words, of which UserWord is user and %% a percent sign, start the
// agent. They pass through every login shell in single quotes.
func BecomeBy(words []string, user string) (Become, error) {
	program := make([]string, len(words))
	for i, word := range words {
		if strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`'!\`, r) }) {
			return Become{}, fmt.Errorf("%q: quotes, backslashes, exclamation marks and control characters cannot pass through every login shell", word)
		}
		if word != PromptWord {
			word = strings.NewReplacer("%%", "%", UserWord, user).Replace(word)
		}
		program[i] = word
	}
	return Become{program}, nil
}

// Name returns the name of the program, or "".
func (b Become) Name() string {
	if len(b.Program) == 0 {
		return ""
	}
	return b.Program[0][strings.LastIndexByte(b.Program[0], '/')+1:]
}

// Asks reports whether the program may ask for a password.
func (b Become) Asks() bool { return slices.Contains(b.Program, PromptWord) }

// WithoutPrompt returns the words of the program for a terminal, at which it asks by itself.
func (b Become) WithoutPrompt() []string {
	var words []string
	for i := 0; i < len(b.Program); i++ {
		switch word := b.Program[i]; {
		case word == "-S":
		case word == "-p" && i+1 < len(b.Program) && b.Program[i+1] == PromptWord:
			i++
		default:
			words = append(words, word)
		}
	}
	return words
}

// start returns the words that start those of an agent.
func (b Become) start(words []string, nonce string, relayed bool) []string {
	if len(b.Program) == 0 {
		return words
	}
	script := `exec "$@" $PPID`
	if b.Asks() && relayed {
		script = Line(becomeSource)
	}
	start := append([]string{"sh", "-c", script, "clsh"}, b.Program...)
	for i, word := range start {
		if word == PromptWord {
			start[i] = Prompt(nonce)
		}
	}
	return append(start, words...)
}

// Prompt returns the prompt for the password in the sessions of a run. It is a mark, but for the
// end of its line (Framer).
func Prompt(nonce string) string { return "\x1e" + nonce + " " + passwordWord }

// passwordWord ends Prompt.
const passwordWord = "password"

// PasswordLine returns the line that answers the prompt. On a terminal nothing is between clsh
// and the program.
func PasswordLine(password []byte, tty bool) []byte {
	var line []byte
	if !tty {
		line = append(line, passwordWord+" "...)
	}
	return append(append(line, password...), '\n')
}
