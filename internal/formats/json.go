package formats

import (
	"bytes"
	"io"
	"slices"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// writeJSON writes the document itself: of several profiles a report at a time, because the
// document of a thousand is long.
func writeJSON(w io.Writer, r Run, _ Options) error {
	if r.all == nil {
		return report.JSON(w, r.Reports[0])
	}
	if len(r.Reports) == 0 {
		return report.JSON(w, r.all)
	}
	l := NewList(w, r.all)
	for _, one := range r.Reports {
		l.Add(Item(one))
	}
	return l.End(r.all)
}

// List writes a document of several profiles a report at a time, in the bytes that report.JSON
// writes of the whole. After an error it writes nothing more.
type List struct {
	w     io.Writer
	comma []byte
	err   error // the first
}

// NewList writes the beginning of doc, whose reports follow. Of doc it has what is known then.
func NewList(w io.Writer, doc *finding.Reports) *List {
	l := &List{w: w}
	head, _, err := halves(doc)
	l.write(head, err)
	return l
}

// Add writes an [Item], or keeps its error.
func (l *List) Add(item []byte, err error) {
	l.write(slices.Concat(l.comma, item), err)
	l.comma = []byte(",")
}

// End writes the rest of doc. It returns the first error.
func (l *List) End(doc *finding.Reports) error {
	_, tail, err := halves(doc)
	l.write(tail, err)
	return l.err
}

func (l *List) write(data []byte, err error) {
	if l.err == nil {
		l.err = err
	}
	if l.err == nil {
		_, l.err = l.w.Write(data)
	}
}

// halves is a document without reports, up to the place for them and from there on.
func halves(doc *finding.Reports) (head, tail []byte, err error) {
	empty := *doc
	empty.Reports = nil
	var b bytes.Buffer
	if err := report.JSON(&b, &empty); err != nil {
		return nil, nil, err
	}
	const place = "\n  \"reports\": [" // a text in the document has no line break
	at := bytes.Index(b.Bytes(), []byte(place)) + len(place)
	return b.Bytes()[:at], append([]byte("\n  "), b.Bytes()[at:]...), nil
}

// Item is a report as an item of the list.
func Item(one *finding.Report) ([]byte, error) {
	var b bytes.Buffer
	if err := report.JSON(&b, one); err != nil {
		return nil, err
	}
	lines := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	return append([]byte("\n    "), bytes.ReplaceAll(lines, []byte("\n"), []byte("\n    "))...), nil
}
