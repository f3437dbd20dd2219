package capture

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/shellwords"
)

// program reads the tokens of a program once. It evaluates only literals, tables and the
// variables that hold them; it knows a few calls by name, and every other value is
// unknown.
type program struct {
	tokens    []shellwords.Token
	at        int
	depth     int
	copied    int               // bytes of concatenated texts
	ref       string            // the name or path that was the last operand, else ""
	variables map[string]*value // by path
	requests  []*value          // what may be requests
	tables    []*value          // all tables
	code      string
	texts     []string // that were joined
}

// maxTables bounds how many tables are looked at.
const maxTables = 500

func newProgram(text string) *program {
	p := &program{tokens: shellwords.CodeTokens(text), variables: map[string]*value{}, code: text}
	for p.peek().Kind != shellwords.EOF {
		p.items("", &value{})
	}
	return p
}

func (p *program) peek() shellwords.Token {
	if p.at >= len(p.tokens) {
		return shellwords.Token{Kind: shellwords.EOF}
	}
	return p.tokens[p.at]
}

func (p *program) isMark(marks ...string) bool {
	t := p.peek()
	return t.Kind == shellwords.Mark && slices.Contains(marks, t.Text)
}

func (p *program) skip(mark string) bool {
	if p.isMark(mark) {
		p.at++
		return true
	}
	return false
}

func (p *program) skipEnds() {
	for p.peek().Kind == shellwords.End {
		p.at++
	}
}

// items reads items into a table up to a closing mark; "" reads one at the top level.
func (p *program) items(closing string, into *value) {
	for p.peek().Kind != shellwords.EOF {
		if p.peek().Kind == shellwords.End || p.isMark(",") {
			p.at++
			continue
		}
		if closing != "" && p.skip(closing) {
			return
		}
		p.item(into)
		if n := len(into.items); closing == "}" && n > 0 && into.items[n-1].name == "" && p.ref != "" && (p.isMark(",") || p.isMark("}")) {
			into.items[n-1].name = p.ref // { body } is { body: body }
		}
		if closing == "" {
			return
		}
	}
}

// item reads one item: a value, a name with its value, or an assignment.
func (p *program) item(into *value) {
	if p.skip("...") || p.isMark("*") {
		into.open = into.open || p.depth > 0
	}
	v := p.expression()
	ref := p.ref
	name := ref
	if v.kind == textValue {
		name = v.text
	} else if v.kind == tableValue && ref == "" && len(v.items) == 1 && v.items[0].name == "" {
		name = v.items[0].value.text // ["name"] = value, ["name"]: value
	}
	switch {
	case p.isMark(":", "=>") && name != "":
		p.at++
		p.skipEnds()
		v = p.expression()
		if (p.isMark("=") || p.isMark(":=")) && ref != "" { // a type was before it
			p.at++
			p.skipEnds()
			v = p.expression()
			p.assign(ref, v)
		}
		into.add(strings.TrimPrefix(name, "$"), v)
	case p.isMark("=", ":=", "+=") && name != "":
		more := p.isMark("+=")
		p.at++
		p.skipEnds()
		assigned := p.expression()
		if more {
			assigned = p.concat(v, assigned)
		}
		if ref != "" {
			p.assign(ref, assigned)
		}
		into.add(name, assigned)
	default:
		into.add("", v)
	}
}

// expression reads operands that are joined: texts side by side, or with + between.
func (p *program) expression() *value {
	p.depth++
	defer func() { p.depth-- }()
	v := p.operand()
	for {
		before := p.at
		joined := p.skip("+")
		if joined {
			p.skipEnds()
		} else if v.kind == textValue {
			p.skipEnds()
			if joined = p.skip("+"); joined {
				p.skipEnds()
			} else if p.depth < 2 {
				p.at = before
			}
		}
		if !joined && !(v.kind == textValue && p.peek().Kind == shellwords.Text) || p.depth > maxDepth*3 {
			p.at = before
			return v
		}
		v = p.concat(v, p.operand())
		p.ref = ""
	}
}

// concat joins two values as texts, within maxCopied.
func (p *program) concat(a, b *value) *value {
	switch {
	case a.kind == tableValue && b.kind == tableValue:
		return &value{kind: tableValue, items: p.merge(a.items, b.items), open: a.open || b.open, as: a.as}
	case a.kind == tableValue:
		return a
	case b.kind == tableValue:
		b = unknown("")
	}
	if p.copied += len(a.text) + len(b.text); p.copied > maxCopied {
		return a
	}
	joined := textOf(a.text + b.text)
	if strings.HasPrefix(joined.text, "ey") && len(p.texts) < maxItems {
		p.texts = append(p.texts, joined.text)
	}
	if b.kind == unknownValue && b.text == "" {
		joined.text += "$"
	}
	return joined
}

// merge returns the items of two tables, within maxItems.
func (p *program) merge(a, b []item) []item {
	if len(a)+len(b) > maxItems {
		return a
	}
	return slices.Concat(a, b)
}

// keywords stand before a value without changing it.
var keywords = []string{"await", "return", "const", "let", "var", "val", "final", "async", "throw", "yield", "export", "mut", "my", "public", "private",
	"static", "readonly", "else", "in", "is", "as", "try", "do", "echo", "print", "puts", "using"}

// operand reads one value with the calls and members after it.
func (p *program) operand() *value {
	isNew := false
	for p.peek().Kind == shellwords.Word {
		if word := p.peek().Text; word == "new" {
			isNew = true
		} else if !slices.Contains(keywords, word) {
			break
		}
		p.at++
	}
	p.ref = ""
	t := p.peek()
	p.at++
	var v *value
	switch {
	case t.Kind == shellwords.Mark && strings.Contains(")]},", t.Text):
		return unknown("")
	case p.depth > maxDepth*3:
		return unknown("")
	case t.Kind == shellwords.Text:
		v = textOf(p.expandText(t))
	case t.Kind == shellwords.Word:
		v = p.path(t.Text, isNew)
	case t == shellwords.Token{Kind: shellwords.Mark, Text: "("} && isNew:
		v = p.call("", nil, p.list(")"))
	case t == shellwords.Token{Kind: shellwords.Mark, Text: "("}:
		v = p.group()
	case t == shellwords.Token{Kind: shellwords.Mark, Text: "["}:
		v = p.list("]")
		if isNew && p.isMark("{") { // new[] { ... }
			p.at++
			v = p.list("}")
		}
	case t == shellwords.Token{Kind: shellwords.Mark, Text: "{"}:
		v = p.list("}")
	case t.Kind == shellwords.Mark && slices.Contains([]string{"-", "!", "&", "*", "@", ":", "..."}, t.Text) && p.peek().Kind != shellwords.EOF && p.peek().Kind != shellwords.End:
		return p.operand()
	case t.Kind == shellwords.End, t.Kind == shellwords.EOF:
		p.at--
		return unknown("")
	default:
		return unknown("")
	}
	return p.members(v, isNew)
}

// list reads a table up to its closing mark.
func (p *program) list(closing string) *value {
	v := &value{kind: tableValue}
	ref := p.ref
	p.items(closing, v)
	p.ref = ref
	if closing != ")" { // else they are arguments
		p.found(v)
	}
	return v
}

// group reads parentheses: one value without a comma is that value.
func (p *program) group() *value {
	v := p.list(")")
	p.ref = ""
	if len(v.items) == 1 && v.items[0].name == "" {
		return v.items[0].value
	}
	p.found(v)
	return v
}

// path reads a name and what makes a call or a table of it.
func (p *program) path(name string, isNew bool) *value {
	p.typeArguments()
	if isNew { // new string[] { ... }
		at := p.at
		if p.skip("[") && p.skip("]") && p.isMark("{") {
			p.at++
			return p.list("}")
		}
		p.at = at
	}
	switch next := p.peek(); {
	case p.isMark("("):
		p.at++
		v := p.call(name, p.receiver(name), p.list(")"))
		p.ref = ""
		return v
	case next.Kind == shellwords.Text && requestNamed(last(name)) != "" && strings.Contains(name, "."): // Ruby
		args := &value{kind: tableValue}
		for p.peek().Kind != shellwords.End && p.peek().Kind != shellwords.EOF {
			p.item(args)
			p.skip(",")
		}
		return p.call(name, p.receiver(name), args)
	case p.isMark("{") && (isNew || last(name) != "" && 'A' <= last(name)[0] && last(name)[0] <= 'Z'):
		p.at++
		v := p.list("}")
		p.ref = ""
		return v
	}
	p.ref = name
	if v := p.variables[name]; v != nil {
		return v
	}
	switch name {
	case "true", "True", "false", "False":
		return &value{kind: textValue, text: strings.ToLower(name), literal: true}
	}
	if name[0] >= '0' && name[0] <= '9' {
		return &value{kind: textValue, text: name, literal: true}
	}
	return unknown(name)
}

// typeArguments skips <...> after the name of a type.
func (p *program) typeArguments() {
	if !p.isMark("<") {
		return
	}
	open := 0
	for i := p.at; i < min(len(p.tokens), p.at+60); i++ {
		switch t := p.tokens[i]; {
		case t.Kind == shellwords.Mark && t.Text == "<":
			open++
		case t.Kind == shellwords.Mark && t.Text == ">":
			if open--; open == 0 {
				p.at = i + 1
				return
			}
		case t.Kind == shellwords.Word, t.Kind == shellwords.Mark && strings.Contains(",[]?.:&", t.Text):
		default:
			return
		}
	}
}

// members reads what follows a value: .name, .name(...), [...] and, after new, {...}.
func (p *program) members(v *value, isNew bool) *value {
	for {
		before := p.at
		p.skipEnds()
		switch {
		case p.isMark(".") && p.at+1 < len(p.tokens) && p.tokens[p.at+1].Kind == shellwords.Word:
			name := p.tokens[p.at+1].Text
			if v.kind == textValue && name[0] == '$' {
				p.at = before
				return v
			}
			p.at += 2
			p.typeArguments()
			ref := p.ref
			if p.skip("(") {
				v = p.call(name, v, p.list(")"))
				p.ref = ""
				continue
			}
			if p.ref = ""; ref != "" {
				p.ref = ref + "." + name
			}
			if inner := v.member(normal(name)); inner != nil {
				v = inner
			} else if v.kind != tableValue {
				v = unknown(v.text)
			}
		case p.isMark("[") && p.at == before && p.ref != "":
			ref := p.ref
			p.at++
			index := p.list("]")
			p.ref = ""
			if p.isMark("=") && len(index.items) == 1 {
				p.at++
				p.skipEnds()
				assigned := p.expression()
				p.setMember(ref, index.items[0].value.text, assigned)
				return assigned
			}
			v = p.indexed(v, index)
		case p.isMark("{") && isNew:
			p.at++
			more := p.list("}")
			v = &value{kind: tableValue, items: p.merge(v.items, more.items), as: v.as, open: v.open}
			p.found(v)
		default:
			p.at = before
			return v
		}
	}
}

func (p *program) indexed(v, index *value) *value {
	if len(index.items) == 1 {
		if inner := v.member(normal(index.items[0].value.text)); inner != nil {
			return inner
		}
	}
	return unknown(v.text)
}
