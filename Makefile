# The commands that people type. CI runs .ci/run, which is all of them and more.

.PHONY: test short lint demo ci

test: ## every test
	go test ./...

short: ## few rows of large tables, no key generation, no script with processes
	go test -short ./...

lint:
	bash .ci/run formatted vetted linted simple worded workflows

demo:
	go run . doctor --demo

ci:
	bash .ci/run
