package server

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// handshakes receives net/http's log. A handshake that the client aborts gets a verdict,
// which helps its user. The log is the only place where net/http reports it.
type handshakes struct{ server *Server }

// untrusting are the alerts of a client that does not accept the certificate (RFC 8446
// section 6.2), in the words of crypto/tls.
var untrusting = []string{
	"unknown certificate authority", "bad certificate", "unknown certificate", "expired certificate",
	"unsupported certificate", "access denied",
}

// Write reads one line of the log.
func (h handshakes) Write(line []byte) (int, error) {
	_, rest, is := strings.Cut(string(line), "TLS handshake error from ")
	if !is {
		return len(line), nil
	}
	peer, reason, _ := strings.Cut(rest, ": ")
	greeted, broken := h.server.connections.greeted(peer)
	alert, alerted := strings.CutPrefix(strings.TrimSpace(reason), "remote error: tls: ")
	var r verdict.Refusal
	switch {
	case broken: // by a fault, which has its own verdict
		return len(line), nil
	case alerted && slices.Contains(untrusting, alert):
		r = verdict.Refuse("network.tls-untrusted", "the program aborted the TLS handshake with the alert "+alert+": it does not trust the emulator's CA")
	case strings.Contains(reason, "client offered only unsupported versions"):
		r = verdict.Refuse("network.tls-handshake", "the program does not support TLS 1.2 or newer")
	case !alerted && greeted:
		// Node.js sends no alert, and OpenSSL one that crypto/tls cannot read.
		r = verdict.Refuse("network.tls-untrusted", "the program aborted the TLS handshake after it received the certificate, as a program does that does not trust the emulator's CA")
	default: // a connection without a handshake says nothing about a program
		return len(line), nil
	}
	h.server.keepHandshake(verdict.Verdict{Refusals: []verdict.Refusal{r}, Basis: verdict.Official})
	return len(line), nil
}

// keepHandshake records the verdict on a handshake, unless the server is closing: then
// the server aborts the handshakes.
func (s *Server) keepHandshake(v verdict.Verdict) {
	if !s.begin(nil) {
		return
	}
	defer s.running.Done()
	v.Time, v.Method, v.Habits = s.now(), verdict.MethodHandshake, []verdict.Habit{}
	if v.Refusals == nil {
		v.Refusals = []verdict.Refusal{}
	}
	s.keep(&exchange.Exchange{Verdict: v})
}
