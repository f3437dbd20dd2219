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
