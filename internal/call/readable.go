package call

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/text"
)

// maxReadable bounds the JSON that is laid out for a person. Beyond it the body comes as
// it is.
const maxReadable = 4 << 20

// readable writes a JSON body for a person at a terminal: the rows of a SuiteQL query as a
// table, anything else with a value on each line. It reports false if the body was not
// written, because it is not JSON, too large or broken off; rest is then all of it.
func (r *caller) readable(to io.Writer, body io.Reader) (done bool, rest io.Reader, err error) {
	data, err := io.ReadAll(io.LimitReader(body, maxReadable+1))
	rest = io.MultiReader(bytes.NewReader(data), body)
	if err != nil {
		return false, io.MultiReader(bytes.NewReader(data), failing{err}), nil
	}
	whole := len(data) <= maxReadable
	if data = text.TrimBOM(data); !whole || !json.Valid(data) {
		return false, rest, nil
	}
	if path, _, _ := strings.Cut(r.target.path, "?"); strings.HasSuffix(path, checks.SuiteQLPath) {
		if result, ok := queryResult(data); ok {
			return true, nil, r.table(result)
		}
	}
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(data), "", "  "); err != nil { // which keeps names and numbers as they are
		return false, rest, nil
	}
	_, err = to.Write(b.Bytes())
	return true, nil, err
}

// failing is a stream that ends with an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// result is the answer to a SuiteQL query.
type result struct {
	columns []string
	rows    [][]string
	more    bool
	total   int
}

// queryResult reads the rows of a SuiteQL query, with the columns in the order of the
// query. It reports false for another document, and for a query without rows.
func queryResult(data []byte) (result, bool) {
	var page struct {
		Items        []json.RawMessage
		HasMore      bool
		TotalResults int
	}
	if json.Unmarshal(data, &page) != nil || len(page.Items) == 0 {
		return result{}, false
	}
	r := result{more: page.HasMore, total: page.TotalResults}
	var items []map[string]string
	for _, raw := range page.Items {
		item := map[string]string{}
		d := json.NewDecoder(bytes.NewReader(raw))
		if t, err := d.Token(); err != nil || t != json.Delim('{') {
			return result{}, false
		}
		for d.More() {
			name, _ := d.Token() // the document is valid
			var value json.RawMessage
			if d.Decode(&value) != nil {
				return result{}, false
			}
			key := name.(string)
			if key == "links" && string(value) == "[]" { // NetSuite adds it to every row
				continue
			}
			if !slices.Contains(r.columns, key) { // a column that is null is missing in its row
				r.columns = append(r.columns, key)
			}
			item[key] = cell(value)
		}
		items = append(items, item)
	}
	for _, item := range items {
		var row []string
		for _, name := range r.columns {
			row = append(row, item[name])
		}
		r.rows = append(r.rows, row)
	}
	return r, len(r.columns) > 0
}

// cell is a value as a table shows it: text without quotes, null as nothing.
func cell(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil { // null leaves it empty
		return s
	}
	var b bytes.Buffer
	_ = json.Compact(&b, value) // it is valid
	return b.String()
}

// table prints the rows of a query, and on standard error what is not in it.
func (r *caller) table(q result) error {
	cut, err := writeGrid(r.Stdout, q.columns, q.rows, r.TextOptions(r.Stdout))
	if err != nil || r.Quiet {
		return err
	}
	if q.more {
		fmt.Fprintf(r.Stderr, "nsauth: note: %s of %d; --paginate reads all\n", text.Counted(len(q.rows), "row"), q.total)
	}
	if cut {
		fmt.Fprintln(r.Stderr, "nsauth: note: some values are cut; in a pipe or a file the response is complete")
	}
	return nil
}
