package keys

import (
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// children splits the body of a constructed ASN.1 value into its elements,
// and reports whether that worked to the last byte. No key or certificate has more
// than maxChildren in one value.
func children(body []byte) ([]asn1.RawValue, bool) {
	const maxChildren = 16
	var values []asn1.RawValue
	for len(body) > 0 && len(values) < maxChildren {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(body, &v)
		if err != nil {
			return values, false
		}
		values, body = append(values, v), rest
	}
	return values, len(body) == 0
}

// tags writes each element as one letter, so that a structure is a short word:
// "iso" is INTEGER, SEQUENCE, OCTET STRING.
func tags(values []asn1.RawValue) string {
	word := make([]byte, len(values))
	for i, v := range values {
		word[i] = tagLetter(v)
	}
	return string(word)
}

func tagLetter(v asn1.RawValue) byte {
	switch {
	case v.Class == asn1.ClassContextSpecific && v.Tag < 10:
		return '0' + byte(v.Tag)
	case v.Class != asn1.ClassUniversal:
		return '?'
	}
	switch v.Tag {
	case asn1.TagInteger:
		return 'i'
	case asn1.TagSequence:
		return 's'
	case asn1.TagOctetString:
		return 'o'
	case asn1.TagBitString:
		return 'b'
	case asn1.TagOID:
		return 'd'
	case asn1.TagUTCTime, asn1.TagGeneralizedTime:
		return 't'
	}
	return '?'
}

// algorithm is what an AlgorithmIdentifier says about a key.
type algorithm struct {
	Type     string      // a name of algorithmTypes, else the OID
	Curve    string      // EC with a named curve: a name of curveNames, else the OID
	Explicit bool        // EC with the numbers of its curve instead of a name
	PSSHash  crypto.Hash // RSA-PSS limited to one hash; 0 means any
}

// The names of key types that nsauth can sign with: see signable.
const (
	TypeRSA     = "RSA"     // rsaEncryption
	TypeRSAPSS  = "RSA-PSS" // id-RSASSA-PSS: the same numbers, for PSS signatures only
	TypeEC      = "EC"
	TypeEd25519 = "Ed25519"
)

var algorithmTypes = map[string]string{
	"1.2.840.113549.1.1.1":    TypeRSA,
	"1.2.840.113549.1.1.10":   TypeRSAPSS,
	"1.2.840.10045.2.1":       TypeEC,
	"1.3.101.112":             TypeEd25519,
	"1.3.101.110":             "X25519",
	"1.3.101.111":             "X448",
	"1.3.101.113":             "Ed448",
	"1.2.840.10040.4.1":       "DSA",
	"1.2.840.113549.1.3.1":    "DH",
	"1.2.840.10046.2.1":       "DH",
	"1.2.840.113549.1.1.7":    "RSA-OAEP",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44",
	"2.16.840.1.101.3.4.3.18": "ML-DSA-65",
	"2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}

// signable are the types for which Go has a signer.
var signable = []string{TypeRSA, TypeRSAPSS, TypeEC, TypeEd25519}

var curveNames = map[string]string{
	"1.3.132.0.33":          "P-224",
	"1.2.840.10045.3.1.7":   "P-256",
	"1.3.132.0.34":          "P-384",
	"1.3.132.0.35":          "P-521",
	"1.2.840.10045.3.1.1":   "P-192",
	"1.3.132.0.10":          "secp256k1",
	"1.3.36.3.3.2.8.1.1.7":  "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
	"1.2.156.10197.1.301":   "SM2",
}

// goCurves are the curves that the standard library knows.
var goCurves = []string{"P-224", "P-256", "P-384", "P-521"}

// algorithmOf reads the body of an AlgorithmIdentifier (RFC 5280, 4.1.1.2).
func algorithmOf(body []byte) algorithm {
	parts, _ := children(body)
	oid := oidOf(parts, 0)
	a := algorithm{Type: named(algorithmTypes, oid)}
	if len(parts) < 2 {
		return a
	}
	switch a.Type {
	case TypeEC:
		a.setCurve(parts[1])
	case TypeRSAPSS:
		a.PSSHash = pssHash(parts[1].FullBytes)
	}
	return a
}

// setCurve reads ECParameters (RFC 5480, 2.1.1): the OID of a curve, or its numbers,
// which the RFC forbids and Go does not read.
func (a *algorithm) setCurve(parameters asn1.RawValue) {
	switch tagLetter(parameters) {
	case 'd':
		a.Curve = named(curveNames, oidOf([]asn1.RawValue{parameters}, 0))
	case 's':
		a.Explicit = true
	}
}

// oidOf returns element i in dotted form, or "" if it is not an OID.
func oidOf(values []asn1.RawValue, i int) string {
	var oid asn1.ObjectIdentifier
	if i >= len(values) {
		return ""
	}
	if _, err := asn1.Unmarshal(values[i].FullBytes, &oid); err != nil {
		return ""
	}
	return oid.String()
}

// named returns the name of an OID, or the OID itself if it is not in names.
func named(names map[string]string, oid string) string {
	if name, ok := names[oid]; ok {
		return name
	}
	return oid
}

// pssParameters is RSASSA-PSS-params (RFC 4055, 3.1).
type pssParameters struct {
	Hash    pkix.AlgorithmIdentifier `asn1:"explicit,optional,tag:0"`
	MGF     pkix.AlgorithmIdentifier `asn1:"explicit,optional,tag:1"`
	Salt    int                      `asn1:"explicit,optional,tag:2,default:20"`
	Trailer int                      `asn1:"explicit,optional,tag:3,default:1"`
}

var pssHashes = map[string]crypto.Hash{
	"":                       crypto.SHA1, // the default of the RFC
	"1.3.14.3.2.26":          crypto.SHA1,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// pssHash returns the one hash that the parameters allow, or 0.
func pssHash(parameters []byte) crypto.Hash {
	var p pssParameters
	if _, err := asn1.Unmarshal(parameters, &p); err != nil {
		return 0
	}
	return pssHashes[p.Hash.Algorithm.String()]
}
