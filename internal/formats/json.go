package formats

import (
	"bytes"
	"io"

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
	head, tail, err := Halves(r.all)
	for i, one := range r.Reports {
		if err == nil {
			_, err = w.Write(head)
		}
		if err != nil {
			return err
		}
		if head, err = Item(one); i > 0 {
			head = append([]byte(","), head...)
		}
	}
	if err != nil { // of the last report, or of the document
		return err
	}
	_, err = w.Write(append(head, tail...))
	return err
}

// Halves is a document without reports, up to the place for them and from there on. With an
// [Item] for each report, and commas, it has the bytes that report.JSON writes of the whole.
func Halves(doc *finding.Reports) (head, tail []byte, err error) {
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
