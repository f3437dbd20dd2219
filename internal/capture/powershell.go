package capture

import (
	"slices"
	"strings"
)

// invokers are the PowerShell commands that send a request, and their aliases.
var invokers = []string{"invoke-restmethod", "invoke-webrequest", "irm", "iwr"}

func isInvoker(word string) bool { return slices.Contains(invokers, strings.ToLower(word)) }

// powerShell reads Invoke-RestMethod or Invoke-WebRequest with the assignments before
// it, from Postman, browsers or scripts. It is nil for other text. It evaluates only
// literals, tables and variables that hold them; other values are unknown.
func (r *reader) powerShell(text string) *Paste {
	lower := strings.ToLower(text)
	named := strings.Contains(lower, invokers[0]) || strings.Contains(lower, invokers[1])
	if !named && !strings.Contains(lower, "irm ") && !strings.Contains(lower, "iwr ") {
		return nil
	}
	s := psScript{tokens: psTokens(text), values: map[string]*psValue{}}
	s.run()
	if len(s.requests) == 0 {
		return nil
	}
	first := max(0, slices.IndexFunc(s.requests, (*request).asksForToken))
	r.note(PowerShellCommand)
	return r.fromRequest(PowerShell, s.requests[first])
}

// psValue is what is known of a value: a text, or the pairs of a table.
type psValue struct {
	text   string
	pairs  []pair
	table  bool
	json   bool // it went through ConvertTo-Json
	cookie bool // a session that was given one
}

// psScript reads the tokens of a script once.
type psScript struct {
	tokens   []psToken
	at       int
	values   map[string]*psValue // of variables, in lower case
	requests []*request
	depth    int
	copied   int // bytes of concatenated texts
}

// The bounds of a script: depth of nested values, number of requests, and bytes of
// concatenated texts.
const (
	maxDepth    = 20
	maxRequests = 20
	maxCopied   = 4 * MaxBytes
)

// concat joins two texts, within maxCopied.
func (s *psScript) concat(a, b string) string {
	if s.copied += len(a) + len(b); s.copied > maxCopied {
		return a
	}
	return a + b
}

func (s *psScript) peek() psToken {
	if s.at >= len(s.tokens) {
		return psToken{psEOF, ""}
	}
	return s.tokens[s.at]
}

func (s *psScript) next() psToken {
	t := s.peek()
	s.at++
	return t
}

// mark skips the mark and reports true, if it is the next token.
func (s *psScript) mark(text string) bool {
	if t := s.peek(); t.kind == psMark && t.text == text {
		s.at++
		return true
	}
	return false
}

func (s *psScript) skipEnds() {
	for s.peek().kind == psEnd {
		s.at++
	}
}

// run reads every statement: assignments, additions to tables, and requests.
func (s *psScript) run() {
	for s.peek().kind != psEOF {
		t := s.next()
		switch {
		case t.kind != psWord:
		case isInvoker(t.text):
			s.request()
		case t.text[0] == '$':
			s.statement(strings.ToLower(t.text))
		}
	}
}

// statement reads one that begins with a variable: $x = ..., $x.name = ..., $x["name"] =
// ... or $x.Add("name", ...).
func (s *psScript) statement(variable string) {
	name, member, _ := strings.Cut(variable, ".")
	switch {
	case s.mark("="):
		if v := s.value(); member == "" {
			s.values[name] = v
		} else {
			s.set(name, member, v)
		}
	case s.mark("["):
		key := s.value()
		if s.mark("]") && s.mark("=") {
			s.set(name, key.text, s.value())
		}
	case strings.HasSuffix(member, "cookies.add"):
		s.variable(name).cookie = true
	case member == "add" && s.mark("("):
		key := s.value()
		if s.mark(",") {
			s.set(name, key.text, s.value())
		}
	}
}

// variable returns the value of a variable; an unknown one becomes a table.
func (s *psScript) variable(name string) *psValue {
	v := s.values[name]
	if v == nil {
		v = &psValue{table: true}
		s.values[name] = v
	}
	return v
}

func (s *psScript) set(name, key string, v *psValue) {
	table := s.variable(name)
	table.pairs = append(table.pairs, pair{key, v.text})
}

// argument reads the value of a parameter, where a word is text. A pipe after it is
// about the response.
func (s *psScript) argument() *psValue {
	if t := s.peek(); t.kind == psWord && t.text[0] != '$' {
		s.at++
		return &psValue{text: t.text}
	}
	s.depth++
	defer func() { s.depth-- }()
	return s.operand()
}

// value reads one value. An unknown one is "$", like a variable that the text does not
// set.
func (s *psScript) value() *psValue {
	s.depth++
	defer func() { s.depth-- }()
	v := s.operand()
	for s.mark("+") {
		v = &psValue{text: s.concat(v.text, s.operand().text)}
	}
	if s.peek() == (psToken{psMark, "|"}) && s.at+1 < len(s.tokens) && strings.EqualFold(s.tokens[s.at+1].text, "ConvertTo-Json") {
		s.at += 2
		v = &psValue{text: v.text, pairs: v.pairs, table: v.table, json: true}
	}
	return v
}

func (s *psScript) operand() *psValue {
	unknown := &psValue{text: "$"}
	t := s.next()
	switch {
	case s.depth > maxDepth:
	case t.kind == psLiteral:
		return &psValue{text: t.text}
	case t.kind == psText:
		return &psValue{text: s.expand(t.text)}
	case t == psToken{psMark, "@{"}:
		return s.table()
	case t == psToken{psMark, "["}: // a type before a value
		for t := s.next(); t != (psToken{psMark, "]"}) && t.kind != psEnd && t.kind != psEOF; t = s.next() {
		}
		return s.value()
	case t == psToken{psMark, "("}:
		return s.group()
	case t.kind == psEnd:
		s.at--
	case t.kind != psWord:
	case isInvoker(t.text):
		s.request()
	case strings.EqualFold(t.text, "New-Object"):
		for k := s.peek().kind; k != psEnd && k != psEOF; k = s.peek().kind {
			s.at++
		}
		return &psValue{table: true}
	case t.text[0] == '$':
		if v := s.values[strings.ToLower(t.text)]; v != nil {
			return v
		}
		return &psValue{text: t.text}
	default:
		return &psValue{text: t.text}
	}
	return unknown
}

// group reads a value in parentheses, and ignores operators after it.
func (s *psScript) group() *psValue {
	v := s.value()
	for open := 1; open > 0; {
		switch t := s.next(); {
		case t.kind == psEOF:
			return v
		case t == psToken{psMark, "("}:
			open++
		case t == psToken{psMark, ")"}:
			open--
		}
	}
	return v
}

// table reads the pairs of @{...}.
func (s *psScript) table() *psValue {
	v := &psValue{table: true}
	for {
		s.skipEnds()
		t := s.next()
		switch {
		case t.kind == psEOF, t == psToken{psMark, "}"}:
			return v
		case t.kind != psMark && s.mark("="):
			s.skipEnds()
			v.pairs = append(v.pairs, pair{t.text, s.value().text})
		}
	}
}

// expand replaces the known variables in a text.
func (s *psScript) expand(text string) string {
	before, rest, found := strings.Cut(text, "$")
	for found {
		rest, _ = strings.CutPrefix(rest, "{")
		end := 0
		for end < len(rest) && isNameByte(rest[end]) {
			end++
		}
		name := "$" + rest[:end]
		if v := s.values[strings.ToLower(name)]; v != nil && !v.table {
			name = v.text
		}
		var between string
		between, rest, found = strings.Cut(strings.TrimPrefix(rest[end:], "}"), "$")
		before = s.concat(before, name+between)
	}
	return before
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == ':'
}

// psParameters are the parameters about what is sent; each may be abbreviated.
var psParameters = []string{"uri", "method", "custommethod", "headers", "body", "contenttype", "websession", "credential",
	"authentication", "token", "infile", "form"}

// request reads the parameters of an invoker.
func (s *psScript) request() {
	q := &request{allHeaders: true}
	var body *psValue
	for {
		t := s.peek()
		switch {
		case t.kind == psEnd && s.continued():
			s.skipEnds()
			continue
		case t.kind == psEnd, t.kind == psEOF, t.kind == psMark && strings.Contains("|){}", t.text):
			q.finishPowerShell(body)
			isRequest := strings.Contains(q.written, "://") || q.asksForToken() // and not the word alone
			if isRequest && len(s.requests) < maxRequests {
				s.requests = append(s.requests, q)
			}
			return
		case t.kind == psWord && len(t.text) > 1 && t.text[0] == '-':
			s.at++
			name, glued, hasGlued := strings.Cut(t.text[1:], ":")
			if hasGlued && glued != "" { // -Method:Post
				s.at--
				s.tokens[s.at] = psToken{psWord, glued}
			}
			if k := s.peek(); k.kind == psEnd || k.kind == psWord && strings.HasPrefix(k.text, "-") {
				continue // a switch
			}
			q.parameter(parameterNamed(strings.ToLower(name)), s.argument(), &body)
		default:
			q.parameter("uri", s.argument(), &body)
		}
	}
}

// continued reports whether a line that begins with a parameter follows: the escapes of
// line breaks often get lost.
func (s *psScript) continued() bool {
	i := s.at
	for i < len(s.tokens) && s.tokens[i].kind == psEnd {
		i++
	}
	return i < len(s.tokens) && s.tokens[i].kind == psWord && len(s.tokens[i].text) > 1 && s.tokens[i].text[0] == '-'
}

func parameterNamed(short string) string {
	for _, name := range psParameters {
		if short != "" && strings.HasPrefix(name, short) {
			return name
		}
	}
	return ""
}

// parameter reads one parameter. The body is read at the end, when its type is known.
func (q *request) parameter(name string, v *psValue, body **psValue) {
	switch name {
	case "uri":
		if q.url == "" && !isPlaceholder(v.text) {
			q.setURL(v.text)
		}
	case "method", "custommethod":
		if q.method = strings.ToUpper(v.text); q.method == "DEFAULT" {
			q.method = ""
		}
	case "headers":
		for _, h := range v.pairs {
			q.header(h.name, h.value)
		}
		q.allHeaders = q.allHeaders && v.table // else they are not in the text
	case "contenttype":
		q.header("Content-Type", v.text)
	case "websession":
		q.cookie = q.cookie || v.cookie
	case "credential":
		q.header("Authorization", "Basic")
	case "authentication":
		if strings.EqualFold(v.text, "Basic") {
			q.header("Authorization", "Basic")
		}
	case "token":
		q.header("Authorization", "Bearer "+v.text)
	case "infile":
		q.hasBody, q.incomplete = true, true
	case "form":
		q.hasBody, q.kind = true, bodyMultipart
		q.params = append(q.params, v.pairs...)
	case "body":
		*body = v
	}
}

// finishPowerShell applies the defaults of Invoke-RestMethod: the method is GET, a table
// becomes the query of a GET, and the body of a POST is a form.
func (q *request) finishPowerShell(body *psValue) {
	if q.method == "" {
		q.method = "GET"
	}
	switch {
	case body == nil:
	case body.table && !body.json && q.method == "GET":
		q.query = append(q.query, body.pairs...)
	case body.table:
		q.hasBody = true
		q.params = append(q.params, body.pairs...)
		if body.json {
			q.kind = bodyJSON
		}
	case isPlaceholder(body.text):
		q.hasBody, q.incomplete, q.inVariable = true, true, true
	default:
		q.hasBody = true
		q.body(body.text)
	}
	if q.method == "POST" && q.allHeaders {
		q.impliedType()
	}
}
