package capture

import (
	"fmt"
	"github.com/nsauth/nsauth/internal/secret"
	"regexp"
	"strings"
)

// methods begin an HTTP message. Other words would match ordinary text.
var methods = []string{"GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ", "OPTIONS "}

// message reads HTTP requests as programs log them, as curl -v shows them (each line
// after "> "), or as editors store them: "POST URL", headers, an empty line, the body. A
// response may follow. It is nil for other text.
func (r *reader) message(text string) *Paste {
	lines := strings.Split(text, "\n")
	what := "HTTP message"
	if sent := linesSent(lines); len(sent) > 0 {
		lines, what = sent, "log of curl -v"
	}
	if r.traced {
		what = "log of curl --trace"
	}
	m := messages{variables: editorVariables(lines)}
	for len(lines) > 0 && len(m.requests) < maxRequests {
		lines = lines[m.read(lines):]
	}
	if len(m.requests) == 0 {
		return nil
	}
	if m.editor {
		what = "HTTP file"
	}
	r.note(Message)
	chosen, said := choose(m.requests, what)
	p := r.fromRequest(HTTP, chosen)
	p.ReadAs, p.Answer = said, m.answer
	if chosen.notLogged {
		p.ReadAs += "; the body is not in this log"
	}
	return p
}

// choose returns the first request for a token, else the first one, and says which of
// them it is.
func choose(requests []*request, what string) (chosen *request, said string) {
	at, tokens := -1, 0
	for i, q := range requests {
		if q.asksForToken() {
			if tokens++; at < 0 {
				at = i
			}
		}
	}
	chosen, said = requests[max(at, 0)], what
	switch {
	case chosen.name != "":
		said += fmt.Sprintf(", request '%s'", secret.Title(chosen.name))
	case len(requests) > 1:
		said += fmt.Sprintf(", request %d of %d", max(at, 0)+1, len(requests))
	}
	if tokens > 1 {
		said += fmt.Sprintf("; %d requests ask for a token", tokens)
	}
	return chosen, said
}

// messages collects the requests of a text.
type messages struct {
	requests  []*request
	answer    *Answer
	variables map[string]string
	name      string // of the next request
	editor    bool   // the text has marks of an editor's .http file
	begun     bool   // a line with words was read
}

// read reads the request at the first line, or skips the line. It returns the number of
// lines that it used.
func (m *messages) read(lines []string) int {
	line := strings.TrimSpace(lines[0])
	first := !m.begun
	switch {
	case line == "":
		return 1
	case strings.HasPrefix(line, "#"), strings.HasPrefix(line, "//"), line[0] == '@' && strings.Contains(line, "="):
		m.editor = m.editor || line[0] == '@' || strings.HasPrefix(line, "###") || strings.Contains(line, "@name")
		m.remark(line)
		return 1
	}
	m.begun = true
	if status := statusOf(line); status != 0 && len(m.requests) > 0 {
		answer, used := readAnswer(status, lines)
		if m.answer == nil || m.requests[len(m.requests)-1].asksForToken() {
			m.answer = answer
		}
		return used
	}
	if n := len(m.requests); n > 0 && m.answer == nil && section.MatchString(line) {
		if status := statusOf("HTTP/1 " + m.requests[n-1].shown); status != 0 {
			m.answer = answerOf(status, strings.Join(lines, "\n"))
		}
		return 1
	}
	method, target := requestLine(expand(line, m.variables))
	if method == "" || !first && !m.editor && !followedByHeader(lines) {
		return 1
	}
	q := &request{method: method, allHeaders: true, name: m.name}
	m.name = ""
	q.setURL(target)
	m.requests = append(m.requests, q)
	return m.rest(q, lines)
}

// remark reads the name of the next request from ### NAME or # @name NAME.
func (m *messages) remark(line string) {
	if _, name, ok := strings.Cut(line, "@name"); ok {
		m.name = strings.Trim(name, " =\t")
	} else if name, ok := strings.CutPrefix(line, "###"); ok {
		m.name = strings.Trim(name, "# \t")
	}
}

// rest reads headers and body of a request, and returns the number of lines of the whole.
func (m *messages) rest(q *request, lines []string) int {
	i := 1
	for ; i < len(lines) && isQueryLine(lines[i]); i++ { // as editors break a long URL
		q.query = append(q.query, pairs(strings.TrimLeft(strings.TrimSpace(lines[i]), "?&"))...)
	}
	for ; i < len(lines) && strings.TrimSpace(lines[i]) != "" && !endsMessage(lines[i]); i++ {
		if section.MatchString(lines[i]) {
			if opensBody(lines[i]) {
				break
			}
			if q.shown == "" {
				q.shown = strings.TrimSpace(lines[i])
			}
			continue
		}
		name, value, ok := strings.Cut(expand(lines[i], m.variables), ":")
		if !ok || strings.ContainsAny(strings.TrimSpace(name), " =&") { // the empty line is missing
			break
		}
		q.header(name, value)
	}
	begin := i
	for ; i < len(lines) && !endsMessage(lines[i]); i++ {
		if section.MatchString(lines[i]) && opensBody(lines[i]) {
			begin = i + 1
		}
	}
	m.body(q, strings.TrimSpace(expand(strings.Join(lines[min(begin, i):i], "\n"), m.variables)))
	return i
}

// body reads the body of a message. A log without one may have left it out.
func (m *messages) body(q *request, body string) {
	if rest, isFile := strings.CutPrefix(body, "< "); isFile && !strings.Contains(rest, "=") {
		q.hasBody, q.incomplete = true, true
		return
	}
	if body == "" {
		q.notLogged = q.length != "0" && q.method != "GET" && q.method != "HEAD"
		q.incomplete = q.incomplete || q.notLogged
		return
	}
	q.hasBody = true
	if named, _ := namedLines(body); len(named) > 0 && !strings.Contains(body, "&") && body[0] != '{' {
		q.params = append(q.params, named...)
		return
	}
	q.body(body)
}

// section is a title in what Postman's console and browser developer tools show.
var section = regexp.MustCompile(`(?i)^[^a-z]*(?:general|network|(?:request|response) (?:headers|body|payload)|form data)[^a-z]*$|^\s*[0-9.]+(?: ?m?s| [a-z ]+)?\s*$`)

func opensBody(title string) bool {
	title = strings.ToLower(title)
	return strings.Contains(title, "form data") || strings.Contains(title, "request body") || strings.Contains(title, "request payload")
}

// isQueryLine recognises ?name=value or &name=value in a line of its own.
func isQueryLine(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) > 1 && (line[0] == '?' || line[0] == '&') && strings.Contains(line, "=")
}

// endsMessage recognises what follows a body: the next request, a response, or what an
// editor does with the response.
func endsMessage(line string) bool {
	trimmed := strings.TrimSpace(line)
	method, target := requestLine(trimmed)
	return section.MatchString(line) && strings.Contains(strings.ToLower(line), "response") || strings.HasPrefix(trimmed, "###") || statusOf(trimmed) != 0 || method != "" && target != "" ||
		strings.HasPrefix(trimmed, "> {%") || strings.HasPrefix(trimmed, ">>")
}

// followedByHeader reports whether a header is in the next line.
func followedByHeader(lines []string) bool {
	if strings.Contains(lines[0], " HTTP/") {
		return true
	}
	if len(lines) < 2 {
		return false
	}
	name, _, ok := strings.Cut(lines[1], ":")
	return ok && name != "" && !strings.ContainsAny(name, " =&")
}

// linesSent returns the lines that curl -v marks as sent.
func linesSent(lines []string) []string {
	var sent []string
	for _, line := range lines {
		if line == ">" {
			sent = append(sent, "")
		} else if rest, ok := strings.CutPrefix(line, "> "); ok && !strings.HasPrefix(rest, "{%") {
			sent = append(sent, rest)
		}
	}
	if len(sent) > 0 {
		if method, _ := requestLine(sent[0]); method == "" {
			return nil
		}
		for _, line := range lines { // the answer, in lines that begin with <
			if rest, ok := strings.CutPrefix(line, "< "); ok {
				sent = append(sent, rest)
			}
		}
	}
	return sent
}

// proxied is what mitmproxy writes before a request line, and before a status line.
var proxied = regexp.MustCompile(`^(?:\S+:\d+: |<< |>> )`)

func requestLine(line string) (method, target string) {
	line = proxied.ReplaceAllString(strings.TrimSpace(line), "")
	for _, m := range methods {
		if rest, ok := strings.CutPrefix(line, m); ok {
			target, version, _ := strings.Cut(strings.TrimSpace(rest), " ")
			addressed := strings.HasPrefix(target, "/") || strings.HasPrefix(target, "{{") || strings.Contains(target, "://")
			if addressed && (version == "" || strings.HasPrefix(version, "HTTP/")) {
				return strings.TrimSpace(m), target
			}
		}
	}
	return "", ""
}

// editorVariables returns the variables that an .http file sets: @name = value.
func editorVariables(lines []string) map[string]string {
	variables := map[string]string{}
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "@"); ok && len(variables) < maxNames {
			if name, value, ok := strings.Cut(rest, "="); ok {
				variables[strings.TrimSpace(name)] = expand(strings.TrimSpace(value), variables)
			}
		}
	}
	return variables
}

// expand replaces {{name}} by the value of a known variable, once and within bounds.
func expand(text string, variables map[string]string) string {
	if len(variables) == 0 || !strings.Contains(text, "{{") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		b.WriteString(before)
		if !found || !closed || b.Len() > MaxBytes {
			if found {
				b.WriteString("{{" + rest)
			}
			return b.String()
		}
		if value, ok := variables[strings.TrimSpace(name)]; ok {
			b.WriteString(value)
		} else {
			b.WriteString("{{" + name + "}}")
		}
		text = after
	}
}
