package inspect

import (
	"cmp"
	"context"
	"crypto"
	"crypto/sha1"
	"maps"
	"slices"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
)

// Verifier is what an assertion can be held against besides the profile.
type Verifier struct {
	public        crypto.PublicKey // nil without a certificate or key
	pssHash       crypto.Hash      // the one that the key may be used with; 0 for any
	certificateID string           // computed; "" without a certificate
	thumbprint    []byte           // the certificate's, by SHA-1; nil without one
	path          string           // of the file that it was read from; "" otherwise
	name          string           // what a person calls it: a file, a key of a set
}

// WithCertificate verifies with a certificate.
func WithCertificate(c *keys.Certificate) Verifier {
	thumbprint := sha1.Sum(c.DER) // x5t: RFC 7515, section 4.1.7
	return Verifier{public: c.Public(), pssHash: c.PSSHash, certificateID: c.ID(), thumbprint: thumbprint[:], path: c.Path, name: origin(c.Path, c.From)}
}

// WithKey verifies with a key.
func WithKey(k *keys.Key) Verifier {
	return Verifier{public: k.Public(), pssHash: k.PSSHash, path: k.Path, name: origin(k.Path, k.From)}
}

// origin is what a person calls what was read.
func origin(path, from string) string { return cmp.Or(path, from, "the key") }

// kidFaults looks whose Certificate ID the kid of another program's assertion is,
// where it is not that of the certificate or key that by has: perhaps another one
// in the same folder was taken. It changes a kid-mismatch that is among faults, or
// adds one.
func kidFaults(ctx context.Context, a *jwtgen.Assertion, by Verifier, faults []*jwtgen.Fault) []*jwtgen.Fault {
	if by.path == "" || by.public == nil || a.KeyID() == "" || a.KeyID() == by.certificateID {
		return faults
	}
	isKid := func(f *jwtgen.Fault) bool { return f.Kind == jwtgen.KindKidMismatch }
	i := slices.IndexFunc(faults, isKid)
	if i < 0 && by.certificateID != "" {
		return faults // it is the one that the profile says
	}
	other := keys.CertificateInFolderOf(ctx, by.path, a.KeyID())
	if other == nil || by.certificateID == "" && SameKey(other.Public(), by.public) {
		return faults
	}
	ev := map[string]any{"actual": a.KeyID(), "other": other.Path, "certificate": by.path}
	if by.certificateID != "" {
		ev["expected"] = by.certificateID
	}
	if i < 0 {
		return append(faults, &jwtgen.Fault{Kind: jwtgen.KindKidMismatch, Reason: "other-file", Evidence: ev})
	}
	found := *faults[i]
	found.Reason, found.Evidence = "other-file", ev
	faults = slices.Clone(faults)
	faults[i] = &found
	return faults
}

// thumbprintFaults says of a kid that has the form of a thumbprint whether it is
// that of the certificate at hand.
func thumbprintFaults(a *jwtgen.Assertion, by Verifier, faults []*jwtgen.Fault) []*jwtgen.Fault {
	i := slices.IndexFunc(faults, func(f *jwtgen.Fault) bool { return f.Kind == jwtgen.KindKidIsThumbprint })
	if i < 0 || by.thumbprint == nil || !isThumbprint(a.KeyID(), by.thumbprint) {
		return faults
	}
	found := *faults[i]
	found.Reason = "own-thumbprint"
	found.Evidence = maps.Clone(found.Evidence)
	found.Evidence["certificate"], found.Evidence["expected"] = by.name, by.certificateID
	faults = slices.Clone(faults)
	faults[i] = &found
	return faults
}

// SameKey reports whether two public keys are one.
func SameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && b != nil && k.Equal(b)
}
