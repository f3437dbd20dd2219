//go:build !unix

package tokencache

const exposedIsKnown = false
