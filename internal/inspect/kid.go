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

// Verifier is the key or certificate that an assertion is verified with.
type Verifier struct {
	public        crypto.PublicKey // nil without a certificate or key
	pssHash       crypto.Hash      // the only one that the key allows; 0 for any
	certificateID string           // computed; "" without a certificate
	thumbprint    []byte           // the certificate's, by SHA-1; nil without one
	path          string           // of its file; "" without one
	name          string           // for people: a file, or a key of a set
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

// origin is the name for people.
func origin(path, from string) string { return cmp.Or(path, from, "the key") }

// kidFaults finds the certificate in the same folder to which the kid of another
// program's assertion belongs, if by is not that one. It changes the kid-mismatch
// among faults, or adds one.
func kidFaults(ctx context.Context, a *jwtgen.Assertion, by Verifier, faults []*jwtgen.Fault) []*jwtgen.Fault {
	if by.path == "" || by.public == nil || a.KeyID() == "" || a.KeyID() == by.certificateID {
		return faults
	}
	isKid := func(f *jwtgen.Fault) bool { return f.Kind == jwtgen.KindKidMismatch }
	i := slices.IndexFunc(faults, isKid)
	if i < 0 && by.certificateID != "" {
		return faults // it is the profile's
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
	return replaced(faults, i, "other-file", ev)
}

// thumbprintFaults marks a kid that is the thumbprint of the certificate in by.
func thumbprintFaults(a *jwtgen.Assertion, by Verifier, faults []*jwtgen.Fault) []*jwtgen.Fault {
	i := slices.IndexFunc(faults, func(f *jwtgen.Fault) bool { return f.Kind == jwtgen.KindKidIsThumbprint })
	if i < 0 || by.thumbprint == nil || !isThumbprint(a.KeyID(), by.thumbprint) {
		return faults
	}
	ev := maps.Clone(faults[i].Evidence)
	ev["certificate"], ev["expected"] = by.name, by.certificateID
	return replaced(faults, i, "own-thumbprint", ev)
}

// NameOwnID adds to a kid that is a script ID the Certificate ID of the certificate at
// hand, which is the one that is meant.
func NameOwnID(faults []*jwtgen.Fault, by Verifier) []*jwtgen.Fault {
	i := slices.IndexFunc(faults, func(f *jwtgen.Fault) bool { return f.Kind == jwtgen.KindKidIsScriptID })
	if i < 0 || by.certificateID == "" {
		return faults
	}
	ev := maps.Clone(faults[i].Evidence)
	ev["certificate"], ev["computed"] = by.name, by.certificateID
	return replaced(faults, i, faults[i].Reason, ev)
}

// replaced returns a copy of faults in which the one at i has this reason and evidence.
func replaced(faults []*jwtgen.Fault, i int, reason string, ev map[string]any) []*jwtgen.Fault {
	f := *faults[i]
	f.Reason, f.Evidence = reason, ev
	faults = slices.Clone(faults)
	faults[i] = &f
	return faults
}

// SameKey reports whether two public keys are equal.
func SameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && b != nil && k.Equal(b)
}
