package keys

import "strings"

// Object says which of the two files a fault is about. It is also the first part of
// the finding code.
type Object string

// The two objects.
const (
	ObjectKey         Object = "key"
	ObjectCertificate Object = "certificate"
)

// Kind is the last part of a finding code: Object + "." + Kind is the code.
type Kind string

// Faults of reading, with ObjectKey or ObjectCertificate: nothing could be read.
const (
	KindUnreadable         Kind = "unreadable"          // the file itself: missing, a folder, no permission, ...
	KindUnparsable         Kind = "unparsable"          // damaged, or a format that is not supported
	KindNotAPrivateKey     Kind = "not-a-private-key"   // Reason says what it is instead
	KindNotACertificate    Kind = "not-a-certificate"   // Reason says what it is instead
	KindEncrypted          Kind = "encrypted"           // a private key that needs a passphrase
	KindPassphraseWrong    Kind = "passphrase-wrong"    // the passphrase does not decrypt the key
	KindExplicitParameters Kind = "explicit-parameters" // an EC key with the numbers of its curve
)

// KindRepaired says what was repaired in memory to read a key or certificate.
// Reason is the most severe Repair.
const KindRepaired Kind = "repaired"

// Faults of a private key. Reading returns KindTypeUnsupported and
// KindCurveUnsupported too, for keys that cannot sign.
const (
	KindTypeUnsupported    Kind = "type-unsupported"
	KindRSATooSmall        Kind = "rsa-too-small"
	KindRSASizeUnsupported Kind = "rsa-size-unsupported"
	KindExponentUnusual    Kind = "exponent-unusual"
	KindCurveUnsupported   Kind = "curve-unsupported"
	KindMultipleKeys       Kind = "multiple-keys"
	KindReadableByOthers   Kind = "readable-by-others"
	KindPublicKeyUnusable  Kind = "public-key-unusable" // of a key elsewhere
)

// Faults of a certificate. KindKeyMismatch and KindExpiringSoon are for callers: see
// [Certificate.BelongsTo] and [Certificate.DaysLeft].
const (
	KindKeyUnsupported  Kind = "key-unsupported" // Reason is the key.* kind of the same fault
	KindKeyMismatch     Kind = "key-mismatch"
	KindExpired         Kind = "expired"
	KindNotYetValid     Kind = "not-yet-valid"
	KindExpiringSoon    Kind = "expiring-soon"
	KindValidityTooLong Kind = "validity-too-long"
	KindSHA1Signature   Kind = "sha1-signature"
)

// Fault is one thing that is wrong with a key or a certificate. It holds facts; the
// sentences are in the catalog of findings. It never quotes the content of a file.
type Fault struct {
	Object   Object
	Kind     Kind
	Reason   string         // which variant of the kind, in kebab-case; may be empty
	Evidence map[string]any // snake_case names; strings, numbers, booleans, lists of strings
	Err      error          // the operating system's error, where there is one
}

// Error is terse: the code, the reason and the path.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(string(f.Object) + "." + string(f.Kind))
	if f.Reason != "" {
		b.WriteString(" (" + f.Reason + ")")
	}
	if path, ok := f.Evidence["path"].(string); ok {
		b.WriteString(": " + path)
	}
	return b.String()
}

// Unwrap returns Err, so that errors.Is(err, fs.ErrNotExist) works.
func (f *Fault) Unwrap() error { return f.Err }

// with adds a piece of evidence.
func (f *Fault) with(name string, value any) *Fault {
	if f.Evidence == nil {
		f.Evidence = map[string]any{}
	}
	f.Evidence[name] = value
	return f
}

// at names the file, if there is one.
func (f *Fault) at(path string) *Fault {
	if path == "" {
		return f
	}
	return f.with("path", path)
}
