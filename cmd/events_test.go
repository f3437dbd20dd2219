package cmd

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
)

// watchedLines is a stream that says when a line of a check is on it.
type watchedLines struct {
	mu    sync.Mutex
	text  bytes.Buffer
	check finding.CheckID
	seen  chan struct{}
}

func (w *watchedLines) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if bytes.Contains(p, []byte(`"check":{"id":"`+w.check+`"`)) {
		close(w.seen)
	}
	return w.text.Write(p)
}

func (w *watchedLines) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// events are the names of the events in lines, each of which is whole.
func events(t *testing.T, lines string) (names []string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var e struct {
			Event string
			Check struct{ ID string }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || !strings.HasSuffix(line, "\n") {
			t.Errorf("not a whole line: %v: %q", err, line)
		}
		names = append(names, strings.TrimSpace(e.Event+" "+e.Check.ID))
	}
	return names
}

// While NetSuite has not answered the token request, the events before it are on standard
// output and in the file of --report. In the end both are what render writes, and the file of
// another format is whole or absent.
func TestEventsAsTheyHappen(t *testing.T) {
	l := newLab(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "events.jsonl")
	out := &watchedLines{check: finding.CheckClock, seen: make(chan struct{})}
	begun := []string{"run-started", "check-finished profile", "check-finished key", "check-finished certificate", "check-finished certificate-id",
		"check-finished assertion", "check-finished network", "check-finished clock"}
	var printed, inFile string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", labTime().Format(http.TimeFormat))
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-out.seen:
			case <-r.Context().Done():
			}
			for inFile = ""; strings.Count(inFile, "\n") < len(begun) && r.Context().Err() == nil; time.Sleep(time.Millisecond) {
				data, _ := os.ReadFile(file)
				inFile = string(data)
			}
			printed = out.String()
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, `{"error":"server_error"}`)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{l.tls}}
	server.StartTLS()
	t.Cleanup(server.Close)
	args := append(append([]string{"doctor", "-o", "jsonl", "--timeout", "20s", "--report", "jsonl=" + file, "--report", "json=" + filepath.Join(dir, "report.json")},
		l.identity()...), "--connect-to", server.Listener.Addr().String(), "--ca-file", "ca.pem")
	r := nsauth(t, setup{dir: l.dir, world: func(w *cli.World) { w.Now, w.Stdout = labTime, out }}, args...)
	if r.code != finding.ExitFail {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	if got := events(t, printed); !slices.Equal(got, begun) {
		t.Errorf("printed during the token request: %q", got)
	}
	if got := events(t, inFile); !slices.Equal(got, begun) {
		t.Errorf("in the file during the token request: %q", got)
	}
	saved, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	again := nsauth(t, setup{stdin: string(saved)}, "render", "-", "-o", "jsonl")
	whole, err := os.ReadFile(file)
	if err != nil || again.stdout != string(whole) || again.stdout != out.String() {
		t.Errorf("%v\nrender\n%s\nfile\n%s\nprinted\n%s", err, again.stdout, whole, out.String())
	}
}

// With masked IDs and after questions the lines are those of render too, and a file that
// cannot be written is told at the end of standard output.
func TestEventsAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"--mask-ids"}, {"--ask"}, {"--no-mask-ids"}} {
		args = append([]string{"doctor", "--demo", "mapping-missing", "--report", "json=" + filepath.Join(dir, "report.json"), "-o", "jsonl"}, args...)
		made := nsauth(t, setup{stdin: "1\n1\n"}, args...)
		again := nsauth(t, setup{}, "render", filepath.Join(dir, "report.json"), "-o", "jsonl")
		if made.code != finding.ExitFail || made.stdout != again.stdout || strings.Contains(made.stdout, "1234567") == slices.Contains(args, "--mask-ids") {
			t.Errorf("%q: exit %d\n%s\nrender\n%s", args, made.code, made.stdout, again.stdout)
		}
	}
	lost := nsauth(t, setup{}, "doctor", "--demo", "-o", "jsonl", "--report", "jsonl="+filepath.Join(dir, "no", "such.jsonl"))
	all := events(t, lost.stdout)
	if lost.code != finding.ExitUsage || all[0] != "run-started" || all[len(all)-1] != "run-finished" || !strings.Contains(lost.stdout, `"outcome":"error","exit_code":2`) ||
		!strings.Contains(lost.stderr, "cannot write --report jsonl=") {
		t.Errorf("exit %d\n%s\n%s", lost.code, lost.stdout, lost.stderr)
	}
}
