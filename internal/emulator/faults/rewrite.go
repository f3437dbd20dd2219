package faults

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The faults that rewrite the right answer, if it is JSON of the expected shape. A list is
// an object with items, which are objects; each member of them is a cell.
var rewrites = map[Kind]func(body map[string]any, r *http.Request) (changed []byte, contentType string){
	CellsHuge: func(body map[string]any, _ *http.Request) ([]byte, string) {
		left := hugeCells
		return eachCell(body, func(v any, _ int) any {
			if left--; left < 0 {
				return v
			}
			return strings.Repeat("x", hugeCell)
		})
	},
	CellsControl: func(body map[string]any, _ *http.Request) ([]byte, string) {
		return eachCell(body, func(v any, _ int) any { return "\x1b[31m\a\r\n\x00\u202e" + fmt.Sprint(v) })
	},
	CellsHTML: func(body map[string]any, _ *http.Request) ([]byte, string) {
		return eachCell(body, func(v any, _ int) any { return "<script>alert(1)</script><!-- `|* " + fmt.Sprint(v) })
	},
	CellsTyped: func(body map[string]any, _ *http.Request) ([]byte, string) {
		others := []any{7.5, true, nil, []any{"x"}, map[string]any{"value": "x"}, 1e300}
		return eachCell(body, func(_ any, n int) any { return others[n%len(others)] })
	},
	PagesEndless: endlessPages,
	AsForm: func(body map[string]any, _ *http.Request) ([]byte, string) {
		form := url.Values{}
		for name, value := range body {
			form.Set(name, fmt.Sprint(value))
		}
		return []byte(form.Encode()), "application/x-www-form-urlencoded"
	},
	AsXML: func(body map[string]any, _ *http.Request) ([]byte, string) {
		var b bytes.Buffer
		b.WriteString(xml.Header + "<response>")
		for _, name := range slices.Sorted(maps.Keys(body)) {
			b.WriteString("<" + name + ">")
			_ = xml.EscapeText(&b, []byte(fmt.Sprint(body[name]))) // to memory
			b.WriteString("</" + name + ">")
		}
		b.WriteString("</response>\n")
		return b.Bytes(), "application/xml"
	},
	AsArray: func(body map[string]any, _ *http.Request) ([]byte, string) { return marshal([]any{body}), "" },
}

// The cells that CellsHuge fills: no more, because a list may have thousands.
const (
	hugeCell  = 1 << 20
	hugeCells = 4
)

// endlessPages makes a page of a list one that another follows.
func endlessPages(body map[string]any, r *http.Request) ([]byte, string) {
	items, is := body["items"].([]any)
	if !is {
		return nil, ""
	}
	if len(items) == 0 {
		items = []any{map[string]any{"links": []any{}}}
	}
	query := r.URL.Query()
	offset, _ := strconv.Atoi(query.Get("offset")) // 0 without one
	query.Set("offset", strconv.Itoa(offset+len(items)))
	next := map[string]string{"rel": "next", "href": "https://" + r.Host + r.URL.EscapedPath() + "?" + query.Encode()}
	body["items"], body["count"], body["hasMore"], body["totalResults"], body["links"] = items, len(items), true, int64(1)<<40, []any{next}
	return marshal(body), ""
}

// eachCell replaces the cells of a list, in the order of their names.
func eachCell(body map[string]any, change func(value any, n int) any) ([]byte, string) {
	items, is := body["items"].([]any)
	if !is {
		return nil, ""
	}
	n := 0
	for _, item := range items {
		row, is := item.(map[string]any)
		if !is {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(row)) {
			if name != "links" {
				row[name] = change(row[name], n)
				n++
			}
		}
	}
	return marshal(body), ""
}

// marshal writes what JSON was read to.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // of decoded JSON
	}
	return b
}

// rewritten writes a changed body. An answer that is not such JSON stays as it is.
type rewritten struct {
	wrapper
	request *http.Request
	kind    Kind
	status  int
}

func (w *rewritten) WriteHeader(status int) { w.status = status }

func (w *rewritten) Write(body []byte) (int, error) {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	changed, contentType := body, ""
	if err := d.Decode(&object); err == nil {
		if other, t := rewrites[w.kind](object, w.request); other != nil {
			changed, contentType = other, t
		}
	}
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(changed)))
	w.ResponseWriter.WriteHeader(w.status)
	_, err := w.ResponseWriter.Write(changed)
	return len(body), err
}
