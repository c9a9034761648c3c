//go:build !race

package sshtest

const raceDetector = false
