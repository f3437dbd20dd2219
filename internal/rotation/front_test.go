package rotation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// front stands before the emulator and breaks answers, before or after the emulator has
// made the change.
type front struct {
	t      *testing.T
	dir    string
	config string
	srv    *server.Server
	behind *http.Client // of srv

	mu       sync.Mutex
	fault    func(request string) string // of "list", "add", "revoke" or "token": before-500, after-500, after-drop, before-drop
	requests []string
	unlisted int // lists that do not have what was added
	unready  int // token requests that fail after an add
	added    map[string]bool
	rows     func(row map[string]any) // changes a row of the list
}

func newFront(t *testing.T, change func(*scenario.Scenario)) *front {
	t.Helper()
	s, ok := scenario.Lookup("healthy")
	if !ok {
		t.Fatal("no scenario")
	}
	s.Client.KeyType = "p-256" // which signs in a hundredth of an RSA key's time
	if change != nil {
		change(&s)
	}
	prepared, err := scenario.Prepare(s, time.Now, keypool.Generate)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{t: t, dir: t.TempDir(), added: map[string]bool{}}
	if f.srv, err = server.New(prepared.Config); err != nil {
		t.Fatal(err)
	}
	if err := f.srv.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	f.behind = f.srv.Client()
	t.Cleanup(func() { f.behind.CloseIdleConnections(); _ = f.srv.Close() })
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(1, 0, 0),
		DNSNames: []string{"1234567.suitetalk.api.netsuite.com", "1234567.restlets.api.netsuite.com"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	stand := httptest.NewUnstartedServer(f)
	stand.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	stand.StartTLS()
	t.Cleanup(stand.Close)
	prepared.Profile["connect_to"] = stand.Listener.Addr().String()
	if err := prepared.Files(f.dir); err != nil {
		t.Fatal(err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(filepath.Join(f.dir, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	f.config = filepath.Join(f.dir, scenario.FileConfig)
	return f
}

func kindOf(r *http.Request) string {
	switch {
	case strings.HasSuffix(r.URL.Path, "/token"):
		return "token"
	case strings.HasSuffix(r.URL.Path, "/revoke"):
		return "revoke"
	case r.Method == http.MethodPost:
		return "add"
	}
	return "list"
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kind := kindOf(r)
	f.requests = append(f.requests, kind)
	fault := ""
	if f.fault != nil {
		fault = f.fault(kind)
	}
	failed := func(how string) bool {
		switch fault {
		case how + "-500":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"error":"server_error"}`)
		case how + "-drop":
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	}
	if failed("before") {
		return
	}
	if kind == "token" && f.unready > 0 && len(f.added) > 0 {
		f.unready--
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error":"server_error"}`)
		return
	}
	body, _ := io.ReadAll(r.Body)
	status, header, answer := f.forward(r, body)
	switch {
	case kind == "add" && status == http.StatusOK:
		var added struct {
			ID string `json:"certificate_id"`
		}
		_ = json.Unmarshal(answer, &added)
		f.added[added.ID] = true
	case kind == "list" && status == http.StatusOK:
		late := f.unlisted > 0 && len(f.added) > 0
		if late {
			f.unlisted--
		}
		var rows []map[string]any
		shown := []map[string]any{}
		_ = json.Unmarshal(answer, &rows)
		for _, row := range rows {
			if f.rows != nil {
				f.rows(row)
			}
			if !late || !f.added[row["certificate_id"].(string)] {
				shown = append(shown, row)
			}
		}
		answer, _ = json.Marshal(shown)
	}
	if failed("after") {
		return
	}
	w.Header().Set("Content-Type", header)
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

func (f *front) forward(r *http.Request, body []byte) (status int, contentType string, answer []byte) {
	out, err := http.NewRequest(r.Method, "https://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	out.Header = r.Header.Clone()
	a, err := f.behind.Do(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer a.Body.Close()
	answer, _ = io.ReadAll(a.Body)
	return a.StatusCode, a.Header.Get("Content-Type"), answer
}

// app is a run of nsauth.
func (f *front) app(stdout, stderr io.Writer) *cli.App {
	w := cli.System("nsauth")
	w.Stdin, w.Stdout, w.Stderr, w.Dir = strings.NewReader(""), stdout, stderr, f.dir
	w.LookupEnv = func(string) (string, bool) { return "", false }
	w.ConfigDir, w.StateDir, w.CacheDir = "", "", ""
	w.GenerateKey = keypool.Generate
	a := cli.New(w, finding.Tool{Name: "nsauth"}, nil)
	a.ConfigPath = f.config
	return a
}

// rotate makes a rotation that waits no time, and for at most ten tries.
func (f *front) rotate(o Options) (Entry, string, error) {
	return f.rotateWith(context.Background(), o)
}

func (f *front) rotateWith(ctx context.Context, o Options) (Entry, string, error) {
	var said bytes.Buffer
	if o.Wait == 0 {
		o.Wait = time.Minute
	}
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	if o.Pause == nil {
		o.Pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	entry, err := Rotate(ctx, f.app(&said, &said), f.config, "emulator", o)
	return entry, said.String(), err
}

func (f *front) break_(fault func(kind string) string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.requests = fault, nil
}

// works checks what holds after every run: the profile gets a token, and each certificate
// that was added is named by NetSuite's list and by the journal.
func (f *front) works() {
	f.t.Helper()
	f.listed()
	journal, _ := os.ReadFile(journalPath(f.config, "emulator"))
	for id := range f.added {
		if !bytes.Contains(journal, []byte(id)) {
			f.t.Errorf("%s is not in the journal", id)
		}
	}
}

// listed gets a token with the profile as it is on the disk, and the list, which names
// each certificate that was added.
func (f *front) listed() []mapping.Mapping {
	f.t.Helper()
	f.break_(nil)
	f.mu.Lock()
	unlisted, unready := f.unlisted, f.unready
	f.unlisted, f.unready = 0, 0
	f.mu.Unlock()
	a := f.app(io.Discard, io.Discard)
	r := &runner{app: a, options: Options{Timeout: 10 * time.Second}, config: f.config, name: "emulator"}
	var err error
	if r.profile, err = r.resolve("emulator", nil); err != nil {
		f.t.Fatal(err)
	}
	list, err := r.open(context.Background())
	if err != nil {
		f.t.Fatalf("the profile gets no token, or no list: %v", err)
	}
	for id := range f.added {
		if _, listed := mapping.Find(list, id); !listed {
			f.t.Errorf("%s is not listed", id)
		}
	}
	f.mu.Lock()
	f.unlisted, f.unready = unlisted, unready
	f.mu.Unlock()
	return list
}

func (f *front) revoked(id string) bool {
	f.t.Helper()
	m, listed := mapping.Find(f.listed(), id)
	if !listed {
		f.t.Errorf("%s is not listed", id)
	}
	return m.Revoked
}

func (f *front) pairs() map[string]profile.Pairs {
	f.t.Helper()
	pairs, err := profile.Written(f.config)
	if err != nil {
		f.t.Fatal(err)
	}
	return pairs
}
