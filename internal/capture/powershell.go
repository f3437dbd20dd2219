package capture

import (
	"slices"
	"strings"
)

// invokers are the commands of PowerShell that send a request, and their aliases.
var invokers = []string{"invoke-restmethod", "invoke-webrequest", "irm", "iwr"}

func isInvoker(word string) bool { return slices.Contains(invokers, strings.ToLower(word)) }

// powerShell reads Invoke-RestMethod or Invoke-WebRequest with the assignments
// before it, as Postman and browsers copy them and as scripts have them; nil if the
// text has neither. Nothing is evaluated but literals, tables and variables that
// hold them: what else there is counts as not in the text.
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
	r.took(PowerShellCommand)
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

// psScript goes through a script's tokens once.
type psScript struct {
	tokens   []psToken
	at       int
	values   map[string]*psValue // of variables, in lower case
	requests []*request
	depth    int
	copied   int // bytes of texts that were put together
}

// The bounds of a script: how deep values are nested, and how many requests are
// looked at. Texts that are put together come to no more than a few pastes.
const (
	maxDepth    = 20
	maxRequests = 20
	maxCopied   = 4 * MaxBytes
)

// joined puts two texts together, as long as there is not too much of it.
func (s *psScript) joined(a, b string) string {
	if s.copied += len(a) + len(b); s.copied > maxCopied {
		return a
	}
	return a + b
}

func (s *psScript) peek() psToken {
	if s.at >= len(s.tokens) {
		return psToken{psNothing, ""}
	}
	return s.tokens[s.at]
}

func (s *psScript) next() psToken {
	t := s.peek()
	s.at++
	return t
}

// mark takes a mark, if it is the next token.
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

// run takes in every statement: assignments, additions to tables, and requests.
func (s *psScript) run() {
	for s.peek().kind != psNothing {
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

// statement is one that begins with a variable: $x = ..., $x.name = ..., $x["name"] =
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
		s.of(name).cookie = true
	case member == "add" && s.mark("("):
		key := s.value()
		if s.mark(",") {
			s.set(name, key.text, s.value())
		}
	}
}

// of is the value of a variable, which is a table from now on if it was unknown.
func (s *psScript) of(name string) *psValue {
	v := s.values[name]
	if v == nil {
		v = &psValue{table: true}
		s.values[name] = v
	}
	return v
}

func (s *psScript) set(name, key string, v *psValue) {
	table := s.of(name)
	table.pairs = append(table.pairs, pair{key, v.text})
}

// argument reads the value of a parameter: a word stands for itself there, and what
// follows behind | is about the answer.
func (s *psScript) argument() *psValue {
	if t := s.peek(); t.kind == psWord && t.text[0] != '$' {
		s.at++
		return &psValue{text: t.text}
	}
	s.depth++
	defer func() { s.depth-- }()
	return s.single()
}

// value reads one value. What is not known is "$", as a variable that is not set in
// the text.
func (s *psScript) value() *psValue {
	s.depth++
	defer func() { s.depth-- }()
	v := s.single()
	for s.mark("+") {
		v = &psValue{text: s.joined(v.text, s.single().text)}
	}
	if s.peek() == (psToken{psMark, "|"}) && s.at+1 < len(s.tokens) && strings.EqualFold(s.tokens[s.at+1].text, "ConvertTo-Json") {
		s.at += 2
		v = &psValue{text: v.text, pairs: v.pairs, table: v.table, json: true}
	}
	return v
}

func (s *psScript) single() *psValue {
	unknown := &psValue{text: "$"}
	t := s.next()
	switch {
	case s.depth > maxDepth:
	case t.kind == psLiteral:
		return &psValue{text: t.text}
	case t.kind == psText:
		return &psValue{text: s.replaced(t.text)}
	case t == psToken{psMark, "@{"}:
		return s.table()
	case t == psToken{psMark, "["}: // a type before a value
		for t := s.next(); t != (psToken{psMark, "]"}) && t.kind != psEnd && t.kind != psNothing; t = s.next() {
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
		for k := s.peek().kind; k != psEnd && k != psNothing; k = s.peek().kind {
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

// group is a value in parentheses; what follows on it in there is passed over.
func (s *psScript) group() *psValue {
	v := s.value()
	for open := 1; open > 0; {
		switch t := s.next(); {
		case t.kind == psNothing:
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
		case t.kind == psNothing, t == psToken{psMark, "}"}:
			return v
		case t.kind != psMark && s.mark("="):
			s.skipEnds()
			v.pairs = append(v.pairs, pair{t.text, s.value().text})
		}
	}
}

// replaced puts the texts of known variables into a text; others stay.
func (s *psScript) replaced(text string) string {
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
		before = s.joined(before, name+between)
	}
	return before
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == ':'
}

// psParameters are the parameters that say what is sent; each may be shortened. The
// others either have a value that says nothing, or none.
var psParameters = []string{"uri", "method", "custommethod", "headers", "body", "contenttype", "websession", "credential",
	"authentication", "token", "infile", "form"}

// request reads the parameters of an invoker.
func (s *psScript) request() {
	q := &request{headers: true}
	var body *psValue
	for {
		t := s.peek()
		switch {
		case t.kind == psEnd && s.continued():
			s.skipEnds()
			continue
		case t.kind == psEnd, t.kind == psNothing, t.kind == psMark && strings.Contains("|){}", t.text):
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

// continued says whether a line that begins with a parameter follows: what escapes
// the break gets lost on the way.
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

// parameter takes in one parameter. The body is read at the end, when its type is
// known.
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
		q.headers = q.headers && v.table // else they are not in the text
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
		q.hasBody, q.opaque = true, true
	case "form":
		q.hasBody, q.kind = true, bodyMultipart
		q.params = append(q.params, v.pairs...)
	case "body":
		*body = v
	}
}

// finishPowerShell does what Invoke-RestMethod does at the end: without a method it
// is GET, of which a table becomes the query, and the body of a POST without a type
// is called a form.
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
		q.hasBody, q.opaque, q.variable = true, true, true
	default:
		q.hasBody = true
		q.body(body.text)
	}
	if q.method == "POST" && q.headers {
		q.impliedType()
	}
}
