package stand

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What is not the emulator's own answer is never "ready".
func TestHealthOfAnotherProgram(t *testing.T) {
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"a web page":           {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>ok</html>")) }, "another program answers, with status 200"},
		"another health check": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"status":"ok"}`)) }, "another program answers, with status 200"},
		"an error":             {http.NotFound, "another program answers, with status 404"},
		"another name":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(421) }, "it does not know this name; use its IP address"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, "another program answers, with status 302"},
		"an endless answer": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"status":"ok","accounts":["` + strings.Repeat("1", healthBytes)))
		}, "another program answers, with status 200"},
	} {
		server := httptest.NewServer(tt.handler)
		_, err := askHealth(context.Background(), new(net.Dialer).DialContext, server.Listener.Addr().String())
		server.Close()
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	if _, err := askHealth(context.Background(), new(net.Dialer).DialContext, address); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("no program: %v", err)
	}
}
