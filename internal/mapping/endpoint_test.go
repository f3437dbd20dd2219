package mapping

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/netsuite"
)

// standIn answers each connection with the next of its answers, and keeps the requests. It
// reads and writes HTTP by itself; a test has its answers from Oracle's pages.
type standIn struct {
	Endpoint
	requests chan *http.Request
	bodies   chan string
}

func newStandIn(t *testing.T, answers ...string) *standIn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &standIn{requests: make(chan *http.Request, len(answers)), bodies: make(chan string, len(answers))}
	go func() {
		for _, answer := range answers {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r, err := http.ReadRequest(bufio.NewReader(c))
			if err == nil {
				body, _ := io.ReadAll(r.Body)
				s.requests <- r
				s.bodies <- string(body)
				_, _ = io.WriteString(c, answer)
			}
			_ = c.Close()
		}
	}()
	base := "http://" + l.Addr().String()
	s.Client, err = netsuite.New(netsuite.Options{APIURL: base})
	if err != nil {
		t.Fatal(err)
	}
	s.URL = base + "/services/rest/auth/oauth2/v1/clients/751a2830e09c6f47b00e486ec192934cd0efad12fdba5f4703841bd2b67d5357/certificates"
	s.Token = netsuite.NewSecret("the-token")
	return s
}

func answer(status int, contentType, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, http.StatusText(status), contentType, len(body), body)
}

// The two samples of Oracle's pages: article_0209112025 (its parameters) and
// article_0209112818 (its request line). The query "?c=" there belongs to Oracle's test page.
func TestOraclesSamples(t *testing.T) {
	certificate, err := os.ReadFile("testdata/oracle-certificate.pem")
	if err != nil {
		t.Fatal(err)
	}
	s := newStandIn(t, answer(200, "application/json", oracleAdded), answer(200, "text/plain", "Successfully revoked"), answer(200, "application/json", oracleList))
	added, err := s.Add(context.Background(), certificate, "1000", "-5")
	if err != nil || added.CertificateID != "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA" {
		t.Fatal(added, err)
	}
	r, body := <-s.requests, <-s.bodies
	sample := `{"fileContent": "` + strings.ReplaceAll(string(certificate), "\n", `\n`) + `","role":1000,"entity":"-5"}`
	if body != sample {
		t.Errorf("the body differs from Oracle's:\n%s\n%s", body, sample)
	}
	const path = "/services/rest/auth/oauth2/v1/clients/751a2830e09c6f47b00e486ec192934cd0efad12fdba5f4703841bd2b67d5357/certificates"
	if r.Method != "POST" || r.RequestURI != path || r.Header.Get("Authorization") != "Bearer the-token" || r.Header.Get("Content-Type") != "application/json" {
		t.Error(r.Method, r.RequestURI, r.Header)
	}
	if err := s.Revoke(context.Background(), added.CertificateID); err != nil {
		t.Fatal(err)
	}
	r, body = <-s.requests, <-s.bodies
	if r.Method != "POST" || r.RequestURI != path+"/NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA/revoke" || body != "" || r.ContentLength != 0 {
		t.Errorf("%s %s %q", r.Method, r.RequestURI, body)
	}
	if list, err := s.List(context.Background()); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
	if r := <-s.requests; r.Method != "GET" || r.RequestURI != path {
		t.Error(r.Method, r.RequestURI)
	}
}

func TestWhatDidNotSucceed(t *testing.T) {
	rest := func(status int, code, detail string) string {
		return answer(status, "application/vnd.oracle.resource+json", fmt.Sprintf(`{"type":"about:blank","title":"x","status":%d,"o:errorDetails":[{"detail":%q,"o:errorCode":%q}]}`, status, detail, code))
	}
	const wrongLength = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
	for _, tt := range []struct {
		name, answer string
		reason       Reason
		unknown      bool // of add and revoke
	}{
		{"403", rest(403, "INSUFFICIENT_PERMISSION", "You need the permission"), NoPermission, false},
		{"a permission as 400", rest(400, "USER_ERROR", "Your current role does not have permission to perform this action."), NoPermission, false},
		{"401", rest(401, "INVALID_LOGIN", "Invalid login attempt."), Rejected, false},
		{"404", answer(404, "text/html", "<html>"), NotFound, false},
		{"400", rest(400, "INVALID_CONTENT", "Provided x509 certificate has an invalid bit length"), Refused, false},
		{"500", rest(500, "UNEXPECTED_ERROR", "An unexpected error occurred."), Failed, true},
		{"503 without a body", answer(503, "text/plain", ""), Failed, true},
		{"a redirect", "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Failed, false},
		{"no answer", "", NoAnswer, true},
		{"half an answer", wrongLength, NoAnswer, true},
		{"no HTTP", "hello\r\n\r\n", NoAnswer, true},
		{"a web page", answer(200, "text/html", "<html>Sign in</html>"), Unreadable, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStandIn(t, tt.answer, tt.answer, tt.answer)
			_, listErr := s.List(context.Background())
			_, addErr := s.Add(context.Background(), []byte("x"), "3", "7")
			for request, err := range map[string]error{"list": listErr, "add": addErr, "revoke": s.Revoke(context.Background(), "A")} {
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("%s: %v", request, err)
				}
				if e.Request != request || e.Reason != tt.reason || e.Unknown != (tt.unknown && request != "list") {
					t.Errorf("%s: %+v", request, e)
				}
				if said := e.Error(); e.Unknown != strings.Contains(said, "is unknown") || strings.ContainsAny(said, "\n") {
					t.Errorf("%s: %s", request, said)
				}
			}
		})
	}
}

func TestLimit(t *testing.T) {
	s := newStandIn(t, answer(400, "application/json", `{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"The integration record has the maximum number of active certificates."}]}`))
	_, err := s.Add(context.Background(), []byte("x"), "3", "7")
	var e *Error
	if !errors.As(err, &e) || e.Reason != Limit || e.Unknown {
		t.Error(err)
	}
}

// Before the server has the request, nothing can have changed.
func TestNothingWasSent(t *testing.T) {
	s := newStandIn(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + closed.Addr().String()
	_ = closed.Close()
	if s.Client, err = netsuite.New(netsuite.Options{APIURL: base}); err != nil {
		t.Fatal(err)
	}
	s.URL = base + "/certificates"
	_, err = s.Add(context.Background(), []byte("x"), "3", "7")
	var e *Error
	if !errors.As(err, &e) || e.Reason != NoAnswer || e.Unknown {
		t.Errorf("%+v", e)
	}
	for _, ids := range [][2]string{{"", "7"}, {"3", "a"}, {"3", `7","x":"`}} {
		if _, err = s.Add(context.Background(), []byte("x"), ids[0], ids[1]); !errors.As(err, &e) || e.Reason != Invalid || e.Unknown {
			t.Errorf("%v: %v", ids, err)
		}
	}
}
