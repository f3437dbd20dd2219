package server

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/emulator/web"
)

// servePlain answers requests without TLS: CONNECT (RFC 9110 section 9.3.6) from a
// client whose HTTPS_PROXY is this address, and browsers that open the emulator's own
// pages and do not trust its CA.
func (s *Server) servePlain(w http.ResponseWriter, r *http.Request) {
	if !s.begin(nil) {
		panic(http.ErrAbortHandler)
	}
	defer s.running.Done()
	now := s.now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.Header().Set("Connection", "close")
	switch {
	case r.Method == http.MethodConnect:
		s.tunnel(w, r, now)
	case r.URL.Host != "":
		s.refuseProxying(w, r, now, r.URL.Host, "this proxy only supports https, by CONNECT")
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		if page, is := s.ownPage(r); is {
			page.Write(w)
			return
		}
		fallthrough
	default:
		instead := "or http:// for a proxy address"
		if strings.HasPrefix(r.URL.Path, web.IndexPath) {
			instead = "because without TLS the emulator's own pages are read-only"
		}
		plainText(http.StatusBadRequest, "this port speaks TLS: use https://, "+instead).Write(w)
	}
}

// tunnel connects a client to the emulator itself, whichever of its hosts it asked for.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request, now time.Time) {
	host, port, err := net.SplitHostPort(r.Host)
	reason := ""
	switch {
	case err != nil:
		reason = "CONNECT needs HOST:PORT"
	case !s.proxied(host):
		reason = "not a host of the accounts here: " + strings.Join(s.Accounts(), ", ")
	case port != "443":
		reason = "NetSuite only has port 443"
	}
	if reason != "" {
		s.refuseProxying(w, r, now, r.Host, reason)
		return
	}
	c, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // cannot happen: HTTP/1 can always be hijacked
	}
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	_ = c.SetDeadline(time.Now().Add(headerTimeout))
	if _, err := c.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		c.Close()
		return
	}
	_ = c.SetDeadline(time.Time{}) // the TLS server sets its own deadlines
	d := c.(*peeked).door          // without TLS it is the door's own connection
	d.put(&peeked{Conn: c, read: slices.Clone(early), door: d, tls: true})
}

// refuseProxying refuses to proxy and records a verdict, because a wrong host may be the
// mistake that the user looks for.
func (s *Server) refuseProxying(w http.ResponseWriter, r *http.Request, now time.Time, target, why string) {
	name := verdict.LogText(target, 80)
	x := &exchange.Exchange{Request: r, Now: now, Verdict: verdict.Verdict{
		Time: now, Host: name, Method: verdict.LogText(r.Method, 20), Path: verdict.LogPath(r.URL.Path),
		Status: http.StatusForbidden, Basis: verdict.Guess, Refusals: []verdict.Refusal{},
	}}
	x.Refuse("proxy.refused", fmt.Sprintf("%s: %s", name, why))
	s.keep(x)
	plainText(http.StatusForbidden, fmt.Sprintf("refused %s: %s", name, why)).Write(w)
}

// plainText is one line from the emulator itself.
func plainText(status int, line string) exchange.Answer {
	return exchange.Answer{Status: status, ContentType: "text/plain; charset=utf-8", Body: []byte("nsauth emulator: " + line + "\n"), Basis: verdict.Guess}
}
