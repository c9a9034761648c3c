// Package docs runs the commands that the documentation shows, and follows its links.
package docs
