package emulator

import (
	"slices"
	"strings"
)

// handshakes is where net/http logs what goes wrong below HTTP. A handshake that
// the client breaks off says what its program has to be told, so it gets a
// verdict. The log is the only place that has it: after its alert the client is gone.
type handshakes struct{ server *Server }

// untrusting are the alerts of a client that does not take the certificate
// (RFC 8446 section 6.2), in the words of crypto/tls.
var untrusting = []string{
	"unknown certificate authority", "bad certificate", "unknown certificate", "expired certificate",
	"unsupported certificate", "access denied",
}

// Write takes one line of the log.
func (h handshakes) Write(line []byte) (int, error) {
	_, rest, is := strings.Cut(string(line), "TLS handshake error from ")
	if !is || !h.server.begin(nil) { // at the end it is the server that breaks them off
		return len(line), nil
	}
	defer h.server.running.Done()
	peer, reason, _ := strings.Cut(rest, ": ")
	x := &exchange{verdict: Verdict{Time: h.server.now(), Method: MethodHandshake, Refusals: []Refusal{}, Habits: []Habit{}, Basis: Official}}
	alert, alerted := strings.CutPrefix(strings.TrimSpace(reason), "remote error: tls: ")
	switch {
	case alerted && slices.Contains(untrusting, alert):
		x.refuse("network.tls-untrusted", "the program broke off the TLS handshake with the alert "+alert+": it does not trust the emulator's CA")
	case strings.Contains(reason, "client offered only unsupported versions"):
		x.refuse("network.tls-handshake", "the program speaks no TLS 1.2 or newer")
	case !alerted && h.server.connections.greeted(peer):
		// Node.js sends no alert, and OpenSSL one that crypto/tls cannot read.
		x.refuse("network.tls-untrusted", "the program broke off the TLS handshake when it saw the certificate, as one does that does not trust the emulator's CA")
	default: // what merely came and went says nothing of a program
		return len(line), nil
	}
	h.server.keep(x)
	return len(line), nil
}
