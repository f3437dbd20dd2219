package auditor

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/text"
)

var errNotRows = errors.New("not an answer of SuiteQL")

// readRows reads one page of SuiteQL. A row with a cell that is neither text, number nor
// boolean is an error: its meaning is not known.
func readRows(body []byte) (Rows, error) {
	var page struct {
		Items   *[]map[string]json.RawMessage `json:"items"`
		HasMore *bool                         `json:"hasMore"`
	}
	if json.Unmarshal(text.TrimBOM(body), &page) != nil || page.Items == nil || page.HasMore == nil {
		return Rows{}, errNotRows
	}
	rows := Rows{Complete: !*page.HasMore}
	for _, item := range *page.Items {
		if len(rows.Items) == MaxRows {
			rows.Complete = false
			break
		}
		row := Row{}
		for column, raw := range item {
			value, whole, err := cell(raw)
			if err != nil {
				return Rows{}, err
			}
			rows.Complete = rows.Complete && whole
			if value != "" {
				row[strings.ToLower(column)] = value
			}
		}
		rows.Items = append(rows.Items, row)
	}
	return rows, nil
}

// cell is a value as text on one line, and whether it is whole. The column "links", which
// NetSuite adds, has no value.
func cell(raw json.RawMessage) (value string, whole bool, err error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", false, errNotRows
	}
	switch v := v.(type) {
	case nil:
		return "", true, nil
	case bool:
		return fmt.Sprint(v), true, nil
	case float64:
		return strings.TrimSpace(string(raw)), true, nil
	case string:
		head, rest := text.CutRunes(v, maxCell)
		return strings.TrimSpace(strings.Map(printable, head)), rest == "", nil
	case []any:
		if len(v) == 0 {
			return "", true, nil
		}
	}
	return "", false, errNotRows
}

// printable replaces what would break a line or act on a terminal.
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r), text.IsInvisible(r):
		return -1
	}
	return r
}
