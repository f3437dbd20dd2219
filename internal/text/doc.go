// Package text has the functions on text and bytes that several packages need, one file
// per idea.
package text
