// Package openssh asks the system's ssh what it is and how it is set up: its version, the options (-o) and
// ciphers that it knows, and what its configuration says (ssh -G). Errors name the option at fault;
// nothing has run then.
package openssh
