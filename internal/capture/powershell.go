package capture

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/shellwords"
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
	s := psScript{tokens: shellwords.Tokens(text), values: map[string]*value{}}
	s.run()
	if len(s.requests) == 0 {
		return nil
	}
	first := max(0, slices.IndexFunc(s.requests, (*request).asksForToken))
	r.note(PowerShellCommand)
	return r.fromRequest(PowerShell, s.requests[first])
}

// psScript reads the tokens of a script once.
type psScript struct {
	tokens   []shellwords.Token
	at       int
	values   map[string]*value // of variables, in lower case
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

func (s *psScript) peek() shellwords.Token {
	if s.at >= len(s.tokens) {
		return shellwords.Token{Kind: shellwords.EOF, Text: ""}
	}
	return s.tokens[s.at]
}

func (s *psScript) next() shellwords.Token {
	t := s.peek()
	s.at++
	return t
}

// mark skips the mark and reports true, if it is the next token.
func (s *psScript) mark(text string) bool {
	if t := s.peek(); t.Kind == shellwords.Mark && t.Text == text {
		s.at++
		return true
	}
	return false
}

func (s *psScript) skipEnds() {
	for s.peek().Kind == shellwords.End {
		s.at++
	}
}

// run reads every statement: assignments, additions to tables, and requests.
func (s *psScript) run() {
	for s.peek().Kind != shellwords.EOF {
		t := s.next()
		switch {
		case t.Kind != shellwords.Word:
		case isInvoker(t.Text):
			s.request()
		case t.Text[0] == '$':
			s.statement(strings.ToLower(t.Text))
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
		s.variable(name).add("cookie", textOf(""))
	case member == "add" && s.mark("("):
		key := s.value()
		if s.mark(",") {
			s.set(name, key.text, s.value())
		}
	}
}

// variable returns the value of a variable; an unknown one becomes a table.
func (s *psScript) variable(name string) *value {
	v := s.values[name]
	if v == nil {
		v = &value{kind: tableValue}
		s.values[name] = v
	}
	return v
}

func (s *psScript) set(name, key string, v *value) { s.variable(name).add(key, v) }

// argument reads the value of a parameter, where a word is text. A pipe after it is
// about the response.
func (s *psScript) argument() *value {
	if t := s.peek(); t.Kind == shellwords.Word && t.Text[0] != '$' {
		s.at++
		return textOf(t.Text)
	}
	s.depth++
	defer func() { s.depth-- }()
	return s.operand()
}

// value reads one value. An unknown one is "$", like a variable that the text does not
// set.
func (s *psScript) value() *value {
	s.depth++
	defer func() { s.depth-- }()
	v := s.operand()
	for s.mark("+") {
		v = textOf(s.concat(v.text, s.operand().text))
	}
	if s.peek() == (shellwords.Token{Kind: shellwords.Mark, Text: "|"}) && s.at+1 < len(s.tokens) && strings.EqualFold(s.tokens[s.at+1].Text, "ConvertTo-Json") {
		s.at += 2
		v = &value{kind: v.kind, text: v.text, items: v.items, as: encodedJSON}
	}
	return v
}

func (s *psScript) operand() *value {
	unknown := unknown("$")
	t := s.next()
	switch {
	case s.depth > maxDepth:
	case t.Kind == shellwords.Literal:
		return textOf(t.Text)
	case t.Kind == shellwords.Text:
		return textOf(s.expand(t.Text))
	case t == shellwords.Token{Kind: shellwords.Mark, Text: "@{"}:
		return s.table()
	case t == shellwords.Token{Kind: shellwords.Mark, Text: "["}: // a type before a value
		for t := s.next(); t != (shellwords.Token{Kind: shellwords.Mark, Text: "]"}) && t.Kind != shellwords.End && t.Kind != shellwords.EOF; t = s.next() {
		}
		return s.value()
	case t == shellwords.Token{Kind: shellwords.Mark, Text: "("}:
		return s.group()
	case t.Kind == shellwords.End:
		s.at--
	case t.Kind != shellwords.Word:
	case isInvoker(t.Text):
		s.request()
	case strings.EqualFold(t.Text, "New-Object"):
		for k := s.peek().Kind; k != shellwords.End && k != shellwords.EOF; k = s.peek().Kind {
			s.at++
		}
		return &value{kind: tableValue}
	case t.Text[0] == '$':
		if v := s.values[strings.ToLower(t.Text)]; v != nil {
			return v
		}
		return textOf(t.Text)
	default:
		return textOf(t.Text)
	}
	return unknown
}

// group reads a value in parentheses, and ignores operators after it.
func (s *psScript) group() *value {
	v := s.value()
	for open := 1; open > 0; {
		switch t := s.next(); {
		case t.Kind == shellwords.EOF:
			return v
		case t == shellwords.Token{Kind: shellwords.Mark, Text: "("}:
			open++
		case t == shellwords.Token{Kind: shellwords.Mark, Text: ")"}:
			open--
		}
	}
	return v
}

// table reads the pairs of @{...}.
func (s *psScript) table() *value {
	v := &value{kind: tableValue}
	for {
		s.skipEnds()
		t := s.next()
		switch {
		case t.Kind == shellwords.EOF, t == shellwords.Token{Kind: shellwords.Mark, Text: "}"}:
			return v
		case t.Kind != shellwords.Mark && s.mark("="):
			s.skipEnds()
			v.add(t.Text, s.value())
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
		if v := s.values[strings.ToLower(name)]; v != nil && v.kind == textValue {
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
	t := &value{kind: tableValue}
	for {
		next := s.peek()
		switch {
		case next.Kind == shellwords.End && s.continued():
			s.skipEnds()
			continue
		case next.Kind == shellwords.End, next.Kind == shellwords.EOF, next.Kind == shellwords.Mark && strings.Contains("|){}", next.Text):
			q := t.powerShellRequest()
			isRequest := strings.Contains(q.written, "://") || q.asksForToken() // and not the word alone
			if isRequest && len(s.requests) < maxRequests {
				s.requests = append(s.requests, q)
			}
			return
		case next.Kind == shellwords.Word && len(next.Text) > 1 && next.Text[0] == '-':
			s.at++
			name, glued, hasGlued := strings.Cut(next.Text[1:], ":")
			if hasGlued && glued != "" { // -Method:Post
				s.at--
				s.tokens[s.at] = shellwords.Token{Kind: shellwords.Word, Text: glued}
			}
			if k := s.peek(); k.Kind == shellwords.End || k.Kind == shellwords.Word && strings.HasPrefix(k.Text, "-") {
				continue // a switch
			}
			t.add(parameterNamed(strings.ToLower(name)), s.argument())
		default:
			t.add("uri", s.argument())
		}
	}
}

// continued reports whether a line that begins with a parameter follows: the escapes of
// line breaks often get lost.
func (s *psScript) continued() bool {
	i := s.at
	for i < len(s.tokens) && s.tokens[i].Kind == shellwords.End {
		i++
	}
	return i < len(s.tokens) && s.tokens[i].Kind == shellwords.Word && len(s.tokens[i].Text) > 1 && s.tokens[i].Text[0] == '-'
}

func parameterNamed(short string) string {
	for _, name := range psParameters {
		if short != "" && strings.HasPrefix(name, short) {
			return name
		}
	}
	return ""
}

// powerShellLibrary has the defaults of Invoke-RestMethod: the method is GET, and the
// body of a POST is a form.
var powerShellLibrary = library{table: encodedForm, headers: true, method: "GET"}

// powerShellRequest reads the parameters of an invoker. A table as body of a GET becomes
// the query.
func (t *value) powerShellRequest() *request {
	for i, x := range t.items {
		switch {
		case x.name == "credential", x.name == "authentication" && strings.EqualFold(x.value.text, "Basic"):
			t.items[i] = item{"auth", basic()}
		case x.name == "token":
			t.items[i] = item{"headers", &value{kind: tableValue, items: []item{{"Authorization", textOf("Bearer " + x.value.text)}}}}
		case x.name == "websession":
			t.items[i].name = "cookies"
		case x.name == "infile":
			t.items[i] = item{"body", unknown("file")}
		case x.name == "form":
			t.items[i].name = "multipart"
		case x.name == "uri" && isPlaceholder(x.value.text), x.name == "authentication", x.name == "method" && strings.EqualFold(x.value.text, "default"):
			t.items[i].name = ""
		case x.name == "custommethod":
			t.items[i].name = "method"
		case x.name == "body" && x.value.kind == textValue && isPlaceholder(x.value.text):
			x.value.kind = unknownValue
		}
	}
	q := t.toRequest(&powerShellLibrary)
	if body := t.member("body"); q.method == "GET" && body != nil && body.kind == tableValue && body.as == plainTable {
		q.query, q.params, q.hasBody, q.contentType = append(q.query, q.params...), nil, false, nil
	}
	if q.method == "POST" && q.allHeaders {
		q.impliedType()
	}
	return q
}
