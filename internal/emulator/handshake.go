package emulator

import (
	"strings"
)

// handshakes is where net/http logs what goes wrong below HTTP. A handshake that
// the client breaks off says what its program has to be told, so it gets a
// verdict. The log is the only place that has it: after its alert the client is gone.
type handshakes struct{ server *Server }

// untrusting are the alerts of a client that does not take the certificate
// (RFC 8446 section 6.2), in the words of crypto/tls.
var untrusting = []string{
	"unknown certificate authority", // OpenSSL, Node.js, Python
	"bad certificate",               // Go, GnuTLS
	"unknown certificate",           // Java
	"expired certificate",
	"unsupported certificate",
	"access denied",
}

func (h handshakes) Write(line []byte) (int, error) {
	_, rest, is := strings.Cut(string(line), "TLS handshake error from ")
	if !is {
		return len(line), nil
	}
	_, reason, _ := strings.Cut(rest, ": ") // behind the peer's address
	reason = strings.TrimSpace(reason)
	x := &exchange{verdict: Verdict{Time: h.server.now(), Method: MethodHandshake, Refusals: []Refusal{}, Habits: []Habit{}, Basis: Official}}
	if alert, is := strings.CutPrefix(reason, "remote error: tls: "); is {
		for _, known := range untrusting {
			if alert == known {
				x.refuse("network.tls-untrusted", "the program broke off the TLS handshake with the alert "+known+": it does not trust the emulator's CA")
			}
		}
	} else if strings.Contains(reason, "client offered only unsupported versions") {
		x.refuse("network.tls-handshake", "the program speaks no TLS 1.2 or newer")
	}
	if len(x.verdict.Refusals) > 0 { // what merely went away, or is no TLS, says nothing of a program
		h.server.keep(x)
	}
	return len(line), nil
}
