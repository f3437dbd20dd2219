package keys

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// What NetSuite accepts, by Oracle NetSuite Help, page subsect_162755332391: RSA
// of exactly 3072 or 4096 bits, and EC of 256, 384 or 521 bits. It shortens a longer
// validity to two years. Oracle does not say whether those are 730 or 731 days.
const (
	minRSABits      = 3072
	maxRSABits      = 4096
	MaxValidityDays = 730
)

// acceptedCurves are the three NIST curves of ES256, ES384 and ES512.
var acceptedCurves = []string{"P-256", "P-384", "P-521"}

// TypeName is the type of a key as in --key-type of nsauth certgen: "" if NetSuite does not
// accept the key.
func TypeName(typ, curve string, bits int) string {
	switch {
	case judgeKey("", typ, curve, bits) != nil:
		return ""
	case typ == TypeEC:
		return strings.ToLower(curve)
	}
	return "rsa-" + strconv.Itoa(bits)
}

// judgeKey compares a key, private or in a certificate, with what NetSuite accepts.
func judgeKey(object Object, typ, curve string, bits int) *Fault {
	f := (&Fault{Object: object}).with("type", typ)
	switch {
	case typ == TypeEC && !slices.Contains(acceptedCurves, curve):
		f.Kind = KindCurveUnsupported
		return f.with("curve", curve)
	case typ == TypeEC:
		return nil
	case typ != TypeRSA && typ != TypeRSAPSS:
		f.Kind, f.Reason = KindTypeUnsupported, reasonFromType(typ)
		return f
	case bits < minRSABits:
		f.Kind = KindRSATooSmall
	case bits != minRSABits && bits != maxRSABits:
		f.Kind = KindRSASizeUnsupported
	default:
		return nil
	}
	return f.with("bits", bits).with("minimum_bits", minRSABits)
}

// Judge returns all that is wrong with the key, in a stable order: what NetSuite does
// not accept, an RSA exponent other than 65537, further keys in the same file,
// permission bits for group or others (not on Windows), and repairs.
func (k *Key) Judge() []*Fault {
	if k.Signer() == nil {
		return nil
	}
	var faults []*Fault
	in := input{path: k.Path, from: k.From}
	add := func(f *Fault) { faults = append(faults, in.at(f)) }

	if f := judgeKey(ObjectKey, k.Type, k.Curve, k.Bits); f != nil {
		add(f)
	}
	if pub, ok := k.Public().(*rsa.PublicKey); ok && pub.E != 65537 {
		add((&Fault{Object: ObjectKey, Kind: KindExponentUnusual}).with("exponent", pub.E))
	}
	if n := k.material.keys; n > 1 {
		add((&Fault{Object: ObjectKey, Kind: KindMultipleKeys}).with("count", n))
	}
	if k.Mode&0o077 != 0 && runtime.GOOS != "windows" {
		add((&Fault{Object: ObjectKey, Kind: KindReadableByOthers}).with("mode", fmt.Sprintf("%04o", k.Mode.Perm())))
	}
	if f := repaired(ObjectKey, k.Repairs); f != nil {
		add(f)
	}
	return faults
}

// repaired is the fault of a list of repairs; nil for an empty one.
func repaired(object Object, list []Repair) *Fault {
	if len(list) == 0 {
		return nil
	}
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = string(r)
	}
	f := &Fault{Object: object, Kind: KindRepaired, Reason: names[0]}
	if f.with("repairs", names); len(names) > 1 {
		f.with("also", names[1:])
	}
	return f
}

// Judge returns all that is wrong with the certificate at the time now, in a stable
// order: key, dates, validity, hash of the signature, repairs. It does not judge
// whether the certificate expires soon.
func (c *Certificate) Judge(now time.Time) []*Fault {
	if c == nil || c.X509 == nil {
		return nil
	}
	var faults []*Fault
	in := input{path: c.Path, from: c.From}
	add := func(kind Kind) *Fault {
		f := in.at(&Fault{Object: ObjectCertificate, Kind: kind})
		faults = append(faults, f)
		return f
	}

	if f := judgeKey(ObjectCertificate, c.Type, c.Curve, c.Bits); f != nil {
		f.Kind, f.Reason = KindKeyUnsupported, string(f.Kind)
		faults = append(faults, in.at(f))
	}
	if now.After(c.X509.NotAfter) {
		f := add(KindExpired).with("not_after", text.UTC(c.X509.NotAfter)).with("days_left", c.DaysLeft(now))
		if name := TypeName(c.Type, c.Curve, c.Bits); name != "" {
			f.with("new_key_type", name)
		}
	}
	if now.Before(c.X509.NotBefore) {
		add(KindNotYetValid).with("not_before", text.UTC(c.X509.NotBefore))
	}
	if days := c.ValidityDays(); days > MaxValidityDays {
		add(KindValidityTooLong).with("validity_days", days).with("maximum_days", MaxValidityDays).
			with("not_after", text.UTC(c.X509.NotAfter)).
			with("shortened_to", c.X509.NotBefore.UTC().AddDate(0, 0, MaxValidityDays).Format(time.DateOnly))
	}
	if name := c.weakSignature(); name != "" {
		add(KindSHA1Signature).with("signature_algorithm", name)
	}
	if f := repaired(ObjectCertificate, c.Repairs); f != nil {
		faults = append(faults, in.at(f))
	}
	return faults
}

// weakSignatures are the algorithms over SHA-1 or an older hash.
var weakSignatures = []x509.SignatureAlgorithm{
	x509.MD2WithRSA, x509.MD5WithRSA,
	x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1,
}

// weakSignature names the certificate's signature algorithm if its hash is SHA-1 or
// older. Go does not name PSS signatures with unusual parameters.
func (c *Certificate) weakSignature() string {
	if slices.Contains(weakSignatures, c.X509.SignatureAlgorithm) {
		return c.X509.SignatureAlgorithm.String()
	}
	if c.signature.Type == TypeRSAPSS && c.signature.PSSHash == crypto.SHA1 {
		return "SHA1-RSAPSS"
	}
	return ""
}
