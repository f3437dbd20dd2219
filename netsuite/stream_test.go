package netsuite_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nsauth/nsauth/netsuite"
)

// An answer of any length comes whole, and what an error is judged by is bounded.
func TestStream(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcde\n"), 3*netsuite.MaxBody/16)
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write(body)
	})
	s, err := newClient(t, o).Open(t.Context(), netsuite.Request{URL: "/x"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Status != http.StatusAccepted || s.Protocol != "HTTP/2.0" || len(s.Body) != 0 {
		t.Errorf("status %d, %s, body of %d before the first read", s.Status, s.Protocol, len(s.Body))
	}
	got, err := io.ReadAll(s)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes of %d, %v", len(got), len(body), err)
	}
	if !bytes.Equal(s.Body, body[:netsuite.MaxBody]) || !s.Truncated {
		t.Errorf("kept %d, truncated %v", len(s.Body), s.Truncated)
	}
}

// A token that the server repeats is hidden wherever the reads cut it.
func TestStreamRedactsAnEcho(t *testing.T) {
	signature := accessToken[strings.LastIndexByte(accessToken, '.')+1:]
	head := strings.Repeat("x", 16<<10-20)
	body := head + accessToken + " " + signature + accessToken[:40] + strings.Repeat("y", 40<<10) + accessToken + signature[:5]
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		for i := 0; i < len(body); i += 1000 {
			_, _ = io.WriteString(w, body[i:min(i+1000, len(body))])
			_ = http.NewResponseController(w).Flush()
		}
	})
	c := newClient(t, o)
	for name, reader := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader, "by halves": iotest.HalfReader,
	} {
		s, err := c.Open(t.Context(), netsuite.Request{URL: "/x", AccessToken: netsuite.NewSecret(accessToken)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(reader(s))
		s.Close()
		want := head + "<secret> <secret>" + accessToken[:40] + strings.Repeat("y", 40<<10) + "<secret>" + signature[:5]
		if err != nil || string(got) != want || string(s.Body) != want {
			t.Errorf("%s: %v, %d bytes, want %d", name, err, len(got), len(want))
		}
		if echo := s.Header.Get("X-Echo"); echo != "Bearer <secret>" {
			t.Errorf("header %q", echo)
		}
	}
}

// A body that breaks off or outlives its time ends in a typed error, with what
// there is of it.
func TestStreamIncomplete(t *testing.T) {
	hang := make(chan struct{})
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	defer close(hang)
	c := newClient(t, o)
	for path, want := range map[string]netsuite.ConnectError{
		"/cut":  {Kind: netsuite.Incomplete},
		"/hang": {Kind: netsuite.Canceled, Reason: "body"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := c.Open(ctx, netsuite.Request{URL: path})
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 4)
		if _, err := io.ReadFull(s, first); err != nil {
			t.Fatal(err)
		}
		if path == "/hang" {
			cancel()
		}
		rest, err := io.ReadAll(s)
		var broken *netsuite.ConnectError
		if !errors.As(err, &broken) || broken.Kind != want.Kind || broken.Reason != want.Reason || broken.Answer != s.Answer {
			t.Errorf("%s: %v", path, err)
		}
		if string(s.Body) != "half" || len(rest) != 0 || !s.Truncated {
			t.Errorf("%s: kept %q, then %q", path, s.Body, rest)
		}
		if _, again := s.Read(first); again != err {
			t.Errorf("%s: then %v", path, again)
		}
		s.Close()
		cancel()
	}
}

// What is shown is what is sent, the escapes of a person's path included.
func TestHTTPRequestIsWhatIsSent(t *testing.T) {
	var line, prefer string
	_, o := newServer(t, func(_ http.ResponseWriter, r *http.Request) { line, prefer = r.RequestURI, r.Header.Get("Prefer") })
	c := newClient(t, o)
	for written, want := range map[string]string{
		"/services/rest/record/v1/customer?q=email IS \"a b\"&x=ü": "/services/rest/record/v1/customer?q=email%20IS%20%22a%20b%22&x=%C3%BC",
		"/services/rest/a b/ü":            "/services/rest/a%20b/%C3%BC",
		"/services/rest/a%2Fb%20c?x=%2e+": "/services/rest/a%2Fb%20c?x=%2e+",
		"/services/rest/a b/c%2Fd":        "/services/rest/a%20b/c%2Fd",
		"/services/rest/x#fragment":       "/services/rest/x",
	} {
		r := netsuite.Request{URL: written, Header: http.Header{"Prefer": {"transient"}}}
		shown, err := c.HTTPRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if line != want || shown.URL.RequestURI() != want || prefer != "transient" {
			t.Errorf("%s was sent as %s and shown as %s", written, line, shown.URL.RequestURI())
		}
	}
}
