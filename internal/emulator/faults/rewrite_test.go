package faults

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// through is an answer as a fault changes it.
func through(t *testing.T, kind Kind, status int, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "https://1234567.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit=2&offset=4", nil)
	f := Fault{Kind: kind}
	if f.Apply(w, r) != 0 {
		t.Fatalf("%s: the right answer is not written", kind)
	}
	to := f.Wrap(w, r)
	to.Header().Set("Content-Type", "application/json")
	to.Header().Set("Content-Length", "1")
	to.WriteHeader(status)
	if n, err := to.Write([]byte(body)); n != len(body) || err != nil {
		t.Fatalf("%s: %d, %v", kind, n, err)
	}
	return w
}

const list = `{"count":2,"hasMore":false,"items":[{"links":[],"detail":"MissingKey","at":"2026-11-23"},{"links":[],"detail":"x"}],"links":[],"offset":4,"totalResults":2}`

func TestRewrittenAnswers(t *testing.T) {
	for kind, want := range map[Kind]string{
		CellsControl: `"at":"\u001b[31m\u0007\r\n\u0000` + "\u202e" + `2026-11-23"`,
		CellsHTML:    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e\\u003c!-- `|* MissingKey\"",
		CellsTyped:   `"items":[{"at":7.5,"detail":true,"links":[]},{"detail":null,"links":[]}]`,
		PagesEndless: `"links":[{"href":"https://1234567.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit=2\u0026offset=6","rel":"next"}],"offset":4,"totalResults":1099511627776`,
		AsArray:      `[{"count":2,`,
		AsXML:        "<count>2</count><hasMore>false</hasMore>",
		AsForm:       "count=2&hasMore=false&items=",
	} {
		w := through(t, kind, 200, list)
		if !strings.Contains(w.Body.String(), want) || w.Code != 200 || w.Header().Get("Content-Length") == "1" {
			t.Errorf("%s: %d %s", kind, w.Code, w.Body)
		}
	}
	if w := through(t, AsForm, 200, `{"access_token":"a b","expires_in":3600}`); w.Body.String() != "access_token=a+b&expires_in=3600" || w.Header().Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("%s", w.Body)
	}
	if w := through(t, PagesEndless, 200, `{"items":[]}`); !strings.Contains(w.Body.String(), `"count":1,"hasMore":true,"items":[{"links":[]}]`) {
		t.Errorf("an empty page: %s", w.Body)
	}
	huge := through(t, CellsHuge, 200, list).Body.String()
	var got struct{ Items []map[string]any }
	if err := json.Unmarshal([]byte(huge), &got); err != nil || len(got.Items[1]["detail"].(string)) != hugeCell || len(huge) < 3<<20 || !utf8.ValidString(huge) {
		t.Errorf("%d bytes, %v", len(huge), err)
	}
	if huge := through(t, CellsHuge, 200, `{"items":[`+strings.Repeat(`{"a":"x"},`, 50)+`{}]}`); huge.Body.Len() > 5<<20 {
		t.Errorf("%d bytes", huge.Body.Len())
	}
}

// What is not such an answer stays as it is, also its status.
func TestRewritesLeaveOtherAnswers(t *testing.T) {
	for kind := range rewrites {
		for _, body := range []string{"", "<html>", "[1]", `{"error":"server_error"}`, `{"items":7}`, `{"items":[7]}`} {
			w := through(t, kind, 400, body)
			shaped := kind == AsForm || kind == AsXML || kind == AsArray || kind == PagesEndless && strings.Contains(body, "[7]")
			if w.Code != 400 || w.Body.String() != body && !(shaped && strings.HasPrefix(body, "{")) {
				t.Errorf("%s: %d %q of %q", kind, w.Code, w.Body, body)
			}
		}
	}
}
