package keys

import (
	"bytes"
	"cmp"
	"encoding/asn1"
	"encoding/json"
	"slices"
	"strings"
)

// content is what a file, or one PEM block of it, holds. If it is not what was wanted,
// its name is the fault's reason.
type content string

// The recognised contents. Every other content is a kind of damage.
const (
	pkcs1            content = "pkcs1"
	pkcs8            content = "pkcs8"
	sec1             content = "sec1"
	dsaPrivateKey    content = "dsa"
	encryptedPKCS8   content = "encrypted-pkcs8"
	encryptedRFC1423 content = "encrypted-rfc1423"
	opensshKey       content = "openssh"
	puttyKey         content = "putty"
	pgp              content = "pgp"
	jks              content = "java-keystore"
	pkcs7            content = "pkcs7"
	pkcs12           content = "pkcs12"
	publicKey        content = "public-key"
	opensshPublicKey content = "openssh-public-key"
	certificate      content = "certificate"
	certRequest      content = "certificate-request"
	revocationList   content = "certificate-revocation-list"
	parameters       content = "parameters"
	jwkOct           content = "jwk-oct"
	pvk              content = "pvk"
	htmlText         content = "html"
	xmlText          content = "xml"
	jsonText         content = "json"
	wordDocument     content = "word-document"
	zipArchive       content = "zip"
	richText         content = "rich-text"
	pdf              content = "pdf"
)

// blob is one thing found in a file.
type blob struct {
	is      content
	armour  string            // "PEM", "DER", "JWK", "PKCS#12", or "" for neither
	label   string            // of a PEM block
	headers map[string]string // of a PEM block (RFC 1421, 4.6)
	der     []byte            // the outermost element; after an RFC 1423 header the ciphertext
	parts   []asn1.RawValue   // its elements
	alg     *algorithm        // of a JSON Web Key that Go cannot sign with, or of one of SSH's formats
	bits    int               // of an RSA key in one of SSH's formats
	line    int               // where the damage is, from 1; 0 if that is not known
}

// begin is where a PEM block starts.
type begin struct {
	at    int
	label string
}

// begins finds where PEM blocks (RFC 7468) start, also inside a line, so that damage is
// reported and not skipped.
func begins(data []byte) []begin {
	const prefix, suffix, maxLabel = "-----BEGIN ", "-----", 64
	var found []begin
	for at := 0; ; at += len(prefix) {
		next := bytes.Index(data[at:], []byte(prefix))
		if next < 0 {
			return found
		}
		at += next
		rest := data[at+len(prefix):]
		end := bytes.IndexByte(rest[:min(len(rest), maxLabel)], '-')
		if end > 0 && isLabel(rest[:end]) && bytes.HasPrefix(rest[end:], []byte(suffix)) {
			found = append(found, begin{at, string(rest[:end])})
		}
	}
}

// isLabel tells a label from other text between dashes: labels have only capitals,
// digits, spaces and "#".
func isLabel(label []byte) bool {
	for _, c := range label {
		if !('A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == ' ' || c == '#') {
			return false
		}
	}
	return true
}

// contentByLabel has the PEM labels that tell more than their bytes.
var contentByLabel = map[string]content{
	"OPENSSH PRIVATE KEY":   opensshKey,
	"PGP PRIVATE KEY BLOCK": pgp,
	"PGP PUBLIC KEY BLOCK":  pgp,
	"PGP MESSAGE":           pgp,
	"EC PARAMETERS":         parameters,
	"DSA PARAMETERS":        parameters,
	"DH PARAMETERS":         parameters,
	"AGE ENCRYPTED FILE":    ageFile,
}

// textPrefixes recognise text that is not PEM, in lower case.
var textPrefixes = []struct {
	text string
	is   content
}{
	{"putty-user-key-file", puttyKey},
	{"ssh-", opensshPublicKey},
	{"ecdsa-sha2-", opensshPublicKey},
	{"---- begin ssh2 public key", opensshPublicKey},
	{"---- begin ssh2", sshCom},
}

// magicBytes are the first bytes of files that are not text.
var magicBytes = []struct {
	bytes string
	is    content
}{
	{"\xfe\xed\xfe\xed", jks},
	{"\xce\xce\xce\xce", jks}, // Java's JCEKS
	{"PK\x03\x04", zipArchive},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", wordDocument}, // before 2007
	{"{\\rtf", richText},
	{"%PDF-", pdf},
	{"\x1e\xf1\xb5\xb0", pvk},
	{"\x00GITCRYPT", gitCrypt},
	{"age-encryption.org/v1", ageFile},
}

// unarmoured recognises a file without any PEM block.
func unarmoured(data []byte) blob {
	if data[0] == 0x30 && !isText(data) {
		b := outline(data)
		b.armour = "DER"
		return b
	}
	for _, m := range magicBytes {
		if bytes.HasPrefix(data, []byte(m.bytes)) {
			if m.is == zipArchive && bytes.Contains(data, []byte("word/")) {
				return blob{is: wordDocument}
			}
			return blob{is: m.is}
		}
	}
	text := bytes.TrimSpace(data)
	start := strings.ToLower(string(text[:min(len(text), 32)]))
	for _, b := range textPrefixes {
		if strings.HasPrefix(start, b.text) {
			found := blob{is: b.is}
			if b.is == puttyKey {
				found.alg, found.bits = putty(text)
			}
			return found
		}
	}
	switch is := cmp.Or(foreignValue(string(text)), store(text)); {
	case is != "" && (start[0] != '<' || is == placeholder):
		return blob{is: is}
	case start[0] == '<' && bytes.Contains(text, []byte("RSAKeyValue")), strings.HasPrefix(start, "<?xml"):
		return blob{is: xmlText}
	case start[0] == '<':
		return blob{is: htmlText}
	case start[0] == '{', start[0] == '[' && json.Valid(text):
		return blob{is: jsonText}
	case bytes.Contains(text, []byte("BEGIN ")), bytes.Contains(text, []byte("-----END")):
		return blob{is: "damaged-header", line: lineOf(data, headerAt(data))}
	}
	return blob{is: "no-pem"}
}

// headerAt is the index of a damaged BEGIN or END line.
func headerAt(data []byte) int {
	if i := bytes.Index(data, []byte("BEGIN ")); i >= 0 {
		return i
	}
	return max(0, bytes.Index(data, []byte("-----END")))
}

// isText tells text that happens to start with the digit 0 from DER.
func isText(data []byte) bool {
	for _, c := range data[:min(len(data), 64)] {
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// contentByTags recognises structures by the tags of their elements: see tags.
var contentByTags = map[string]content{
	"iso": pkcs8, "iso0": pkcs8, "iso1": pkcs8, "iso01": pkcs8, // RFC 5208, 5958
	"iiiiiiiii": pkcs1, "iiiiiiiiis": pkcs1, // RFC 8017, A.1.2
	"io": sec1, "io0": sec1, "io1": sec1, "io01": sec1, // RFC 5915
	"iiiiii": dsaPrivateKey, // OpenSSL's own
	"so":     encryptedPKCS8,
	"ii":     publicKey,             // RFC 8017, A.1.1
	"sb":     publicKey,             // RFC 5280, 4.1
	"is":     pkcs12, "iss": pkcs12, // RFC 7292, 4
	"d0":    pkcs7,                            // RFC 5652, 3
	"issoo": parameters, "issooi": parameters, // RFC 3279, 2.3.5
}

// outline recognises a DER structure. White space after it is allowed, since editors
// add it.
func outline(der []byte) blob {
	var outer asn1.RawValue
	rest, err := asn1.Unmarshal(der, &outer)
	switch {
	case bytes.HasPrefix(der, []byte("\x30\x80\x02\x01\x03")): // indefinite length: BER
		return blob{is: pkcs12}
	case bytes.HasPrefix(der, []byte("\x30\x80\x06\x09")):
		return blob{is: pkcs7}
	case err != nil && isCutOff(der):
		return blob{is: truncated}
	case err != nil, tagLetter(outer) != 's':
		return blob{is: "bad-der"}
	case len(bytes.TrimSpace(rest)) > 0:
		return blob{is: "trailing-data"}
	}
	parts, ok := children(outer.Bytes)
	b := blob{is: "bad-der", der: outer.FullBytes, parts: parts}
	if !ok {
		return b
	}
	if is, ok := contentByTags[tags(parts)]; ok {
		b.is = is
	} else if tags(parts) == "ssb" {
		b.is = signed(parts[0].Bytes)
	}
	return b
}

// signed recognises signed X.509 structures by the elements of the signed part.
func signed(body []byte) content {
	parts, _ := children(body)
	switch word := tags(parts); {
	case strings.HasPrefix(strings.TrimPrefix(word, "0"), "isssss"): // RFC 5280, 4.1
		return certificate
	case word == "iss0", word == "iss": // RFC 2986, 4
		return certRequest
	case strings.HasPrefix(strings.TrimPrefix(word, "i"), "sst"): // RFC 5280, 5.1
		return revocationList
	}
	return "bad-der"
}

// isCutOff reports whether der states a greater length than it has.
func isCutOff(der []byte) bool {
	if len(der) < 2 || der[0] != 0x30 {
		return false
	}
	size, length := 0, int(der[1])
	if length >= 0x80 {
		size = length & 0x7f
		length = 0
		for _, c := range der[2:min(len(der), 2+size)] {
			length = min(length<<8|int(c), MaxFileBytes+1)
		}
	}
	return size > 0 && size <= 4 && len(der) < 2+size || len(der) < 2+size+length
}

// verdict is the fault of contents that are recognised and are not what was wanted.
type verdict struct {
	kind     Kind
	reason   string // "" for the name of the content
	contents []content
}

// verdicts by wanted object. A content that is not listed is damage: unparsable,
// with the content as reason.
var verdicts = map[Object][]verdict{
	ObjectKey: {
		{KindEncrypted, "pkcs8", []content{encryptedPKCS8}},
		{KindEncrypted, "rfc1423", []content{encryptedRFC1423}},
		{KindTypeUnsupported, "dsa", []content{dsaPrivateKey}},
		{KindTypeUnsupported, "oct", []content{jwkOct}},
		{KindNotAPrivateKey, "", foreignFiles},
		{KindNotAPrivateKey, "", foreignValues},
		{KindNotAPrivateKey, "", []content{certificate, certRequest, revocationList, publicKey, opensshPublicKey, parameters, pkcs7,
			htmlText, wordDocument, zipArchive, richText, pdf}},
	},
	ObjectCertificate: {
		{KindNotACertificate, "private-key", []content{pkcs8, pkcs1, sec1, dsaPrivateKey, encryptedPKCS8, encryptedRFC1423, opensshKey,
			puttyKey, sshCom, pvk}},
		{KindNotACertificate, "", foreignFiles},
		{KindNotACertificate, "", foreignValues},
		{KindNotACertificate, "jwk", []content{jwkDamaged, jwkIncomplete, jwkEncrypted, jwkOct}},
		{KindNotACertificate, "", []content{certRequest, revocationList, publicKey, opensshPublicKey, parameters,
			htmlText, wordDocument, zipArchive, richText, pdf}},
	},
}

// labels are the PEM labels of each content that is read.
var labels = map[content][]string{
	pkcs1:       {"RSA PRIVATE KEY"},
	pkcs8:       {"PRIVATE KEY"},
	sec1:        {"EC PRIVATE KEY"},
	certificate: {"CERTIFICATE", "X509 CERTIFICATE"},
}

// trustedCertificate is the label of openssl x509 -trustout: a certificate, then the
// purposes that openssl trusts it for.
const trustedCertificate = "TRUSTED CERTIFICATE"

// knownLabels are those that a fault may repeat. Others may be anything in the file.
var knownLabels = []string{
	"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY",
	"OPENSSH PRIVATE KEY", "ANY PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "PGP PUBLIC KEY BLOCK", "PGP MESSAGE",
	"AGE ENCRYPTED FILE", "PUBLIC KEY", "RSA PUBLIC KEY", "EC PARAMETERS", "DSA PARAMETERS", "DH PARAMETERS",
	"CERTIFICATE", "X509 CERTIFICATE", trustedCertificate, "CERTIFICATE REQUEST",
	"NEW CERTIFICATE REQUEST", "X509 CRL", "PKCS7", "CMS",
}

// pick returns the first blob that is, or claims to be, what is wanted; else the first
// that is not parameters.
func pick(object Object, found []blob) blob {
	fallback := found[0]
	for _, b := range found {
		if b.claims(object) {
			return b
		}
		if fallback.is == parameters {
			fallback = b
		}
	}
	return fallback
}

func (b blob) claims(object Object) bool {
	if object == ObjectCertificate {
		return b.is == certificate || strings.HasSuffix(b.label, "CERTIFICATE")
	}
	return b.is == pkcs1 || b.is == pkcs8 || b.is == sec1 || strings.HasSuffix(b.label, "PRIVATE KEY")
}

// isOurs reports whether b is, or claims to be, a key or a certificate.
func (b blob) isOurs() bool {
	return b.claims(ObjectKey) || b.claims(ObjectCertificate) || b.is == publicKey
}

// fault returns why b is not the wanted object; nil if it is.
func (b blob) fault(object Object) *Fault {
	if object == ObjectKey && b.alg != nil && (b.is == opensshKey || b.is == puttyKey) {
		// Converting does not help if NetSuite does not accept the key.
		if f := judgeKey(object, b.alg.Type, b.alg.Curve, b.bits); f != nil {
			return f
		}
	}
	f := &Fault{Object: object, Kind: KindUnparsable, Reason: string(b.is)}
	row := slices.IndexFunc(verdicts[object], func(v verdict) bool { return slices.Contains(v.contents, b.is) })
	known, readable := labels[b.is]
	switch {
	case row >= 0:
		v := verdicts[object][row]
		f.Kind, f.Reason = v.kind, cmp.Or(v.reason, string(b.is))
	case object == ObjectKey && b.label == trustedCertificate:
		f.Kind, f.Reason = KindNotAPrivateKey, "certificate"
	case b.label == trustedCertificate && (b.is == certificate || b.is == "trailing-data"):
		f.Reason = "trusted-certificate"
	case !readable:
	case b.armour == "PEM" && !slices.Contains(known, b.label):
		f.Reason = "wrong-label"
		f.with("content", string(b.is)).with("expected_label", known[0])
	default:
		return nil
	}
	if slices.Contains(knownLabels, b.label) {
		f.with("label", b.label)
	}
	if f.Kind == KindTypeUnsupported {
		f.with("type", map[content]string{dsaPrivateKey: "DSA", jwkOct: "oct"}[b.is])
	}
	if b.line > 0 {
		f.with("line", b.line)
	}
	return f
}
