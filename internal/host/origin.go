package host

import (
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Origin is who vouches for a server.
type Origin string

// The origins. What came from the others belongs to no account of NetSuite: it is neither
// cached nor remembered.
const (
	Known    Origin = ""           // a CA of this system, or that of ca_file
	Emulator Origin = "emulator"   // an emulator's CA, which the profile does not name
	Foreign  Origin = "unknown-ca" // a CA that only SSL_CERT_FILE or SSL_CERT_DIR names
	emulator        = "nsauth emulator"
)

// OriginOf returns who vouches for the server that sent chain. The variables
// SSL_CERT_FILE and SSL_CERT_DIR replace the system's CAs where those are files, as
// nsauth emulator --print-env has it. What they name is not the system's.
func OriginOf(w World, p *profile.Profile, chain []netsuite.PeerCertificate) Origin {
	if p.Text(profile.FieldCAFile) != "" || len(chain) == 0 {
		return Known
	}
	if slices.ContainsFunc(chain, func(c netsuite.PeerCertificate) bool { return c.IssuerOrganization == emulator }) {
		return Emulator
	}
	if !systemReplaced(w) || slices.ContainsFunc(chain, func(c netsuite.PeerCertificate) bool {
		return IsPublicCA(c.IssuerOrganization) || slices.Contains(systemCAs(), c.Issuer)
	}) {
		return Known
	}
	return Foreign
}

func systemReplaced(w World) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || w.LookupEnv == nil {
		return false // the operating system verifies
	}
	file, _ := w.LookupEnv("SSL_CERT_FILE")
	dir, _ := w.LookupEnv("SSL_CERT_DIR")
	return file != "" || dir != ""
}

// systemFiles are where systems keep their CAs, as crypto/x509 has them.
var systemFiles = []string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem", "/usr/local/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt",
	"/etc/ssl/certs/*.pem", "/etc/pki/tls/certs/*.pem",
}

// systemCAs are the names of the system's own CAs, as netsuite writes them.
var systemCAs = sync.OnceValue(func() []string {
	var names []string
	for _, pattern := range systemFiles {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := text.ReadFileAtMost(file, maxCAFile)
			if err != nil {
				continue
			}
			for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
				if c, err := x509.ParseCertificate(block.Bytes); err == nil {
					names = append(names, c.Subject.String())
				}
			}
		}
		if len(names) > 0 {
			return names
		}
	}
	return nil
})
