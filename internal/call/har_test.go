package call

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

var began = time.Date(2026, 11, 23, 15, 0, 0, 123e6, time.UTC)

func newRequest(t *testing.T, method, url string, header http.Header) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	return r
}

// readArchive is the whole file as another program reads it.
func readArchive(t *testing.T, path string) (entries []map[string]any, text string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Log struct {
			Version string
			Creator map[string]string
			Entries []map[string]any
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil || doc.Log.Version != "1.2" || doc.Log.Creator["name"] != "nsauth" {
		t.Fatalf("%v\n%s", err, data)
	}
	return doc.Log.Entries, string(data)
}

// at is the value at a path of names in an entry.
func at(entry map[string]any, path string) any {
	var v any = entry
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// After every exchange the file is whole, and no secret is in it.
func TestArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.har")
	w, err := createArchive(path, "nsauth", "1")
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if entries, _ := readArchive(t, path); len(entries) != 0 {
		t.Errorf("%d entries", len(entries))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	half := "ok é"[:len("ok é")-1]
	for i, tt := range []struct {
		x    exchange
		want map[string]any
	}{
		{exchange{request: newRequest(t, "GET", "https://h.example/a?q=x%20y&flag&bad=%zz", http.Header{"Authorization": {"Bearer planted"}, "Accept": {"a", "b"}}),
			answer: &netsuite.Answer{Protocol: "HTTP/2.0", Status: 200, Header: http.Header{"Set-Cookie": {"planted"}, "Content-Type": {"application/json"}},
				Body: []byte(`{"a":"<é>"}`), Received: began.Add(30 * time.Millisecond), RemoteAddr: "[::1]:443",
				Timings: netsuite.Timings{DNS: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, FirstByte: 4 * time.Millisecond}},
			began: began, ended: began.Add(40 * time.Millisecond), size: 12},
			map[string]any{"startedDateTime": "2026-11-23T15:00:00.123Z", "time": 20.0, "request.method": "GET", "request.httpVersion": "HTTP/2.0",
				"response.status": 200.0, "response.statusText": "OK", "response.content.text": `{"a":"<é>"}`, "response.content.size": 12.0,
				"timings.dns": 1.0, "timings.connect": 5.0, "timings.ssl": 3.0, "timings.wait": 4.0, "timings.receive": 10.0, "timings.blocked": -1.0, "serverIPAddress": "::1"}},
		{exchange{request: newRequest(t, "POST", "https://h.example/", http.Header{"Content-Type": {"application/json"}}), body: []byte("{}"),
			err: errors.New("it broke off"), began: began, ended: began.Add(time.Second)},
			map[string]any{"response.status": 0.0, "time": 1000.0, "timings.wait": 1000.0, "timings.connect": -1.0, "comment": "it broke off",
				"request.postData.text": "{}", "request.postData.mimeType": "application/json", "request.bodySize": 2.0, "response.content.mimeType": "x-unknown"}},
		{exchange{request: newRequest(t, "PUT", "https://h.example/", nil), body: []byte{0xff, 0}, began: began, ended: began,
			answer: &netsuite.Answer{Status: 200, Header: http.Header{}, Body: []byte{0, 0xff}}},
			map[string]any{"request.postData.comment": "not text: left out", "request.postData.text": "", "response.content.encoding": "base64", "response.content.text": "AP8="}},
		{exchange{request: newRequest(t, "PUT", "https://h.example/", nil), body: []byte(strings.Repeat("x", maxArchivedBody+1)), began: began, ended: began, size: 5 << 20,
			answer: &netsuite.Answer{Status: 200, Header: http.Header{}, Body: []byte(half), Truncated: true}},
			map[string]any{"request.postData.comment": "cut at 1 MiB", "response.content.comment": "cut off", "response.content.text": "ok ", "response.content.size": float64(5 << 20)}},
	} {
		if err := w.add(tt.x.entry()); err != nil {
			t.Fatal(err)
		}
		entries, text := readArchive(t, path)
		if len(entries) != i+1 || strings.Contains(text, "planted") {
			t.Fatalf("%d entries after %d:\n%.2000s", len(entries), i+1, text)
		}
		for name, want := range tt.want {
			if got := at(entries[i], name); got != want {
				t.Errorf("%d: %s is %v, want %v", i, name, got, want)
			}
		}
	}
	entries, _ := readArchive(t, path)
	if got, _ := json.Marshal(at(entries[0], "request.queryString")); string(got) != `[{"name":"q","value":"x y"},{"name":"flag","value":""},{"name":"bad","value":"%zz"}]` {
		t.Errorf("query %s", got)
	}
	if got, _ := json.Marshal(at(entries[0], "request.headers")); string(got) != `[{"name":"Accept","value":"a"},{"name":"Accept","value":"b"},{"name":"Authorization","value":"\u003csecret\u003e"}]` {
		t.Errorf("headers %s", got)
	}
	if _, err := createArchive(path, "nsauth", "1"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second one: %v", err)
	}
	if again, _ := readArchive(t, path); len(again) != len(entries) {
		t.Error("it was overwritten")
	}
}
