// Package outages cuts the cables of hosts with addresses of their own, reboots them, and fills
// their disks; and it cuts heat's places off from heat and from the service. scripts/test-cluster
// runs it, with the build tag cluster.
package outages
