package report

import "io"

// Prose writes paragraphs for people, wrapped at the width of TextOptions.
func Prose(w io.Writer, o TextOptions, paragraphs ...string) error {
	p := newPage(o)
	for _, s := range paragraphs {
		p.row(0, nil, 0, span{s, plain})
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// Labelled is a paragraph with a label; without one it continues the one before.
type Labelled struct{ Label, Text string }

// Entry writes a line and labelled paragraphs below it, wrapped at the width of
// TextOptions; if that is 0, each on one line, for a log.
func Entry(w io.Writer, o TextOptions, line string, below ...Labelled) error {
	if o.Width == 0 {
		o.Width = 1 << 20 // wider than any paragraph
	}
	p := newPage(o)
	p.row(0, nil, 2, span{line, strong})
	for _, l := range below {
		p.say(block{2, 10}, l.Label, l.Text)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}
