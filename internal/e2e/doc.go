// Package e2e holds the end-to-end tests: the nsauth binary, assertions made by
// internal/jwtgen, and the emulator, against counterparts from other
// projects: the openssl command line and its TLS server, curl, jq, the npm packages
// jose, jsonwebtoken, node-forge, jsrsasign, har-validator, openid-client, oauth4webapi and
// oidc-provider, PyJWT, python-jose, Authlib, jwcrypto, golang-jwt, python3-jsonschema,
// python3-junitparser, promtool, chrony's NTP server, tinyproxy, nginx and tmux, Java's HttpClient, and Chromium for the
// emulator's pages. The nightly build adds ruby-jwt, json-jwt, phpseclib and Bouncy Castle.
// They need the build tag e2e and those programs, which .ci/run gets:
//
//	bash .ci/run counterparts
//	go test -tags e2e ./internal/e2e/...
//
// What takes minutes needs the tag nightly as well; .ci/nightly runs it.
// A counterpart that is missing fails the tests: they never pass by not looking.
// Servers listen on loopback only, end with their test, and their words are shown
// when it fails. None of them touches the clock of the machine.
package e2e
