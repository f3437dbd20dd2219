// Package jwtgen builds, signs, takes apart and judges the client assertions of
// OAuth 2.0 (RFC 7523, section 2.2) as NetSuite accepts them (Oracle NetSuite
// Help, pages section_162755359851 and section_162790605110).
//
// Building goes through golang-jwt, over any crypto.Signer. Taking apart and
// verifying are this package's own and stricter than a server has to be: the
// salt of a PSS signature is exactly as long as the hash, base64url is
// canonical, no JSON member appears twice. A diagnosis must see what a lenient
// parser forgives.
//
// The package reads no clock and opens nothing: the time is an argument. Errors
// are faults, a kind and evidence; the words for them live in the catalogue of
// package finding. No fault, and no formatting of an Assertion, carries the
// assertion itself: anyone who holds its text can use it until it expires.
package jwtgen
