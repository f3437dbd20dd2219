// Package text has what every other package does to text and to its bytes,
// written once: one file per idea.
package text
