// Package cluster makes hosts with addresses of their own for a test, whose
// cables can be cut: in network namespaces, or in containers.
//
// # Theory of operation
//
// A Host is a process tree under an init of its own (boot.sh), with its own
// network, process numbers, host name, and directories that are written to. In
// its init runs an sshd on port 22 that knows the keys of one sshtest.Site;
// the Site's ssh_config names the host. All that is done to a host (Cut, Heal,
// Fill, Left) is a shell command that runs there as root, so that both grounds
// do the same.
//
// The ground "netns" wants to be root in a network, mount and process
// namespace made for the test alone (scripts/test-cluster uses unshare(1)): it
// puts a bridge there, and nothing needs to be taken away, because the kernel
// takes all of it when the first process of that namespace has ended, however
// it ended. The hosts share the file system but for what boot.sh covers.
//
// The ground "docker" wants a Docker engine on this machine and an image with
// sshd, ip and nft, and makes a network without a way out, and a container for
// each host. All of them carry a label, by which scripts/test-cluster removes
// them should the test not come to it.
//
// Addresses are of 198.18.0.0/15, which is set aside for such (RFC 2544).
package cluster
