//go:build race

package sshtest

const raceDetector = true
