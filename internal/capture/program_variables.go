package capture

import (
	"strings"

	"github.com/nsauth/nsauth/internal/shellwords"
)

// receiver returns the table that a call a.b.c(...) is about: that of a.b, else of a.
func (p *program) receiver(path string) *value {
	if i := strings.LastIndex(path, "."); i > 0 {
		path = path[:i]
		if v := p.variables[path]; v != nil {
			return v
		}
		root, rest, _ := strings.Cut(path, ".")
		if v := p.variables[root]; v != nil && v.kind == tableValue {
			if strings.Contains(strings.ToLower(rest), "headers") {
				return v.child("headers")
			}
			return v
		}
	}
	return nil
}

// child returns the table under a name, which it adds if there is none.
func (v *value) child(name string) *value {
	if c := v.member(name); c != nil && c.kind == tableValue {
		return c
	}
	c := &value{kind: tableValue}
	v.add(name, c)
	return c
}

// assign gives a variable a value, or a member of a known one: request.Content = x.
func (p *program) assign(path string, v *value) {
	if root, rest, ok := strings.Cut(path, "."); ok {
		if t := p.variables[root]; t != nil && t.kind == tableValue {
			switch rest = strings.ToLower(rest); {
			case strings.HasSuffix(rest, "contenttype"):
				t.child("headers").set("Content-Type", v)
			case strings.HasSuffix(rest, "headers.authorization"):
				t.child("headers").set("Authorization", v)
			default:
				t.set(last(rest), v)
			}
			p.found(t)
			return
		}
	}
	p.variables[path] = v
}

func (p *program) setMember(path, name string, v *value) {
	t := p.variables[path]
	if t == nil {
		if t = p.receiver(path + "."); t == nil {
			t = &value{kind: tableValue}
			p.variables[path] = t
			p.found(t)
		}
	}
	t.set(name, v)
}

// found keeps a table, which may be a request or the parameters of one.
func (p *program) found(v *value) {
	if !v.seen && len(p.tables) < maxTables {
		v.seen = true
		p.tables = append(p.tables, v)
	}
}

// expandText replaces the known variables in a text, and marks the unknown ones as
// variables.
func (p *program) expandText(t shellwords.Token) string {
	if t.Expands == 0 || !strings.ContainsAny(t.Text, "${#") {
		return t.Text
	}
	var b strings.Builder
	for i := 0; i < len(t.Text) && b.Len() < maxCopied; {
		rest := t.Text[i:]
		name, n := interpolated(rest, t.Expands)
		if n == 0 {
			b.WriteByte(t.Text[i])
			i++
			continue
		}
		v := p.variables[name]
		if v == nil {
			v = p.variables["$"+name]
		}
		switch {
		case v != nil && v.kind == textValue:
			if p.copied += len(v.text); p.copied < maxCopied {
				b.WriteString(v.text)
			}
		case rest[0] == '$' && rest[1] != '{':
			b.WriteString(rest[:n])
		default:
			b.WriteString("${" + name + "}")
		}
		i += n
	}
	return b.String()
}

// interpolated reads ${name}, #{name}, $name, {$name} or, where expands says so, {name}
// at the beginning of s, and returns its length, 0 without one.
func interpolated(s string, expands byte) (name string, n int) {
	for _, open := range []string{"${", "#{", "{$", "{"} {
		rest, ok := strings.CutPrefix(s, open)
		if !ok || open == "{" && expands != '{' {
			continue
		}
		name, _, closed := strings.Cut(rest, "}")
		if closed && name != "" && len(name) < 200 && shellwords.IsWordByte(name[0]) && !strings.ContainsAny(name, "\"\n") {
			return name, len(open) + len(name) + 1
		}
	}
	if s[0] == '$' && expands == '$' {
		n = 1
		for n < len(s) && shellwords.IsWordByte(s[n]) && s[n] != '$' {
			n++
		}
		if n > 1 {
			return s[:n], n
		}
	}
	return "", 0
}

// last returns the last name of a path.
func last(path string) string { return path[strings.LastIndex(path, ".")+1:] }
