// Package outages cuts the cables of hosts with addresses of their own, reboots them, and fills
// their disks. scripts/test-cluster runs it, with the build tag cluster.
package outages
