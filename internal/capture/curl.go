package capture

import (
	"net/url"
	"strings"

	"github.com/nsauth/nsauth/internal/shellwords"
)

// The options of curl with an argument, from its manual. All others are flags.
const (
	shortWithArgument = "AbcCdDeEFHhKmoPQrtTuUwxXyYz"
	longWithArgument  = " --abstract-unix-socket --alt-svc --aws-sigv4 --cacert --capath --cert --cert-type --ciphers --config " +
		"--connect-timeout --connect-to --continue-at --cookie --cookie-jar --create-file-mode --crlfile --curves --data --data-ascii " +
		"--data-binary --data-raw --data-urlencode --delegation --dns-servers --doh-url --dump-header --engine --expect100-timeout " +
		"--form --form-string --happy-eyeballs-timeout-ms --header --hsts --interface --json --keepalive-time --key --key-type " +
		"--limit-rate --local-port --login-options --max-filesize --max-redirs --max-time --netrc-file --noproxy --oauth2-bearer " +
		"--output --output-dir --parallel-max --pass --pinnedpubkey --preproxy --proto --proto-default --proto-redir --proxy " +
		"--proxy-cacert --proxy-header --proxy-user --range --rate --referer --request --request-target --resolve --retry " +
		"--retry-delay --retry-max-time --socks4 --socks4a --socks5 --socks5-hostname --speed-limit --speed-time --stderr " +
		"--time-cond --tls-max --tls13-ciphers --trace --trace-ascii --unix-socket --upload-file --url --url-query --user " +
		"--user-agent --variable --write-out "
)

// longNames are the long names of short options about what is sent.
var longNames = map[byte]string{'X': "--request", 'H': "--header", 'd': "--data", 'F': "--form", 'u': "--user", 'b': "--cookie",
	'G': "--get", 'I': "--head", 'T': "--upload-file"}

// curl reads a curl command: the whole text, or one in a script or ticket. It is nil for
// other text.
func (r *reader) curl(text string) *Paste {
	var q *request
	command := prompt(text)
	if commandName(command) {
		q = curlRequest(command, 0)
	}
	if q == nil || !q.asksForToken() {
		if other := curlWithin(text); other != nil && (q == nil || other.asksForToken()) {
			q = other
			r.note(Around)
		}
	}
	if q == nil {
		return nil
	}
	r.note(Command)
	return r.fromRequest(Curl, q)
}

// curlWithin returns the first curl command in a text that requests a token, else the
// first one with a URL.
func curlWithin(text string) *request {
	var first *request
	at, lower := 0, strings.ToLower(text)
	for range maxCommands {
		i := strings.Index(lower[at:], "curl")
		if i < 0 || len(lower) != len(text) {
			break
		}
		i += at
		at = i + len("curl")
		if i > 0 && strings.IndexByte(" \t\n;|&(`'\"/\\", text[i-1]) < 0 || !commandName(text[i:]) {
			continue
		}
		var closing byte
		if i > 0 {
			closing = map[byte]byte{'(': ')', '`': '`'}[text[i-1]]
		}
		q := curlRequest(text[i:], closing)
		switch {
		case !strings.Contains(q.written, "://"):
		case q.asksForToken():
			return q
		case first == nil:
			first = q
		}
	}
	return first
}

// maxCommands bounds how many times the word curl is tried in one text.
const maxCommands = 20

// commandName reports whether a text begins with curl, also with a path.
func commandName(text string) bool {
	name := text
	if i := strings.IndexAny(name, " \t\n"); i >= 0 {
		name = name[:i]
	}
	name = strings.ToLower(strings.Trim(name, `"'&`))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	return name == "curl" || name == "curl.exe"
}

// curlRequest reads a curl command. closing ends it, unless it is 0.
func curlRequest(command string, closing byte) *request {
	q := &request{input: shellwords.HereDocument(command)}
	args := shellwords.Split(command, closing)
	for i := 1; i < len(args); i++ {
		option, value, hasValue := args[i], "", false
		switch {
		case option == "--":
			continue
		case strings.HasPrefix(option, "--"):
			hasValue = strings.Contains(longWithArgument, " "+option+" ")
		case len(option) > 1 && option[0] == '-':
			option, value, hasValue = q.short(option)
		default:
			option, value = "--url", option
		}
		if hasValue && value == "" && i+1 < len(args) {
			i++
			value = args[i]
		}
		q.option(option, value)
	}
	if q.method == "" {
		q.method = q.impliedMethod()
	}
	return q
}

// prompt removes a shell's prompt before a command.
func prompt(s string) string {
	for _, mark := range []string{"$ ", "# ", "% ", "> "} {
		if head, rest, ok := strings.Cut(s, mark); ok && len(head) < 80 && !strings.ContainsAny(head, "\n'\"") &&
			strings.HasPrefix(rest, "curl") {
			return rest
		}
	}
	if head, rest, ok := strings.Cut(s, ">"); ok && len(head) < 80 && !strings.Contains(head, "\n") && strings.HasPrefix(rest, "curl") {
		return rest
	}
	return s
}

// short reads a cluster such as -sSX: flags, of which the last may have an argument,
// with or without a space.
func (q *request) short(cluster string) (option, value string, hasValue bool) {
	for i := 1; i < len(cluster); i++ {
		long := longNames[cluster[i]]
		if strings.IndexByte(shortWithArgument, cluster[i]) >= 0 {
			return long, cluster[i+1:], true
		}
		q.option(long, "")
	}
	return "", "", false
}

// option reads one option of curl. It ignores options that do not change the request.
func (q *request) option(name, value string) {
	switch name {
	case "--url":
		if q.url == "" {
			q.setURL(value)
		}
	case "--request":
		q.method = strings.ToUpper(value)
	case "--get":
		q.get = true
	case "--head":
		q.method = "HEAD"
	case "--header":
		head, rest, ok := strings.Cut(value, ":")
		if ok && strings.TrimSpace(rest) != "" { // "Accept:" removes a header
			q.header(head, rest)
		}
	case "--cookie":
		q.header("Cookie", value)
	case "--user":
		q.header("Authorization", "Basic")
	case "--oauth2-bearer":
		q.header("Authorization", "Bearer "+value)
	case "--data", "--data-ascii", "--data-binary", "--data-raw":
		q.curlData(name, value)
	case "--data-urlencode":
		q.hasBody = true
		before, content, ok := strings.Cut(value, "=")
		switch {
		case ok && before != "":
			q.add(before, content)
		case strings.Contains(value, "@"):
			q.incomplete = true
			if before, _, _ := strings.Cut(value, "@"); before != "" {
				q.add(before, "@")
			}
		}
	case "--json":
		q.hasBody, q.kind = true, bodyJSON
		if q.contentType == nil {
			q.header("Content-Type", "application/json")
		}
		q.jsonBody(value)
	case "--form", "--form-string":
		q.hasBody, q.kind = true, bodyMultipart
		before, content, _ := strings.Cut(value, "=")
		if name == "--form" {
			content = q.formContent(content)
		}
		q.add(before, content)
	case "--upload-file":
		q.hasBody, q.incomplete, q.put = true, true, true
	case "--url-query":
		before, content, _ := strings.Cut(value, "=")
		q.query = append(q.query, pair{before, content})
	}
}

// formContent returns the value that curl sends for the part after NAME= of --form: of a
// quotation the inside, else the text before a semicolon. Of a file it knows nothing.
func (q *request) formContent(s string) string {
	if strings.HasPrefix(s, "@") || strings.HasPrefix(s, "<") {
		q.incomplete = true
		return "@"
	}
	s = strings.TrimLeft(s, " \t")
	var b strings.Builder
	for i := 1; i < len(s) && s[0] == '"'; i++ {
		switch {
		case s[i] == '"':
			return b.String()
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	s, _, _ = strings.Cut(s, ";")
	return strings.TrimRight(s, " \t")
}

func (q *request) curlData(option, value string) {
	q.hasBody = true
	if value == "@-" && q.input != "" {
		value = q.input
	} else if strings.HasPrefix(value, "@") && option != "--data-raw" {
		q.incomplete = true
		return
	}
	q.body(value)
}

// impliedMethod is the method that curl sends without -X.
func (q *request) impliedMethod() string {
	switch {
	case q.put:
		return "PUT"
	case q.hasBody && !q.get:
		return "POST"
	}
	return "GET"
}

// finish does what curl does at the end: -G moves the data into the URL.
func (q *request) finish() {
	if q.get {
		q.query, q.params = append(q.query, q.params...), nil
		q.hasBody = false
	}
	q.impliedType()
}

// impliedType sets the content type that programs send by default.
func (q *request) impliedType() {
	switch {
	case !q.hasBody || q.contentType != nil:
	case q.kind == bodyMultipart:
		q.contentType = []string{"multipart/form-data"}
	default:
		q.contentType = []string{formType}
	}
}

func (q *request) setURL(s string) {
	q.written = s
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		q.url = "?"
		return
	}
	if u.Scheme == "" && u.Host == "" && !strings.HasPrefix(s, "/") {
		if again, err := url.Parse("http://" + s); err == nil { // curl's own guess
			u = again
		}
	}
	if u.User != nil {
		q.header("Authorization", "Basic")
	}
	q.query = append(q.query, pairs(u.RawQuery)...)
	u.User, u.RawQuery, u.Fragment, u.RawFragment = nil, "", "", ""
	q.url, q.path = u.String(), u.Path
}
