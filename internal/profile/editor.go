package profile

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// editor is a YAML file as lines, with the places of its nodes, and what is to be
// changed in it.
type editor struct {
	lines []string // with their line ends
	cr    string   // before the line feed of new lines
	root  *yaml.Node
	edits []lineEdit
}

// lineEdit puts lines in the place of those from index from up to to.
type lineEdit struct {
	from, to int
	lines    []string
}

// pair is a key of a block map and its value. Next is the line, from 1, at which
// what follows the value begins at the earliest.
type pair struct {
	key, value *yaml.Node
	next       int
}

var errForm = errors.New("a form that is not edited")

func newEditor(text string) (*editor, error) {
	e := &editor{lines: strings.SplitAfter(text, "\n")}
	if last := len(e.lines) - 1; e.lines[last] == "" {
		e.lines = e.lines[:last]
	}
	if len(e.lines) > 0 && strings.HasSuffix(e.lines[0], "\r\n") {
		e.cr = "\r"
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return e, nil
	}
	if root := document.Content[0]; root.Kind == yaml.MappingNode {
		e.root = root
	} else if root.ShortTag() != "!!null" {
		return nil, errForm
	}
	return e, nil
}

// text is the file with all edits made, from its end to its beginning, so that
// the places of those to come stay true.
func (e *editor) text() string {
	lines := slices.Clone(e.lines)
	if n := len(lines); n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		lines[n-1] += e.cr + "\n"
	}
	slices.SortStableFunc(e.edits, func(a, b lineEdit) int { return b.from - a.from })
	for _, edit := range e.edits {
		lines = slices.Replace(lines, edit.from, edit.to, edit.lines...)
	}
	return strings.Join(lines, "")
}

// edit notes an edit; the lines have no line ends, but for those of the file.
func (e *editor) edit(from, to int, lines ...string) {
	for i, line := range lines {
		if !strings.HasSuffix(line, "\n") {
			lines[i] = line + e.cr + "\n"
		}
	}
	e.edits = append(e.edits, lineEdit{from, to, lines})
}

// pairs lists the keys of a block map.
func (e *editor) pairs(n *yaml.Node) []pair {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var list []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		p := pair{key: n.Content[i], value: n.Content[i+1], next: len(e.lines) + 1}
		if i+2 < len(n.Content) {
			p.next = n.Content[i+2].Line
		}
		list = append(list, p)
	}
	return list
}

func (e *editor) first(n *yaml.Node) *pair {
	if all := e.pairs(n); len(all) > 0 {
		return &all[0]
	}
	return nil
}

func (e *editor) child(n *yaml.Node, key string) *pair {
	for _, p := range e.pairs(n) {
		if p.key.Value == key {
			p.next = min(p.next, e.outdent(p))
			return &p
		}
	}
	return nil
}

// outdent is the first line after a key, from 1, that has content and is not
// indented more than the key, unless it is an item of the key's list: there the
// value has ended.
func (e *editor) outdent(p pair) int {
	for i := p.key.Line; i < len(e.lines); i++ {
		line := strings.TrimLeft(e.lines[i], " ")
		indent := len(e.lines[i]) - len(line)
		isItem := strings.HasPrefix(line, "-") && !strings.HasPrefix(line, "---") && p.value.Kind == yaml.SequenceNode
		switch {
		case remark(line):
		case indent > p.key.Column-1, indent == p.key.Column-1 && isItem:
		default:
			return i + 1
		}
	}
	return len(e.lines) + 1
}

// remark reports a line without content.
func remark(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#")
}

// last is the last line, from 1, of a pair's content.
func (e *editor) last(p *pair) int {
	last := p.key.Line
	for i := p.key.Line; i < p.next-1; i++ {
		if !remark(e.lines[i]) {
			last = i + 1
		}
	}
	return last
}

// replace puts line in the place of a pair. A comment behind it stays, and so do
// the lines of comments within it.
func (e *editor) replace(p *pair, line string) {
	last := e.last(p)
	lines := []string{line + e.comment(p)}
	for _, within := range e.lines[p.key.Line:last] {
		if remark(within) {
			lines = append(lines, within)
		}
	}
	e.edit(p.key.Line-1, last, lines...)
}

// comment is the comment on the line of a pair, with the spaces before it.
func (e *editor) comment(p *pair) string {
	for _, c := range []string{p.value.LineComment, p.key.LineComment} {
		if c == "" {
			continue
		}
		if before, _, ok := strings.Cut(e.lines[p.key.Line-1], c); ok {
			return before[len(strings.TrimRight(before, " \t")):] + c
		}
		return "  " + c
	}
	return ""
}

// insertBelow puts lines at the end of what is below a key.
func (e *editor) insertBelow(p *pair, lines []string) error {
	switch {
	case p.value.Kind == yaml.MappingNode && p.value.Style&yaml.FlowStyle == 0 && p.value.Anchor == "":
	case p.value.Kind == yaml.ScalarNode && p.value.ShortTag() == "!!null" && p.value.Value == "":
	default:
		return errForm
	}
	e.insert(e.last(p), lines)
	return nil
}

// insert puts lines behind the first n.
func (e *editor) insert(n int, lines []string) { e.edit(n, n, lines...) }
