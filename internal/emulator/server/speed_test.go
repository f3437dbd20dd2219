package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
)

var assertionKinds = []struct{ kind, alg string }{{"rsa-3072", "PS256"}, {"p-256", "ES256"}}

// BenchmarkToken is token requests over kept TLS connections, by clients in the
// same process.
func BenchmarkToken(b *testing.B) {
	for _, k := range assertionKinds {
		b.Run(k.kind, func(b *testing.B) {
			f := newFixture(b)
			c := start(b, f.config)
			text := f.Genuine(k.kind, k.alg).Sign(b)
			c.token(b, text)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if res := c.exchange(b, text); res.Status != 200 {
						b.Errorf("status %d", res.Status)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// BenchmarkTokenArithmetic is the server's own time for one token request, and
// the share of it that verifying the assertion and signing the token take.
func BenchmarkTokenArithmetic(b *testing.B) {
	for _, k := range assertionKinds {
		b.Run(k.kind, func(b *testing.B) {
			f := newFixture(b)
			s, err := New(f.config)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			body := emulatortest.Form(f.Genuine(k.kind, k.alg).Sign(b)).Encode()
			ask := func() {
				r := httptest.NewRequest("POST", tokenURL, strings.NewReader(body))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				w := httptest.NewRecorder()
				if s.serve(w, r); w.Code != 200 {
					b.Fatalf("status %d", w.Code)
				}
			}
			arithmetic := arithmeticOf(b, s, emulatortest.Keys()[k.kind])
			ask()
			var inAll, inArithmetic time.Duration
			for b.Loop() {
				began := time.Now()
				ask()
				between := time.Now()
				arithmetic()
				inAll, inArithmetic = inAll+between.Sub(began), inArithmetic+time.Since(between)
			}
			b.ReportMetric(float64(inAll.Microseconds())/float64(b.N), "µs/request")
			b.ReportMetric(100*inArithmetic.Seconds()/inAll.Seconds(), "%arithmetic")
		})
	}
}

// arithmeticOf is what a token request costs by its keys alone.
func arithmeticOf(b *testing.B, s *Server, key crypto.Signer) func() {
	digest := sha256.Sum256([]byte("x"))
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	verify := func() bool { return false }
	switch key := key.(type) {
	case *rsa.PrivateKey:
		signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32})
		if err != nil {
			b.Fatal(err)
		}
		verify = func() bool {
			return rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: 32}) == nil
		}
	case *ecdsa.PrivateKey:
		signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		if err != nil {
			b.Fatal(err)
		}
		verify = func() bool { return ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) }
	}
	return func() {
		if !verify() {
			b.Fatal("not verified")
		}
		if _, err := rsa.SignPKCS1v15(rand.Reader, own, crypto.SHA256, digest[:]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart is from a configuration to the first answer, keys being there.
func BenchmarkStart(b *testing.B) {
	f := newFixture(b)
	for b.Loop() {
		c := start(b, f.config)
		res := c.do(b, emulatortest.Request(b, "GET", restURL+"/healthz", ""))
		if res.Status != 200 {
			b.Fatalf("status %d", res.Status)
		}
		c.http.CloseIdleConnections()
		c.Close()
	}
}

// requestsFor sends so many requests of all kinds, few of which are signed, and
// reports what they leave on the heap.
func requestsFor(tb testing.TB, n int) (left uint64) {
	f := newFixture(tb)
	s, err := New(f.config)
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	good := emulatortest.Form(f.Genuine("p-256", "ES256").Sign(tb)).Encode()
	before := heap()
	for i := range n {
		method, url, body := "POST", tokenURL, emulatortest.Form("x").Encode()
		switch {
		case i%100 == 0:
			body = good
		case i%3 == 0:
			body = "a=" + strings.Repeat("b", i%5000)
		case i%3 == 1:
			method, url, body = "GET", restURL+api.RecordPath+"customer/"+strconv.Itoa(i), ""
		}
		r := httptest.NewRequest(method, url, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.serve(httptest.NewRecorder(), r)
	}
	left = heap()
	if left < before {
		return 0
	}
	return left - before
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Logs are rings: the memory of many requests is that of the last thousand.
func TestMemoryIsBounded(t *testing.T) {
	logs := 5
	if testing.Short() {
		logs = 2
	}
	if left := requestsFor(t, logs*DefaultLogSize); left > 8<<20 {
		t.Errorf("%d bytes are left", left)
	}
}

// BenchmarkMemory is what 100,000 requests leave resident, the tests themselves
// included. Run it alone, with -benchtime=1x.
func BenchmarkMemory(b *testing.B) {
	var left uint64
	for b.Loop() {
		left = requestsFor(b, 100_000)
	}
	b.ReportMetric(float64(left)/(1<<20), "MiB-heap")
	b.ReportMetric(resident(), "MiB-resident")
}

// resident is the process's memory in MiB as Linux counts it, 0 elsewhere.
func resident() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(fields[0], 64)
	return kb / 1024
}

// BenchmarkIdleConnections opens ten thousand connections that stay idle, a few
// of them with TLS, and then asks for tokens. Run it with -benchtime=1x.
func BenchmarkIdleConnections(b *testing.B) {
	f := newFixture(b)
	c := start(b, f.config)
	text := f.Genuine("p-256", "ES256").Sign(b)
	var waited time.Duration
	for b.Loop() {
		var idle []net.Conn
		for i := range 10_000 {
			conn, err := net.Dial("tcp", c.Addr())
			if err != nil {
				b.Fatal(err)
			}
			idle = append(idle, conn)
			if i%2 == 0 {
				_, _ = conn.Write([]byte{recordHandshake})
			}
			if i%20 == 1 {
				secure := tls.Client(conn, &tls.Config{RootCAs: c.CertPool(), ServerName: "localhost"})
				if err := secure.Handshake(); err != nil {
					b.Fatal(err)
				}
			}
		}
		began := time.Now()
		c.token(b, text)
		waited = time.Since(began)
		if n := c.connections.count(); n > DefaultMaxConnections {
			b.Errorf("%d connections", n)
		}
		b.ReportMetric(resident(), "MiB-resident")
		for _, conn := range idle {
			conn.Close()
		}
	}
	b.ReportMetric(float64(waited.Milliseconds()), "ms-to-a-token")
	debug.FreeOSMemory()
}

// A hundred megabytes are refused after the first, whoever sends them, and others
// are served meanwhile.
func TestBigBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("bodies of many megabytes")
	}
	f := newFixture(t)
	c := start(t, f.config)
	done := make(chan error)
	for range 4 {
		go func() {
			r, err := http.NewRequest("POST", tokenURL, io.LimitReader(endless{}, 32<<20))
			if err != nil {
				done <- err
				return
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := c.http.Do(r)
			if err == nil { // else the server closed before all was sent
				res.Body.Close()
			}
			done <- nil
		}()
	}
	c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if left := heap(); left > 64<<20 {
		t.Errorf("%d bytes are left", left)
	}
}
