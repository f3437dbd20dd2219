package keys_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// sshWire joins strings as SSH does (RFC 4251, section 5).
func sshWire(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p))))
		b.WriteString(p)
	}
	return b.String()
}

// sshRSA is a public key of so many bits.
func sshRSA(bits int) string {
	return sshWire("ssh-rsa", "\x01\x00\x01", "\x00\x80"+strings.Repeat("\x5a", bits/8-1))
}

func openSSHFile(public string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY",
		Bytes: []byte("openssh-key-v1\x00" + sshWire("aes256-ctr", "bcrypt", "options") + "\x00\x00\x00\x01" + sshWire(public, "secret"))}))
}

func puttyFile(public string) string {
	text := strings.TrimSpace(wrapped(base64.StdEncoding.EncodeToString([]byte(public)), 64))
	return fmt.Sprintf("PuTTY-User-Key-File-3: ssh\r\nEncryption: aes256-cbc\r\nComment: a key\r\nPublic-Lines: %d\r\n%s\r\nPrivate-Lines: 1\r\nAAAA\r\n",
		1+strings.Count(text, "\n"), strings.ReplaceAll(text, "\n", "\r\n"))
}

// A key that NetSuite refuses is not worth converting, and one of Ed25519 comes out
// of ssh-keygen and puttygen as it was. What it is stands in the clear.
func TestSSHKeys(t *testing.T) {
	for _, tt := range []struct {
		name, public string
		kind         keys.Kind // "" where it is worth it
		reason       string
		typ          string
		bits         int
	}{
		{"RSA 3072", sshRSA(3072), "", "", "", 0},
		{"RSA 4096", sshRSA(4096), "", "", "", 0},
		{"P-256", sshWire("ecdsa-sha2-nistp256", "nistp256", "point"), "", "", "", 0},
		{"P-384", sshWire("ecdsa-sha2-nistp384", "nistp384", "point"), "", "", "", 0},
		{"P-521", sshWire("ecdsa-sha2-nistp521", "nistp521", "point"), "", "", "", 0},
		{"RSA 2048", sshRSA(2048), keys.KindRSATooSmall, "", "RSA", 2048},
		{"RSA 8192", sshRSA(8192), keys.KindRSASizeUnsupported, "", "RSA", 8192},
		{"Ed25519", sshWire("ssh-ed25519", "point"), keys.KindTypeUnsupported, "ed25519", "Ed25519", 0},
		{"DSA", sshWire("ssh-dss", "p", "q", "g", "y"), keys.KindTypeUnsupported, "dsa", "DSA", 0},
		{"in a device", sshWire("sk-ssh-ed25519@openssh.com", "point", "ssh:"), keys.KindTypeUnsupported, "fido", "FIDO", 0},

		{"unknown", sshWire("ssh-new"), "", "", "", 0},
		{"RSA without a number", sshWire("ssh-rsa", "\x01\x00\x01"), "", "", "", 0},
		{"cut off", sshRSA(3072)[:40], "", "", "", 0},
		{"nothing", "", "", "", "", 0},
	} {
		for format, file := range map[string]string{
			"openssh": openSSHFile(tt.public), "putty": puttyFile(tt.public),
			"openssh, indented": "  " + strings.ReplaceAll(openSSHFile(tt.public), "\n", "\n  "),
			"openssh, one line": strings.ReplaceAll(openSSHFile(tt.public), "\n", `\n`),
		} {
			t.Run(tt.name+"/"+format, func(t *testing.T) {
				name, _, _ := strings.Cut(format, ",")
				kind, reason := tt.kind, tt.reason
				if kind == "" {
					kind, reason = keys.KindUnparsable, name
				}
				_, err := keys.ParseKey([]byte(file))
				fault := wantFault(t, err, keys.ObjectKey, kind, reason)
				if tt.typ != "" && fault.Evidence["type"] != tt.typ {
					t.Errorf("type %v, want %s", fault.Evidence["type"], tt.typ)
				}
				if tt.bits != 0 && fault.Evidence["bits"] != tt.bits {
					t.Errorf("bits %v, want %d", fault.Evidence["bits"], tt.bits)
				}
				_, err = keys.ParseCertificate([]byte(file))
				wantFault(t, err, keys.ObjectCertificate, keys.KindNotACertificate, "private-key")
			})
		}
	}
}
