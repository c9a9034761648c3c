// Package probe checks a service without starting a program: --probe URL.
//
// # Theory of operation
//
// Parse reads the URL and all that belongs to it; what is wrong with it is an error that names it,
// before anything has run. Check makes one attempt, over a connection of its own that it closes
// again: a kept one would say that the service was good when the connection was made. The context
// bounds all of it, name lookup included.
//
//	http://HOST[:PORT]/PATH, https://…   GET; good is 2xx and 3xx, which is not followed
//	tcp://HOST:PORT                       a connection is accepted
//	tls://HOST[:PORT]                     a handshake, with a certificate that is trusted
//	dns://[SERVER[:PORT]]/NAME            NAME has a record
//	unix:PATH                             a connection is accepted
//
// What a URL has no place for are parameters: of http and https in the fragment, which is never sent
// to a server, of the others in the query.
//
// # What is not asked of a service
//
// Of an HTTP answer the status line and the headers are read, at most 64 KiB; the body is not: it may
// have no end. There is no proxy, from variables neither: a probe is to say whether this machine
// reaches the service. There is no parameter that switches the check of certificates off; ca=FILE
// names the trusted authorities.
//
// A TCP connection costs 0.04 ms of CPU, a process like curl 5 ms or more.
package probe
