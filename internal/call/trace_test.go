package call

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// The next page may fail while this one is still being read: the archive has them in
// the order in which they were sent all the same, and what is behind one that was
// given up is in it too.
func TestArchiveIsInTheOrderOfSending(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.har")
	archive, err := createArchive(path, "nsauth", "test")
	if err != nil {
		t.Fatal(err)
	}
	client, err := netsuite.New(netsuite.Options{APIURL: "https://1234567.suitetalk.api.netsuite.com"})
	if err != nil {
		t.Fatal(err)
	}
	trace := &tracer{now: time.Now, archive: archive, path: path}
	sent := map[string]*exchange{}
	for _, name := range []string{"first", "second", "given-up", "last"} {
		sent[name] = trace.sending(client, netsuite.Request{URL: "/services/rest/" + name}, func(string) bool { return false })
	}
	for _, name := range []string{"last", "second", "first"} {
		trace.done(sent[name], nil, 0, nil)
	}
	if err := trace.close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Log struct {
			Entries []struct{ Request struct{ URL string } }
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range doc.Log.Entries {
		got = append(got, filepath.Base(e.Request.URL))
	}
	if want := []string{"first", "second", "last"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
