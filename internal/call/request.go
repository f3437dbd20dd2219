package call

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/secretscan"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// target is the request of a call while it is put together.
type target struct {
	app     *cli.App
	options Options
	profile *profile.Profile

	method string
	path   string // as checks.CallRequest takes it
	header http.Header
	body   []byte
	reads  bool // changes nothing, whatever the method
	stdin  bool // was read for it
}

// Methods are those that NetSuite has a use for.
var Methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// What says what is asked for: Path, Query or RESTlet.
type What func(*target) error

// Path is [METHOD] PATH.
func Path(args []string) What { return func(t *target) error { return t.fromArgs(args) } }

// Query is a SuiteQL query: its text, @FILE, file:FILE or -.
func Query(args []string) What { return func(t *target) error { return t.fromQuery(args) } }

// RESTlet is [METHOD] of the RESTlet that the options name.
func RESTlet(args []string) What { return func(t *target) error { return t.fromRESTlet(args) } }

func (t *target) fromArgs(args []string) error {
	if len(args) == 2 {
		if err := t.setMethod(args[0]); err != nil {
			return err
		}
		args = args[1:]
	}
	if len(args) == 0 || args[0] == "" || len(args) == 1 && slices.Contains(Methods, args[0]) {
		return cli.Fail(finding.UsageFlag, "the path to call is missing", "such as nsauth call system/v1/serverTime")
	}
	t.path = args[0]
	if err := t.checkPath(); err != nil {
		return err
	}
	return t.setBody()
}

func (t *target) setMethod(name string) error {
	t.method = strings.ToUpper(name)
	if slices.Contains(Methods, t.method) {
		return nil
	}
	return cli.Fail(finding.UsageFlag, cli.Quoted(name)+": unknown method",
		text.DidYouMean(t.method, Methods, "such as nsauth call PATCH record/v1/customer/107 -f email=ap@example.com")...)
}

// checkPath refuses what would make another call than the one that was written.
// The client looks at the rest: the host, and dots that lead up.
func (t *target) checkPath() error {
	switch {
	case strings.Contains(t.path, "#"):
		return cli.Fail(finding.UsageUnsafeValue, "the path has a #; nothing after it would be sent", "write %23 for the character")
	case strings.Contains(t.path, `\`):
		return cli.Fail(finding.UsageUnsafeValue, `the path has a backslash`, "separate the parts of a path with /, also on Windows; write %5C for the character")
	case strings.HasPrefix(t.path, "ey") && strings.Count(t.path, ".") == 2 && !strings.Contains(t.path, "/"):
		return cli.Fail(finding.UsageFlag, "the path is a token", "give a token with --access-token-file: a file, -, or env:NAME")
	case !strings.Contains(t.path, "?") && secretscan.Value(t.path) != "": // a query may name a parameter so
		return cli.Fail(finding.UsageFlag, "the path is "+secretscan.Value(t.path)+"; not shown", "give the path of a call, such as record/v1/customer/1")
	case mixedEscapes(t.path):
		return cli.Fail(finding.UsageUnsafeValue, "the query of the URL has both a plain % and escapes such as %20; it is not clear which % is meant as itself",
			"write %25 for the character, or give the parameter with --query NAME=VALUE, which escapes it")
	case strings.HasPrefix(t.path, "-"):
		return cli.Fail(finding.UsageFlag, "the path begins with a dash", "give flags before or after [METHOD] PATH")
	}
	return nil
}

// mixedEscapes reports whether a query has escapes beside a % that begins none. Alone,
// the client escapes such a %.
func mixedEscapes(ref string) bool {
	_, query, _ := strings.Cut(ref, "?")
	escapes, plain := false, false
	for i := range len(query) {
		if query[i] == '%' {
			is := text.IsEscape(query[i:])
			escapes, plain = escapes || is, plain || !is
		}
	}
	return escapes && plain
}

func (t *target) fromQuery(args []string) error {
	if len(args) == 0 || strings.TrimSpace(args[0]) == "" {
		return cli.Fail(finding.UsageFlag, "the query is missing", "such as nsauth call suiteql 'SELECT id FROM customer'")
	}
	if t.options.Data != "" || len(t.options.Fields) > 0 {
		return cli.Fail(finding.UsageFlag, "call suiteql cannot be combined with -d or -f: the query is the body")
	}
	if (args[0] == "-" || args[0] == "@-") && t.options.TokenFile == "-" {
		return cli.Fail(finding.UsageFlag, "the query and --access-token-file both read standard input", "give a file for one of them")
	}
	query, err := t.readBody(args[0], "the query")
	if err != nil {
		return err
	}
	t.method, t.path, t.reads = http.MethodPost, checks.SuiteQLPath, true
	t.setDefault("Prefer", "transient")
	t.setDefault("Content-Type", "application/json")
	t.body, err = encodeJSON(map[string]string{"q": string(query)})
	return err
}

func (t *target) fromRESTlet(args []string) error {
	o := t.options
	if o.Script == "" || o.Deploy == "" {
		return cli.Fail(finding.UsageFlag, "--script or --deploy is missing", "a RESTlet's URL has both, such as script=512&deploy=1")
	}
	if len(args) == 1 {
		if err := t.setMethod(args[0]); err != nil {
			return err
		}
	}
	if t.profile.Account.IsZero() {
		return cli.Fail(finding.UsageConfig, "the account is not set", "set the account, with --account or in a profile")
	}
	t.path = "https://" + t.profile.Account.RESTletHost() + checks.RESTletPath +
		"?script=" + queryEscape(o.Script) + "&deploy=" + queryEscape(o.Deploy)
	if err := t.setBody(); err != nil {
		return err
	}
	// NetSuite wants it of a GET as well, whose answer has its form.
	t.setDefault("Content-Type", "application/json")
	return nil
}

// setBody reads the body, which also decides the method unless one was given.
func (t *target) setBody() error {
	o := t.options
	given := o.Data != "" || len(o.Fields) > 0
	switch {
	case given && t.method == "":
		t.method = http.MethodPost
	case t.method == "":
		t.method = http.MethodGet
	}
	if given && (t.method == http.MethodGet || t.method == http.MethodHead) {
		return cli.Fail(finding.UsageFlag, "NetSuite refuses a "+t.method+" with a body", "give parameters with --query name=value")
	}
	var err error
	switch {
	case o.Data != "":
		if t.body, err = t.readBody(o.Data, "the body"); err != nil {
			return err
		}
	case len(o.Fields) > 0:
		if t.body, err = fieldsBody(o.Fields); err != nil {
			return err
		}
	}
	if !given {
		return nil
	}
	if t.header.Get("Content-Type") == "" && !json.Valid(t.body) {
		return cli.Fail(finding.UsageFlag, "the request body is not valid JSON", "for another format set -H 'Content-Type: ...'")
	}
	t.setDefault("Content-Type", "application/json")
	return nil
}

// setDefault sets a header that was not given.
func (t *target) setDefault(name, value string) {
	if t.header.Get(name) == "" {
		t.header.Set(name, value)
	}
}

// maxRequestBody bounds what is sent. NetSuite accepts 10 MB from a RESTlet's caller.
const maxRequestBody = 64 << 20

// readBody reads @FILE, file:FILE, - for standard input, or takes the text itself.
func (t *target) readBody(where, what string) ([]byte, error) {
	path, named := strings.CutPrefix(where, "file:") // PowerShell takes @ for itself
	if !named {
		path, named = strings.CutPrefix(where, "@")
	}
	source := path
	switch {
	case where == "-", named && path == "-": // curl reads @- so
		source, path, t.stdin = "-", "standard input", true
	case !named:
		return []byte(where), nil
	case path == "":
		return nil, cli.Fail(finding.UsageFlag, cli.Quoted(where)+" needs the name of a file", "such as "+where+"body.json")
	case secretscan.Value(path) != "":
		return nil, cli.Fail(finding.UsageFlag, "the name of the body's file is "+secretscan.Value(path)+"; not shown", "give the body itself, or @ and the path of its file")
	}
	body, err := t.app.ReadFile(source, maxRequestBody)
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxRequestBody:
		return nil, cli.Fail(finding.UsageConfig, fmt.Sprintf("%s is larger than %d MiB", path, maxRequestBody>>20))
	case len(bytes.TrimSpace(body)) == 0:
		return nil, cli.Fail(finding.UsageConfig, path+" is empty; it must contain "+what)
	}
	return body, nil
}

// fieldsBody makes a JSON object of name=text and name:=JSON.
func fieldsBody(fields []string) ([]byte, error) {
	object := map[string]any{}
	for _, f := range fields {
		name, value, ok := strings.Cut(f, "=")
		if !ok || name == "" || name == ":" {
			return nil, cli.Fail(finding.UsageFlag, "invalid -f: want NAME=VALUE", "such as -f email=ap@example.com, or -f 'subsidiary:={\"id\":1}'")
		}
		name, isJSON := strings.CutSuffix(name, ":")
		if _, twice := object[name]; twice {
			return nil, cli.Fail(finding.UsageFlag, "-f sets "+cli.Quoted(name)+" twice")
		}
		object[name] = value
		if isJSON {
			if !json.Valid([]byte(value)) {
				return nil, cli.Fail(finding.UsageFlag, "the value of -f "+cli.Quoted(name)+":= is not valid JSON", "for a text, write -f "+name+"=VALUE")
			}
			object[name] = json.RawMessage(value)
		}
	}
	return encodeJSON(object)
}

// encodeJSON leaves <, > and & as they are: a query reads better so.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// ours says of a header why it cannot be given.
var ours = map[string]string{
	"Authorization":       "nsauth sends the access token itself; for another one use --access-token-file",
	"Cookie":              "NetSuite refuses a call with both a cookie and an access token",
	"Host":                "the host is that of the URL",
	"Proxy-Authorization": "put the proxy's user name and password into its URL",
	"Content-Length":      "it follows from the body",
	"Transfer-Encoding":   "it belongs to the connection",
	"Connection":          "it belongs to the connection",
	"Upgrade":             "it belongs to the connection",
	"Te":                  "it belongs to the connection",
	"Trailer":             "it belongs to the connection",
}

// readHeaders reads -H 'Name: value'. An empty value is sent as such.
func readHeaders(given []string) (http.Header, error) {
	h := http.Header{}
	for _, line := range given {
		name, value, ok := strings.Cut(line, ":")
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		if !ok || name == "" {
			return nil, cli.Fail(finding.UsageFlag, "invalid -H: want NAME: VALUE", "such as -H 'Prefer: transient'")
		}
		if why, is := ours[name]; is {
			return nil, cli.Fail(finding.UsageFlag, "-H cannot set "+name, why)
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return h, nil
}

// addQuery adds --query name=value to a path or URL.
func addQuery(path string, given []string) (string, error) {
	for _, pair := range given {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return "", cli.Fail(finding.UsageFlag, "invalid --query: want NAME=VALUE", "such as --query limit=5")
		}
		sign := "?"
		if strings.Contains(path, "?") {
			sign = "&"
		}
		path += sign + queryEscape(name) + "=" + queryEscape(value)
	}
	return path, nil
}

// queryEscape writes a blank as %20, which every server reads as one.
func queryEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// newTarget puts the request of a call together. Nothing is sent, and nothing but
// the body is read.
func newTarget(a *cli.App, o Options, p *profile.Profile, what What) (*target, error) {
	header, err := readHeaders(o.Headers)
	if err != nil {
		return nil, err
	}
	t := &target{app: a, options: o, profile: p, header: header}
	if err := what(t); err != nil {
		return nil, err
	}
	t.path, err = addQuery(t.path, o.Query)
	return t, err
}

// request is what is sent, but for the token.
func (t *target) request() netsuite.Request {
	r := checks.CallRequest(t.method, t.path)
	for name, values := range t.header {
		r.Header[name] = values
	}
	r.Body = t.body
	return r
}

// changes reports whether the call may change something.
func (t *target) changes() bool {
	return !t.reads && t.method != http.MethodGet && t.method != http.MethodHead
}

// added reports whether nsauth put a header there, and not the person who called.
func (t *target) added(name string) bool {
	given, _ := readHeaders(t.options.Headers)
	_, own := given[name]
	return !own
}
