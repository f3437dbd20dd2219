package profile

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// editor is a YAML file as lines, with the positions of its nodes, and its edits.
type editor struct {
	lines []string // with their line ends
	cr    string   // before the line feed of new lines
	root  *yaml.Node
	edits []lineEdit
}

// lineEdit replaces the lines from index from up to to.
type lineEdit struct {
	from, to int
	lines    []string
}

// pair is a key of a block map and its value. next is the first line, from 1, that can
// be after the value.
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

// text is the file with all edits. They are made from the end to the beginning, so
// that line numbers stay valid.
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

// edit adds an edit. New lines get the file's line ends.
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

// outdent is the first line, from 1, that is no part of a key's value: it has content,
// is not indented more than the key, and is not an item of the key's list.
func (e *editor) outdent(p pair) int {
	for i := p.key.Line; i < len(e.lines); i++ {
		line := strings.TrimLeft(e.lines[i], " ")
		indent := len(e.lines[i]) - len(line)
		isItem := strings.HasPrefix(line, "-") && !strings.HasPrefix(line, "---") && p.value.Kind == yaml.SequenceNode
		switch {
		case isComment(line):
		case indent > p.key.Column-1, indent == p.key.Column-1 && isItem:
		default:
			return i + 1
		}
	}
	return len(e.lines) + 1
}

// isComment reports whether a line is empty or a comment.
func isComment(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#")
}

// last is the last line, from 1, of a pair's content.
func (e *editor) last(p *pair) int {
	last := p.key.Line
	for i := p.key.Line; i < p.next-1; i++ {
		if !isComment(e.lines[i]) {
			last = i + 1
		}
	}
	return last
}

// replace replaces a pair by a line. It keeps the comment on the line and the comment
// lines within the pair.
func (e *editor) replace(p *pair, line string) {
	last := e.last(p)
	lines := []string{line + e.comment(p)}
	for _, within := range e.lines[p.key.Line:last] {
		if isComment(within) {
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

// insertBelow adds lines at the end of a key's value.
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

// insert adds lines after the first n.
func (e *editor) insert(n int, lines []string) { e.edit(n, n, lines...) }
