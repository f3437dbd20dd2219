// Package e2e holds the end-to-end tests: the nsauth binary, and assertions
// made by internal/jwtgen, against counterparts that nobody here wrote, namely
// the openssl command line, jq, the npm package jose, PyJWT and
// python3-jsonschema. They need the build tag e2e and those programs:
//
//	npm ci --prefix internal/e2e/npm
//	go test -tags e2e ./internal/e2e/...
//
// A counterpart that is missing fails the tests: they never pass by not looking.
package e2e
