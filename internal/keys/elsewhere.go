package keys

import (
	"context"
	"crypto"
	"crypto/x509"
	"io/fs"
	"slices"
)

// elsewhere is a key that a command signs with: only its public half can be read.
func (l *Loader) elsewhere(ctx context.Context, s Source) (*Key, *Fault) {
	in := l.read(ctx, ObjectCertificate, s)
	unusable := func(reason string, err error) *Fault {
		return in.at(&Fault{Object: ObjectKey, Kind: KindPublicKeyUnusable, Reason: reason, Err: err})
	}
	switch {
	case in.fault != nil && in.fault.Reason == "missing":
		return nil, unusable("missing", fs.ErrNotExist)
	case in.fault != nil:
		return nil, unusable("unreadable", in.fault.Err)
	case l.Elsewhere == nil:
		return nil, unusable("no-command", nil)
	}
	public, alg, reason := parsePublicKey(in.data, l.passphraseFinder(ctx, s, in))
	if reason != "" {
		return nil, unusable(reason, nil)
	}
	key, err := newKey(l.Elsewhere(s.SignCommand, public), alg, "sign command")
	if err != nil {
		return nil, unusable("other", nil)
	}
	key.Elsewhere = true
	return key, nil
}

// parsePublicKey reads the first public key in data, else that of the first certificate:
// SubjectPublicKeyInfo or PKCS#1 in PEM or DER, a JSON Web Key, or a certificate. The
// reason says why there is none: private-key or other.
func parsePublicKey(data []byte, unlock passphraseFinder) (public crypto.PublicKey, alg algorithm, reason string) {
	found, _ := scan(data)
	if i := slices.IndexFunc(found, func(b blob) bool { return b.is == publicKey && b.der != nil }); i >= 0 {
		return found[i].public()
	}
	if found[0].is == publicKey {
		if set, err := ParseJWKS(data); err == nil {
			return set[0].Public, algorithm{}, map[bool]string{true: "other"}[set[0].Public == nil]
		}
	}
	if cert, fault := parseCertificate(data, nil, unlock); fault == nil {
		if cert.Public() == nil {
			return nil, algorithm{}, "other"
		}
		return cert.Public(), algorithm{Type: cert.Type, PSSHash: cert.PSSHash}, ""
	}
	if slices.ContainsFunc(found, func(b blob) bool { return b.claims(ObjectKey) }) {
		return nil, algorithm{}, "private-key"
	}
	return nil, algorithm{}, "other"
}

// public reads a public key in DER: SubjectPublicKeyInfo, or PKCS#1 of an RSA key.
func (b blob) public() (public crypto.PublicKey, alg algorithm, reason string) {
	var err error
	if tags(b.parts) == "ii" {
		public, err = x509.ParsePKCS1PublicKey(b.der)
	} else if alg = algorithmOf(b.parts[0].Bytes); alg.Type == TypeRSA || alg.Type == TypeRSAPSS {
		public, err = rsaPublicKey(b.parts[1])
	} else {
		public, err = x509.ParsePKIXPublicKey(b.der)
	}
	if err != nil {
		return nil, algorithm{}, "other" // the parser's error may quote the file
	}
	return public, alg, ""
}
