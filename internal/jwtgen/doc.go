// Package jwtgen builds, signs, parses and judges the client assertions of OAuth 2.0
// (RFC 7523, section 2.2) as NetSuite accepts them (Oracle NetSuite Help, pages
// section_162755359851 and section_162790605110).
//
// It builds with golang-jwt and any crypto.Signer. Its own parser and verifier are
// stricter than a server must be: the salt of a PSS signature is exactly as long as
// the hash, base64url is canonical, and no JSON member appears twice. A diagnosis must
// see what a lenient parser accepts.
//
// The package reads no clock and no file: the time is an argument. Errors are faults,
// a kind and evidence; package catalog has the words for them. No fault and no
// formatting of an Assertion contains the assertion: anyone with its text can use it
// until it expires.
package jwtgen
