package keys

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
)

// lock opens something that is encrypted. KindPassphraseWrong says that the
// passphrase does not fit; any other fault that none will do.
type lock func(passphrase string) ([]blob, *Fault)

// unlocker finds the passphrase for a lock, and says where it came from.
type unlocker func(object Object, l lock) ([]blob, Passphrase, *Fault)

// Passphrase says where the passphrase came from that opened a file.
type Passphrase struct {
	From string // "file", "terminal", or "" for none
	// NewlineCut says that the line break at the end of the file was left out.
	NewlineCut bool
}

// locked reports whether there is something to open before what is inside can be
// looked at.
func (b blob) locked() bool {
	return b.is == encryptedPKCS8 || b.is == encryptedRFC1423 || b.is == pkcs12 && b.der != nil
}

// open returns what is inside an encrypted thing.
func (b blob) open(object Object, unlock unlocker) ([]blob, Passphrase, *Fault) {
	l, fault := b.lock()
	if fault != nil {
		return nil, Passphrase{}, b.blame(object, fault)
	}
	if b.is == pkcs12 { // many are protected by the empty passphrase only
		if inside, fault := l(""); fault == nil || fault.Kind != KindPassphraseWrong {
			return inside, Passphrase{}, b.blame(object, fault)
		}
	}
	if unlock == nil {
		return nil, Passphrase{}, b.blame(object, &Fault{Kind: KindEncrypted})
	}
	inside, from, fault := unlock(object, l)
	return inside, from, b.blame(object, fault)
}

// blame completes the fault of a lock: what is encrypted, and for whom. There is
// no certificate.encrypted: a certificate is only ever locked in with a key.
func (b blob) blame(object Object, f *Fault) *Fault {
	if f == nil {
		return nil
	}
	f.Object = object
	if f.Reason == "" {
		f.Reason = strings.TrimPrefix(string(b.is), "encrypted-")
	}
	if object == ObjectCertificate && (f.Kind == KindEncrypted || f.Kind == KindPassphraseWrong) {
		f.Reason = "pkcs12-" + string(f.Kind)
		f.Kind = KindUnparsable
	}
	if slices.Contains(knownLabels, b.label) {
		f.with("label", b.label)
	}
	return f
}

func wrongPassphrase() *Fault { return &Fault{Kind: KindPassphraseWrong} }

// unreadableCipher names an encryption that is not read, by a name of ours: what
// is in the file is never repeated.
func unreadableCipher(reason, name string) *Fault {
	f := &Fault{Kind: KindEncrypted, Reason: reason}
	if name != "" {
		f.with("cipher", name)
	}
	return f
}

// lock finds out what it takes to open b, before any passphrase is asked for.
func (b blob) lock() (lock, *Fault) {
	switch b.is {
	case encryptedRFC1423:
		return b.lockRFC1423()
	case pkcs12:
		return b.lockPKCS12()
	}
	return b.lockPKCS8()
}

// legacyCiphers are those of OpenSSL's old form that Go reads, and those that
// it does not.
var legacyCiphers = map[string]bool{
	"DES-CBC": true, "DES-EDE3-CBC": true, "AES-128-CBC": true, "AES-192-CBC": true, "AES-256-CBC": true,
	"RC2-CBC": false, "RC2-40-CBC": false, "RC2-64-CBC": false, "RC4": false, "IDEA-CBC": false, "SEED-CBC": false,
	"BF-CBC": false, "CAST5-CBC": false, "SM4-CBC": false, "DES-EDE-CBC": false,
	"CAMELLIA-128-CBC": false, "CAMELLIA-192-CBC": false, "CAMELLIA-256-CBC": false,
	"ARIA-128-CBC": false, "ARIA-192-CBC": false, "ARIA-256-CBC": false,
}

func (b blob) lockRFC1423() (lock, *Fault) {
	name, _, _ := strings.Cut(b.headers["DEK-Info"], ",")
	readable, known := legacyCiphers[name]
	if !known {
		name = ""
	}
	if !readable {
		return nil, unreadableCipher("cipher-unsupported", name)
	}
	return func(passphrase string) ([]blob, *Fault) {
		block := &pem.Block{Type: b.label, Headers: b.headers, Bytes: b.der}
		//lint:ignore SA1019 the form is weak, and what people have: nothing is written in it
		der, err := x509.DecryptPEMBlock(block, []byte(passphrase))
		if err != nil && !errors.Is(err, x509.IncorrectPasswordError) {
			return nil, &Fault{Kind: KindUnparsable, Reason: string(badDER)}
		}
		inside := outline(der)
		// A wrong passphrase passes the padding in one of 256 cases.
		if err != nil || inside.der == nil || inside.is == badDER {
			return nil, wrongPassphrase()
		}
		inside.armour, inside.label = b.armour, b.label
		return []blob{inside}, nil
	}, nil
}

// lockPKCS8 takes EncryptedPrivateKeyInfo (RFC 5958, 3).
func (b blob) lockPKCS8() (lock, *Fault) {
	decrypt, fault := openPBES2(b.parts[0].FullBytes, b.parts[1].Bytes)
	if fault != nil {
		return nil, fault
	}
	return func(passphrase string) ([]blob, *Fault) {
		inside := outline(decrypt(passphrase))
		if inside.is != pkcs8 {
			return nil, wrongPassphrase()
		}
		inside.armour = b.armour
		if b.armour == "PEM" {
			inside.label = labels[pkcs8][0]
		}
		return []blob{inside}, nil
	}, nil
}
