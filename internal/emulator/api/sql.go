package api

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The supported SuiteQL: SELECT columns FROM one table, WHERE with conditions joined by
// AND, ORDER BY, FETCH FIRST. A column is a name, TO_CHAR of a date, BUILTIN.DF of a name
// or SYSDATE. Everything else is refused, because ignoring it would return wrong rows.

// The limits of a query. Those of names also bound refusals, which quote them, and they
// may be part of a token.
const (
	maxQuery  = 64 << 10
	maxName   = 64
	maxList   = 1000 // values of IN
	maxDigits = 18
)

var errUnsupported = invalidQuery("Invalid or unsupported search. This emulator understands SELECT columns FROM one table, with WHERE, AND, ORDER BY and FETCH FIRST.")

// reserved are words that are neither a column without its table nor an alias. NetSuite's
// list is not documented: user is known, the others are words of a query.
var reserved = []string{"user", "select", "distinct", "from", "where", "and", "or", "not", "in", "is", "null", "like", "between",
	"order", "group", "by", "having", "as", "asc", "desc", "fetch", "join", "on", "union", "case", "sysdate"}

// expr is a column of the result, or a side of a condition.
type expr struct {
	op     operand
	table  string // of opColumn and opDF, "" if it was not named
	name   string // of opColumn and opDF
	text   string // of opText
	at     time.Time
	shift  time.Duration // of opNow
	layout string        // of opChar
	of     *expr         // of opChar
}

type operand int

const (
	opStar operand = iota
	opColumn
	opDF   // BUILTIN.DF: what NetSuite displays
	opChar // TO_CHAR of a date
	opText // a text or a number
	opTime // TO_TIMESTAMP or TO_DATE
	opNow  // SYSDATE or CURRENT_DATE
)

type selected struct {
	expr
	as string // "" without an alias
}

type condition struct {
	left     expr
	operator string // =, !=, <, <=, >, >=, like, in, null
	not      bool   // of like, in and null
	right    []expr
}

type orderKey struct {
	expr
	descending bool
}

type statement struct {
	table   string // as written
	columns []selected
	where   []condition
	order   []orderKey
	first   int // -1 for all rows
}

type lexeme struct {
	kind byte   // w word, s text, n number, p sign, 0 the end
	text string // of a word in lower case
	raw  string // of a word
}

// lexemes splits a query.
func lexemes(q string) ([]lexeme, error) {
	if len(q) > maxQuery {
		return nil, errUnsupported
	}
	var out []lexeme
	for q = strings.TrimLeft(q, " \t\r\n"); q != ""; q = strings.TrimLeft(q, " \t\r\n") {
		var one lexeme
		var length int
		switch c := q[0]; {
		case isLetter(c):
			length = span(q, func(c byte) bool { return isLetter(c) || isDigit(c) })
			one = lexeme{'w', strings.ToLower(q[:length]), q[:length]}
			if length > maxName {
				return nil, errUnsupported
			}
		case isDigit(c):
			if length = numberLength(q); length == 0 {
				return nil, errUnsupported
			}
			one = lexeme{kind: 'n', text: q[:length]}
		case c == '\'':
			text, n := quoted(q)
			if length = n; n == 0 {
				return nil, errUnsupported
			}
			one = lexeme{kind: 's', text: text}
		default:
			if length = 1; len(q) > 1 && slices.Contains([]string{"!=", "<>", "<=", ">="}, q[:2]) {
				length = 2
			}
			if one = (lexeme{kind: 'p', text: q[:length]}); length == 1 && !strings.Contains(",().*=<>;+-/", one.text) {
				return nil, errUnsupported
			}
		}
		out, q = append(out, one), q[length:]
	}
	return out, nil
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func span(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

// numberLength is the length of the number at the start, 0 if it is not one.
func numberLength(q string) int {
	n := span(q, isDigit)
	if n > maxDigits {
		return 0
	}
	if fraction := strings.TrimPrefix(q[n:], "."); len(fraction) < len(q[n:]) {
		digits := span(fraction, isDigit)
		if digits == 0 || digits > maxDigits {
			return 0
		}
		n += 1 + digits
	}
	if n < len(q) && isLetter(q[n]) {
		return 0
	}
	return n
}

// quoted reads a text in single quotes. Its length in the query is 0 if it has no end.
func quoted(q string) (text string, length int) {
	for i := 1; i < len(q); i++ {
		if q[i] != '\'' {
			continue
		}
		if i+1 < len(q) && q[i+1] == '\'' {
			i++
			continue
		}
		return strings.ReplaceAll(q[1:i], "''", "'"), i + 1
	}
	return "", 0
}

// parser reads the lexemes of a query. After the first error it reads nothing more.
type parser struct {
	rest []lexeme
	err  error
}

func parseQuery(q string) (*statement, error) {
	all, err := lexemes(q)
	if err != nil {
		return nil, err
	}
	p := &parser{rest: all}
	s := p.statement()
	if p.sign(";"); len(p.rest) > 0 {
		p.fail(errUnsupported)
	}
	return s, p.err
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.rest = nil
}

func (p *parser) peek(n int) lexeme {
	if n < len(p.rest) {
		return p.rest[n]
	}
	return lexeme{}
}

// take reads the next lexeme if it is of this kind and one of these texts; none means any.
func (p *parser) take(kind byte, texts ...string) (string, bool) {
	next := p.peek(0)
	if next.kind != kind || len(texts) > 0 && !slices.Contains(texts, next.text) {
		return "", false
	}
	p.rest = p.rest[1:]
	return next.text, true
}

func (p *parser) word(texts ...string) bool { _, ok := p.take('w', texts...); return ok }
func (p *parser) sign(texts ...string) bool { _, ok := p.take('p', texts...); return ok }

// want reads what must come next.
func (p *parser) want(kind byte, texts ...string) string {
	text, ok := p.take(kind, texts...)
	if !ok {
		p.fail(errUnsupported)
	}
	return text
}

func (p *parser) statement() *statement {
	s := &statement{first: -1}
	p.want('w', "select")
	for {
		s.columns = append(s.columns, p.selected())
		if !p.sign(",") {
			break
		}
	}
	p.want('w', "from")
	s.table = p.peek(0).raw
	p.want('w')
	if p.word("where") {
		for {
			s.where = append(s.where, p.condition())
			if !p.word("and") {
				break
			}
		}
	}
	if p.word("order") {
		p.want('w', "by")
		for {
			key := orderKey{expr: p.column()}
			key.descending = p.word("desc")
			if !key.descending {
				p.word("asc")
			}
			s.order = append(s.order, key)
			if !p.sign(",") {
				break
			}
		}
	}
	if p.word("fetch") {
		p.want('w', "first", "next")
		n, err := strconv.Atoi(p.want('n'))
		if err != nil || n > 999_999 {
			p.fail(errUnsupported)
		}
		s.first = n
		p.want('w', "row", "rows")
		p.want('w', "only")
	}
	return s
}

func (p *parser) selected() selected {
	if p.sign("*") {
		return selected{expr: expr{op: opStar}}
	}
	c := selected{expr: p.expr()}
	if p.word("as") || p.peek(0).kind == 'w' && p.peek(0).text != "from" {
		if c.as = p.want('w'); slices.Contains(reserved, c.as) {
			p.fail(invalidQuery("Invalid or unsupported search: an alias is a reserved word."))
		}
	}
	return c
}

// expr reads a column of the result or a side of a condition.
func (p *parser) expr() expr {
	if text, ok := p.take('s'); ok {
		return expr{op: opText, text: text}
	}
	minus := p.sign("-")
	if text, ok := p.take('n'); ok {
		if minus {
			text = "-" + text
		}
		return expr{op: opText, text: text}
	}
	if minus {
		p.fail(errUnsupported)
	}
	called := p.peek(1).text == "("
	switch {
	case called && p.word("to_char"):
		p.want('p', "(")
		of := p.expr()
		p.want('p', ",")
		layout := p.layout()
		p.want('p', ")")
		return expr{op: opChar, of: &of, layout: layout}
	case called && p.word("to_timestamp", "to_date"):
		p.want('p', "(")
		text := p.want('s')
		p.want('p', ",")
		at, err := time.Parse(p.layout(), text)
		if err != nil {
			p.fail(invalidQuery("Invalid or unsupported search: a date does not match its format."))
		}
		p.want('p', ")")
		return expr{op: opTime, at: at}
	case p.word("current_date"):
		return expr{op: opNow}
	case p.word("sysdate"):
		return expr{op: opNow, shift: p.days()}
	case p.peek(0).text == "builtin" && p.peek(1).text == "." && p.peek(2).text == "df" && p.peek(3).text == "(":
		p.rest = p.rest[3:]
		p.want('p', "(")
		of := p.column()
		p.want('p', ")")
		of.op = opDF
		return of
	}
	return p.column()
}

// days reads what is added to SYSDATE, such as - 5/1440.
func (p *parser) days() time.Duration {
	sign, ok := p.take('p', "+", "-")
	if !ok {
		return 0
	}
	days, err := strconv.ParseFloat(p.want('n'), 64)
	if p.sign("/") {
		by, byErr := strconv.ParseFloat(p.want('n'), 64)
		if err = cmp.Or(err, byErr); by == 0 {
			err = errors.New("division by zero")
		}
		days /= by
	}
	if err != nil || days > 100_000 {
		p.fail(errUnsupported)
		return 0
	}
	if sign == "-" {
		days = -days
	}
	return time.Duration(days * float64(24*time.Hour)).Round(time.Millisecond)
}

// column reads a name, alone or after its table.
func (p *parser) column() expr {
	name := p.want('w')
	if p.sign(".") {
		return expr{op: opColumn, table: name, name: p.want('w')}
	}
	if slices.Contains(reserved, name) {
		p.fail(invalidQuery("Invalid or unsupported search: a column is a reserved word. Write its table before it."))
	}
	return expr{op: opColumn, name: name}
}

// layout reads a format of dates, as Go's.
func (p *parser) layout() string {
	format, out := strings.ToUpper(p.want('s')), ""
	for format != "" {
		known := false
		for _, part := range [][2]string{{"YYYY", "2006"}, {"MM", "01"}, {"DD", "02"}, {"HH24", "15"}, {"MI", "04"}, {"SS", "05"},
			{`"T"`, "T"}, {"-", "-"}, {"/", "/"}, {":", ":"}, {" ", " "}} {
			if strings.HasPrefix(format, part[0]) {
				known, out, format = true, out+part[1], format[len(part[0]):]
				break
			}
		}
		if !known {
			p.fail(invalidQuery("Invalid or unsupported search: unknown format of a date."))
			return ""
		}
	}
	return out
}

// condition reads a comparison with constants.
func (p *parser) condition() condition {
	c := condition{left: p.expr()}
	if operator, ok := p.take('p', "=", "!=", "<>", "<=", ">=", "<", ">"); ok {
		c.operator, c.right = operator, []expr{p.expr()}
		return c
	}
	if p.word("is") {
		c.operator, c.not = "null", p.word("not")
		p.want('w', "null")
		return c
	}
	c.not = p.word("not")
	if p.word("like") {
		c.operator, c.right = "like", []expr{{op: opText, text: p.want('s')}}
		return c
	}
	c.operator = p.want('w', "in")
	p.want('p', "(")
	for {
		c.right = append(c.right, p.expr())
		if !p.sign(",") || len(c.right) > maxList {
			break
		}
	}
	if p.want('p', ")"); len(c.right) > maxList {
		p.fail(errUnsupported)
	}
	return c
}
