package capture

import (
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
)

// bruno reads a request file of Bruno: blocks such as post { url: ... }, headers { ... }
// and body:form-urlencoded { ... }. It is nil for other text.
func (r *reader) bruno(text string) *Paste {
	root := &value{kind: tableValue}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		name, ok := strings.CutSuffix(strings.TrimRight(lines[i], " \t"), " {")
		if !ok || strings.ContainsAny(name, " \t\"'(") {
			continue
		}
		begin := i + 1
		for i++; i < len(lines) && !strings.HasPrefix(lines[i], "}"); i++ {
		}
		brunoBlock(root, name, lines[begin:min(i, len(lines))])
	}
	if root.member("meta") == nil || !root.isRequest() {
		return nil
	}
	q := root.toRequest(&library{said: "Bruno request", headers: true, method: "GET"})
	if !q.asksForToken() && len(q.authorization) == 0 {
		return nil
	}
	said := "Bruno request"
	if name := root.member("meta").member("name"); name != nil {
		said += " '" + secret.Title(name.text) + "'"
	}
	r.note(Around)
	p := r.fromRequest(Text, q)
	p.ReadAs = said
	return p
}

// brunoBlock adds a block under the name of the part that it is.
func brunoBlock(root *value, name string, lines []string) {
	table := &value{kind: tableValue}
	for _, line := range lines {
		if name, content, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && !strings.HasPrefix(name, "~") {
			table.add(name, textOf(strings.TrimSpace(content)))
		}
	}
	kind, of, _ := strings.Cut(name, ":")
	switch {
	case methodNamed(textOf(kind)) != "":
		root.add("method", textOf(strings.ToUpper(kind)))
		if url := table.member("url"); url != nil {
			root.add("url", url)
		}
	case name == "body:form-urlencoded":
		root.add("form", table)
	case name == "body:multipart-form":
		root.add("multipart", table)
	case kind == "body":
		v := textOf(strings.Join(lines, "\n"))
		if of == "json" {
			v.as = encodedJSON
		}
		root.add("body", v)
	case name == "params:query":
		root.add("query", table)
	case name == "auth:basic", name == "auth:bearer":
		table.add("type", textOf(of))
		root.add("auth", table)
	case name == "headers", name == "meta":
		root.add(name, table)
	}
}
