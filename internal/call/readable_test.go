package call

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/host"
)

// onTerminal is what a body becomes on a terminal, on standard output and error.
func onTerminal(t *testing.T, path string, body io.Reader) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs strings.Builder
	a := &cli.App{World: cli.World{World: host.World{LookupEnv: func(name string) (string, bool) { return "C.UTF-8", name == "LC_ALL" }},
		Stdout: &out, Stderr: &errs, Width: func(io.Writer) (int, bool) { return 40, true }}}
	err = (&caller{App: a, target: &target{path: path}}).copyBody(body)
	return out.String(), errs.String(), err
}

func TestReadable(t *testing.T) {
	const query = checks.SuiteQLPath
	for name, tt := range map[string]struct{ path, body, stdout, stderr string }{
		"order and numbers": {"/x", `{"b":1.50,"a":[12345678901234567890,1e2],"c":{},"d":"\u00e9<&"}`,
			"{\n  \"b\": 1.50,\n  \"a\": [\n    12345678901234567890,\n    1e2\n  ],\n  \"c\": {},\n  \"d\": \"\\u00e9<&\"\n}\n", ""},
		"what a terminal obeys": {"/x", "{\"a\":\"\u009b31m\"}", "{\n  \"a\": \"\uFFFD31m\"\n}\n", ""},
		"text":                  {"/x", "hello", "hello\n", ""},
		"no JSON":               {"/x", "{hello\n", "{hello\n", ""},
		"several values":        {"/x", "{}\n{}\n", "{}\n{}\n", ""},
		"a query": {query, `{"links":[],"count":2,"hasMore":true,"totalResults":9,"items":[{"links":[],"z":"107","name":"Alpine Freight GmbH, Salzburg, Austria"},{"z":"2","n":null,"o":{"x":1},"name":"\u001b[31m"}]}`,
			"z    name                     n  o\n107  Alpine Freight GmbH, S…\n2    \\x1b[31m                    {\"x\":1}\n",
			"nsauth: note: 2 rows of 9; --paginate reads all\nnsauth: note: some values are cut; in a pipe or a file the response is complete\n"},
		"a query without rows": {query, `{"items":[],"count":0}`, "{\n  \"items\": [],\n  \"count\": 0\n}\n", ""},
		"an error of a query":  {query, `{"status":400}`, "{\n  \"status\": 400\n}\n", ""},
		"a list":               {"/services/rest/record/v1/customer", `{"items":[{"id":"1"}]}`, "{\n  \"items\": [\n    {\n      \"id\": \"1\"\n    }\n  ]\n}\n", ""},
		"items that are none":  {query, `{"items":[1]}`, "{\n  \"items\": [\n    1\n  ]\n}\n", ""},
	} {
		stdout, stderr, err := onTerminal(t, tt.path, strings.NewReader(tt.body))
		if err != nil || stdout != tt.stdout || stderr != tt.stderr {
			t.Errorf("%s: %v\n%s%s\nwant\n%s%s", name, err, stdout, stderr, tt.stdout, tt.stderr)
		}
	}
}

// What breaks off, and what is too large to be laid out, comes as it is.
func TestUnreadable(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(`{"a":1,`), iotest.ErrReader(io.ErrUnexpectedEOF))
	if stdout, _, err := onTerminal(t, "/x", broken); err != io.ErrUnexpectedEOF || stdout != "{\"a\":1,\n" {
		t.Errorf("%q, %v", stdout, err)
	}
	large := `["` + strings.Repeat("x", maxReadable) + `"]`
	if stdout, _, err := onTerminal(t, "/x", strings.NewReader(large)); err != nil || stdout != large+"\n" {
		t.Errorf("%d bytes, %v", len(stdout), err)
	}
}
