package signcommand_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/signcommand"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

const message = "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJ4In0"

// testKeys are made once; 2048 bits are enough for forms and lengths.
var testKeys = sync.OnceValue(func() (keys struct {
	rsa, otherRSA *rsa.PrivateKey
	ec, otherEC   *ecdsa.PrivateKey
	ec384, ec521  *ecdsa.PrivateKey
}) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	for _, to := range []**rsa.PrivateKey{&keys.rsa, &keys.otherRSA} {
		key, err := keypool.Generate("rsa-2048")
		must(err)
		*to = key.(*rsa.PrivateKey)
	}
	for curve, k := range map[elliptic.Curve][]**ecdsa.PrivateKey{elliptic.P256(): {&keys.ec, &keys.otherEC}, elliptic.P384(): {&keys.ec384}, elliptic.P521(): {&keys.ec521}} {
		for _, to := range k {
			key, err := ecdsa.GenerateKey(curve, rand.Reader)
			must(err)
			*to = key
		}
	}
	return keys
})

func hashed(h crypto.Hash, text []byte) []byte {
	d := h.New()
	d.Write(text)
	return d.Sum(nil)
}

func pss(k *rsa.PrivateKey, h crypto.Hash, salt int, text []byte) []byte {
	sig, err := rsa.SignPSS(rand.Reader, k, h, hashed(h, text), &rsa.PSSOptions{SaltLength: salt})
	if err != nil {
		panic(err)
	}
	return sig
}

func der(k *ecdsa.PrivateKey, digest []byte) []byte {
	sig, err := ecdsa.SignASN1(rand.Reader, k, digest)
	if err != nil {
		panic(err)
	}
	return sig
}

func raw(k *ecdsa.PrivateKey, digest []byte) []byte {
	var n struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der(k, digest), &n); err != nil {
		panic(err)
	}
	size := (k.Params().BitSize + 7) / 8
	out := make([]byte, 2*size)
	n.R.FillBytes(out[:size])
	n.S.FillBytes(out[size:])
	return out
}

// prints is a command that prints an answer.
func prints(answer []byte) signcommand.Options {
	return signcommand.Options{Run: func(_ context.Context, _ string, _ []byte, _ []string, stdout, _ io.Writer) error {
		_, err := stdout.Write(answer)
		return err
	}}
}

func pssOptions(h crypto.Hash) crypto.SignerOpts {
	return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h}
}

// A signature may end with the bytes of a line end, before the line end of the command.
func TestLineEndInSignature(t *testing.T) {
	k := testKeys()
	for _, last := range []string{"\n", "\r"} {
		digest := hashed(crypto.SHA256, []byte(message))
		sig := der(k.ec, digest)
		for !bytes.HasSuffix(sig, []byte(last)) {
			sig = der(k.ec, digest)
		}
		for _, end := range []string{"", "\n", "\r\n", "\n\n"} {
			got, err := signcommand.New("c", k.ec.Public(), prints([]byte(string(sig)+end))).SignMessage(nil, []byte(message), crypto.SHA256)
			if err != nil || !ecdsa.VerifyASN1(&k.ec.PublicKey, digest, got) {
				t.Errorf("%q and %q: %v", last, end, err)
			}
		}
	}
}

// Every form of a valid signature is read, and for ECDSA comes out in ASN.1.
func TestForms(t *testing.T) {
	k := testKeys()
	for _, tt := range []struct {
		name   string
		public crypto.PublicKey
		opts   crypto.SignerOpts
		sig    []byte
	}{
		{"PS256", k.rsa.Public(), pssOptions(crypto.SHA256), pss(k.rsa, crypto.SHA256, 32, []byte(message))},
		{"PS384", k.rsa.Public(), pssOptions(crypto.SHA384), pss(k.rsa, crypto.SHA384, 48, []byte(message))},
		{"PS512", k.rsa.Public(), pssOptions(crypto.SHA512), pss(k.rsa, crypto.SHA512, 64, []byte(message))},
		{"ES256 raw", k.ec.Public(), crypto.SHA256, raw(k.ec, hashed(crypto.SHA256, []byte(message)))},
		{"ES256 DER", k.ec.Public(), crypto.SHA256, der(k.ec, hashed(crypto.SHA256, []byte(message)))},
		{"ES384 raw", k.ec384.Public(), crypto.SHA384, raw(k.ec384, hashed(crypto.SHA384, []byte(message)))},
		{"ES384 DER", k.ec384.Public(), crypto.SHA384, der(k.ec384, hashed(crypto.SHA384, []byte(message)))},
		{"ES512 raw", k.ec521.Public(), crypto.SHA512, raw(k.ec521, hashed(crypto.SHA512, []byte(message)))},
		{"ES512 DER", k.ec521.Public(), crypto.SHA512, der(k.ec521, hashed(crypto.SHA512, []byte(message)))},
	} {
		wrapped := base64.StdEncoding.EncodeToString(tt.sig)
		for i := 64; i < len(wrapped); i += 65 {
			wrapped = wrapped[:i] + "\n" + wrapped[i:]
		}
		for form, answer := range map[string]string{
			"bytes": string(tt.sig), "bytes and a line end": string(tt.sig) + "\n", "base64": base64.StdEncoding.EncodeToString(tt.sig),
			"base64 and a line end": base64.StdEncoding.EncodeToString(tt.sig) + "\r\n", "base64 without padding": base64.RawStdEncoding.EncodeToString(tt.sig),
			"base64 for URLs": base64.RawURLEncoding.EncodeToString(tt.sig), "padded base64 for URLs": base64.URLEncoding.EncodeToString(tt.sig),
			"base64 in lines": wrapped + "\n", "hexadecimal": hex.EncodeToString(tt.sig), "hexadecimal in capitals": strings.ToUpper(hex.EncodeToString(tt.sig)) + "\n",
		} {
			got, err := signcommand.New("c", tt.public, prints([]byte(answer))).SignMessage(nil, []byte(message), tt.opts)
			if err != nil {
				t.Errorf("%s, %s: %v", tt.name, form, err)
				continue
			}
			digest := hashed(tt.opts.HashFunc(), []byte(message))
			if pub, isEC := tt.public.(*ecdsa.PublicKey); isEC && !ecdsa.VerifyASN1(pub, digest, got) || !isEC && !bytes.Equal(got, tt.sig) {
				t.Errorf("%s, %s: another signature", tt.name, form)
			}
		}
	}
}

// What is not the signature that was asked for is named, and never passed on.
func TestRefused(t *testing.T) {
	k := testKeys()
	text := []byte(message)
	sum := sha256.Sum256(text)
	pkcs1, err := rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	sha1Sum := sha1.Sum(text)
	good := pss(k.rsa, crypto.SHA256, 32, text)
	for _, tt := range []struct {
		name         string
		public       crypto.PublicKey
		answer       []byte
		kind, reason string
		evidence     string // a value that must be there
	}{
		{"another RSA key", k.rsa.Public(), pss(k.otherRSA, crypto.SHA256, 32, text), signcommand.Wrong, "other", ""},
		{"another EC key", k.ec.Public(), raw(k.otherEC, sum[:]), signcommand.Wrong, "other", ""},
		{"another EC key, DER", k.ec.Public(), der(k.otherEC, sum[:]), signcommand.Wrong, "other", ""},
		{"PKCS#1 v1.5", k.rsa.Public(), pkcs1, signcommand.Wrong, "pkcs1", "RS256"},
		{"salt of 20 bytes", k.rsa.Public(), pss(k.rsa, crypto.SHA256, 20, text), signcommand.Wrong, "salt-length", "20"},
		{"longest salt", k.rsa.Public(), pss(k.rsa, crypto.SHA256, rsa.PSSSaltLengthAuto, text), signcommand.Wrong, "salt-length", "222"},
		{"PS384", k.rsa.Public(), pss(k.rsa, crypto.SHA384, 48, text), signcommand.Wrong, "other-algorithm", "PS384"},
		{"the hash is hashed again", k.rsa.Public(), pss(k.rsa, crypto.SHA256, 32, sum[:]), signcommand.Wrong, "other-input", "hashed again"},
		{"the hash is hashed again, EC", k.ec.Public(), raw(k.ec, hashed(crypto.SHA256, sum[:])), signcommand.Wrong, "other-input", "hashed again"},
		{"a line end was added", k.rsa.Public(), pss(k.rsa, crypto.SHA256, 32, append([]byte(message), '\n')), signcommand.Wrong, "other-input", "line break"},
		{"EC without a hash", k.ec.Public(), raw(k.ec, text), signcommand.Wrong, "other-input", "not hashed"},
		{"EC with SHA-384", k.ec.Public(), raw(k.ec, hashed(crypto.SHA384, text)), signcommand.Wrong, "other-algorithm", "SHA-384"},
		{"EC with SHA-1", k.ec.Public(), der(k.ec, sha1Sum[:]), signcommand.Wrong, "other-algorithm", "SHA-1"},
		{"of a larger curve", k.ec.Public(), raw(k.ec384, hashed(crypto.SHA384, text)), signcommand.Wrong, "other-size", ""},
		{"of a larger curve, DER", k.ec.Public(), der(k.ec384, hashed(crypto.SHA384, text)), signcommand.Wrong, "other-size", ""},
		{"of an EC key", k.rsa.Public(), raw(k.ec, sum[:]), signcommand.Wrong, "other-size", ""},
		{"one bit", k.rsa.Public(), append([]byte{good[0] ^ 1}, good[1:]...), signcommand.Wrong, "other", ""},
		{"nothing", k.rsa.Public(), nil, signcommand.Failed, "empty", ""},
		{"a line end", k.rsa.Public(), []byte("\n"), signcommand.Failed, "empty", ""},
		{"JSON", k.rsa.Public(), []byte(`{"Signature": "` + base64.StdEncoding.EncodeToString(good) + `"}`), signcommand.Failed, "json", ""},
		{"Vault", k.rsa.Public(), []byte("vault:v1:" + base64.StdEncoding.EncodeToString(good) + "\n"), signcommand.Failed, "vault-prefix", ""},
		{"cut", k.rsa.Public(), good[:200], signcommand.Failed, "not-a-signature", "200"},
		{"an error in place of it", k.ec.Public(), []byte("Error: no such key\n"), signcommand.Failed, "not-a-signature", ""},
		{"too long", k.ec.Public(), make([]byte, signcommand.MaxAnswer+1), signcommand.Failed, "too-large", ""},
	} {
		opts := crypto.SignerOpts(crypto.SHA256)
		if _, isRSA := tt.public.(*rsa.PublicKey); isRSA {
			opts = pssOptions(crypto.SHA256)
		}
		got, err := signcommand.New("c", tt.public, prints(tt.answer)).SignMessage(nil, text, opts)
		var f *signcommand.Fault
		if !errors.As(err, &f) || f.Kind != tt.kind || f.Reason != tt.reason || got != nil {
			t.Errorf("%s: %v, want %s (%s)", tt.name, err, tt.kind, tt.reason)
			continue
		}
		found := tt.evidence == ""
		for _, v := range f.Evidence {
			found = found || strings.Contains(strings.ToLower(toText(v)), strings.ToLower(tt.evidence))
		}
		if !found {
			t.Errorf("%s: evidence %v lacks %q", tt.name, f.Evidence, tt.evidence)
		}
	}
}

func toText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return big.NewInt(int64(v)).String()
	}
	return ""
}

type exitCode int

func (e exitCode) Error() string { return "exit" }
func (e exitCode) ExitCode() int { return int(e) }

// The command gets the message and the algorithm, once, and its end says what went wrong.
func TestRun(t *testing.T) {
	k := testKeys()
	for code, reason := range map[int]string{1: "exit", 126: "not-executable", 127: "not-found", 9009: "not-found", -1: "killed"} {
		s := signcommand.New("c", k.ec.Public(), signcommand.Options{Run: func(context.Context, string, []byte, []string, io.Writer, io.Writer) error { return exitCode(code) }})
		_, err := s.SignMessage(nil, []byte(message), crypto.SHA256)
		if f := (*signcommand.Fault)(nil); !errors.As(err, &f) || f.Reason != reason {
			t.Errorf("exit code %d: %v", code, err)
		}
	}
	runs := 0
	s := signcommand.New("sign it", k.ec.Public(), signcommand.Options{Run: func(_ context.Context, command string, input []byte, variables []string, stdout, _ io.Writer) error {
		runs++
		if command != "sign it" || string(input) != message || len(variables) != 1 || variables[0] != "NSAUTH_SIGN_ALG=ES256" {
			t.Errorf("%q %q %q", command, input, variables)
		}
		_, err := stdout.Write(der(k.ec, hashed(crypto.SHA256, input)))
		return err
	}})
	if _, err := s.SignMessage(nil, []byte(message), crypto.SHA256); err != nil || runs != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
	for _, opts := range []crypto.SignerOpts{crypto.SHA384, crypto.SHA1} {
		if _, err := s.SignMessage(nil, []byte(message), opts); err == nil || runs != 1 {
			t.Errorf("%v: %d runs, %v", opts, runs, err)
		}
	}
	if _, err := s.Sign(nil, make([]byte, 32), crypto.SHA256); err == nil {
		t.Error("a hash was signed")
	}
}

// A command that does not end is ended, by its limit or with the run.
func TestHanging(t *testing.T) {
	waits := func(ctx context.Context, _ string, _ []byte, _ []string, _, _ io.Writer) error {
		<-ctx.Done()
		return ctx.Err()
	}
	s := signcommand.New("c", testKeys().ec.Public(), signcommand.Options{Run: waits, Limit: func() time.Duration { return time.Millisecond }})
	_, err := s.SignMessage(nil, []byte(message), crypto.SHA256)
	if f := (*signcommand.Fault)(nil); !errors.As(err, &f) || f.Reason != "timed-out" {
		t.Error(err)
	}
	s = signcommand.New("c", testKeys().ec.Public(), signcommand.Options{Run: waits})
	ended, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = s.In(ended).(crypto.MessageSigner).SignMessage(nil, []byte(message), crypto.SHA256)
	if f := (*signcommand.Fault)(nil); !errors.As(err, &f) || f.Reason != "timed-out" {
		t.Error(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err = s.In(stopped).(crypto.MessageSigner).SignMessage(nil, []byte(message), crypto.SHA256); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What the command says is shown, bounded, and cannot act on a terminal.
func TestStandardError(t *testing.T) {
	for _, tt := range []struct {
		writes []string
		want   string
	}{
		{[]string{"one\n", "two"}, "one\ntwo\n"},
		{[]string{"\x1b]0;evil\x07\x1b[2J\r\n"}, `\x1b]0;evil\x07\x1b[2J` + "\n"},
		{[]string{"caf\xc3", "\xa9 \u202e\n"}, "café \\u202e\n"},
		{[]string{"\xff\n", "\xe2\x82"}, "\\xff\n\\xe2\\x82\n"},
		{nil, ""},
	} {
		var shown strings.Builder
		s := signcommand.New("c", testKeys().ec.Public(), signcommand.Options{Stderr: &shown,
			Run: func(_ context.Context, _ string, _ []byte, _ []string, _, stderr io.Writer) error {
				for _, w := range tt.writes {
					if n, err := io.WriteString(stderr, w); n != len(w) || err != nil {
						t.Errorf("%d, %v", n, err)
					}
				}
				return exitCode(1)
			}})
		if _, err := s.SignMessage(nil, []byte(message), crypto.SHA256); err == nil || shown.String() != tt.want {
			t.Errorf("%q: %q, want %q", tt.writes, shown.String(), tt.want)
		}
	}
	var shown strings.Builder
	s := signcommand.New("c", testKeys().ec.Public(), signcommand.Options{Stderr: &shown,
		Run: func(_ context.Context, _ string, _ []byte, _ []string, _, stderr io.Writer) error {
			for range 1000 {
				_, _ = io.WriteString(stderr, strings.Repeat("x", 1000))
			}
			return exitCode(1)
		}})
	if _, err := s.SignMessage(nil, []byte(message), crypto.SHA256); err == nil || shown.Len() > signcommand.MaxAnswer+1 {
		t.Errorf("%d bytes are shown", shown.Len())
	}
}
