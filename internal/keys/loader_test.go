package keys_test

import (
	"bytes"
	"context"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/secret"
)

// throwaway is the passphrase of everything encrypted in testdata/keys.
const throwaway = "throwaway"

func passphraseFile(t *testing.T, text string) string {
	t.Helper()
	return write(t, "passphrase", []byte(text))
}

// person answers with the next of these, and counts how often it was asked.
type person struct {
	answers []string
	asked   []string
}

func (p *person) ask(_ context.Context, what string) (secret.Secret, error) {
	p.asked = append(p.asked, what)
	if len(p.answers) == 0 {
		return secret.Secret{}, io.EOF
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return secret.New(answer), nil
}

func TestLoaderPassphraseFile(t *testing.T) {
	want := loadKey(t, "ec-p256.pem").SPKISHA256()
	for _, name := range []string{"ec-p256-encrypted-pkcs8.pem", "ec-p256-encrypted-rfc1423.pem", "ec-p256.p12"} {
		for _, tt := range []struct {
			text, reason string
			cut          bool
		}{
			{text: throwaway},
			{text: throwaway + "\n", cut: true},
			{text: throwaway + "\r\n", cut: true},
			{text: "\xef\xbb\xbf" + throwaway + "\n", cut: true},
			{text: throwaway + "\nmore", reason: "file-several-lines"},
			{text: " " + throwaway + "\n", reason: "file-blanks"},
			{text: "'" + throwaway + "'\n", reason: "file-quotes"},
			{text: "another one\n", reason: "none"},
		} {
			key, err := (&keys.Loader{}).Key(t.Context(), keys.Source{Name: file(name), PassphraseFile: passphraseFile(t, tt.text)})
			if tt.reason == "" {
				if err != nil || key.SPKISHA256() != want || !key.Encrypted || key.Opened != (keys.Passphrase{From: "file", NewlineCut: tt.cut}) {
					t.Errorf("%s with %q: %v, %v", name, tt.text, key, err)
				}
				continue
			}
			fault := faultOf(t, err)
			if fault.Kind != keys.KindPassphraseWrong || strings.HasPrefix(tt.reason, "file-") && fault.Reason != tt.reason {
				t.Errorf("%s with %q: %v", name, tt.text, fault)
			}
			quotesNothing(t, fault, tt.text)
		}
	}
}

// A person is asked up to three times, and once for a key and the certificate
// beside it.
func TestLoaderAsks(t *testing.T) {
	p := &person{answers: []string{"wrong", throwaway}}
	l := &keys.Loader{Ask: p.ask}
	source := keys.Source{Name: file("ec-p256.p12")}
	var pair keys.Pair
	pair.ReadKey(t.Context(), l, source)
	key, err := pair.Key, pair.KeyErr
	if err != nil || key.Opened.From != "terminal" {
		t.Fatal(key, err)
	}
	if pair.ReadKey(t.Context(), l, source); pair.KeyErr != nil || pair.Key != key {
		t.Error("the key was read twice", pair.KeyErr)
	}
	pair.ReadCertificate(t.Context(), l, source)
	if cert, err := pair.Certificate, pair.CertificateErr; err != nil || !cert.BelongsTo(key) || cert.Encoding != "PKCS#12" {
		t.Error(cert, err)
	}
	if len(p.asked) != 2 || p.asked[0] != file("ec-p256.p12") {
		t.Errorf("asked %q", p.asked)
	}

	p = &person{answers: []string{"1", "2", "3", throwaway}}
	_, err = (&keys.Loader{Ask: p.ask}).Key(t.Context(), source)
	if fault := faultOf(t, err); fault.Kind != keys.KindPassphraseWrong || len(p.asked) != 3 {
		t.Errorf("%v after %d answers", fault, len(p.asked))
	}
	pair, p = keys.Pair{}, &person{}
	for range 2 { // Ctrl-D, and not asked again
		pair.ReadKey(t.Context(), &keys.Loader{Ask: p.ask}, source)
		wantFault(t, pair.KeyErr, keys.ObjectKey, keys.KindEncrypted, "pkcs12")
	}
	if len(p.asked) != 1 {
		t.Errorf("asked %q", p.asked)
	}
}

// An end of the run is no fault of the source, and is not remembered as one.
func TestLoaderEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := &keys.Loader{Ask: func(ctx context.Context, _ string) (secret.Secret, error) {
		cancel()
		return secret.Secret{}, ctx.Err()
	}}
	source := keys.Source{Name: file("ec-p256-encrypted-pkcs8.pem")}
	if _, err := l.Key(ctx, source); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	l.Ask = (&person{answers: []string{throwaway}}).ask
	if _, err := l.Key(t.Context(), source); err != nil {
		t.Error(err)
	}
}

func TestLoaderSources(t *testing.T) {
	text := content(t, file("ec-p256.pem"))
	want := loadKey(t, "ec-p256.pem").SPKISHA256()
	ran := 0
	l := &keys.Loader{
		Stdin: bytes.NewReader(text),
		LookupEnv: func(name string) (string, bool) {
			v, ok := map[string]string{"KEY": strings.TrimSpace(string(text)), "PATH_OF_KEY": "ec-p256.pem\n",
				"QUOTED_PATH": `"ec-p256.pem"`, "GONE": "/run/secrets/gone.pem", "EMPTY": " "}[name]
			return v, ok
		},
		Shell: func(_ context.Context, command string, stdout io.Writer) error {
			ran++
			if command != "print" {
				return errors.New("exit status 1")
			}
			_, err := stdout.Write(text)
			return err
		},
		Dir: filepath.Dir(file("ec-p256.pem")),
	}
	for _, s := range []keys.Source{{Name: "-"}, {Name: "-"}, {Name: "env:KEY"}, {Name: "env:PATH_OF_KEY"}, {Name: "env:QUOTED_PATH"}, {Command: "print"}, {Command: "print"}} {
		key, err := l.Key(t.Context(), s)
		if err != nil || key.SPKISHA256() != want {
			t.Errorf("%+v: %v, %v", s, key, err)
			continue
		}
		if key.Path == "" && (key.From == "" || key.Mode != 0 || len(key.Repairs) > 0) {
			t.Errorf("%+v: from %q, mode %v, repairs %v", s, key.From, key.Mode, key.Repairs)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if shown := fmt.Sprintf(verb, l); shown != "<secret>" {
			t.Errorf("%s shows %.80s", verb, shown)
		}
	}
	if ran != 1 {
		t.Errorf("the command ran %d times", ran)
	}
	for _, tt := range []struct {
		source keys.Source
		reason string
	}{
		{keys.Source{Name: "env:NONE"}, "variable-unset"}, {keys.Source{Name: "env:EMPTY"}, "variable-empty"},
		{keys.Source{Name: "env:GONE"}, "path-in-variable"},
		{keys.Source{Command: "fail"}, "command-failed"}, {keys.Source{Name: "fd:x"}, "descriptor"},
		{keys.Source{Name: "fd:30000"}, "descriptor"}, {keys.Source{Name: "fd:1"}, "descriptor"},
	} {
		key, err := l.Key(t.Context(), tt.source)
		fault := wantFault(t, err, keys.ObjectKey, keys.KindUnreadable, tt.reason)
		if key != nil || fault.Evidence["source"] == nil || fault.Evidence["path"] != nil {
			t.Errorf("%+v: key %v, evidence %v", tt.source, key, fault.Evidence)
		}
	}
	_, err := (&keys.Loader{}).Certificate(t.Context(), keys.Source{Name: "env:KEY"}, nil)
	if fault := wantFault(t, err, keys.ObjectCertificate, keys.KindUnreadable, "variable-unset"); !errors.Is(fault, fs.ErrNotExist) {
		t.Error(fault.Err)
	}
}

// What comes from outside of a file is bounded as a file is.
func TestLoaderBounds(t *testing.T) {
	taken := int64(0)
	endless := func(_ context.Context, _ string, stdout io.Writer) error {
		n, err := io.Copy(stdout, io.LimitReader(zeros{}, 100<<20))
		taken = n
		return err
	}
	l := &keys.Loader{Stdin: zeros{}, Shell: endless}
	for _, s := range []keys.Source{{Name: "-"}, {Command: "yes"}} {
		_, err := l.Key(t.Context(), s)
		wantFault(t, err, keys.ObjectKey, keys.KindUnreadable, "too-large")
	}
	if taken > keys.MaxFileBytes+1 {
		t.Errorf("%d bytes of what a command prints were taken", taken)
	}
	fault := faultOf(t, keyError(&keys.Loader{}, keys.Source{Name: file("ec-p256.p12"), PassphraseFile: passphraseFile(t, strings.Repeat("x", 5000))}))
	if fault.Reason != "passphrase-file-too-large" {
		t.Error(fault)
	}
}

func keyError(l *keys.Loader, s keys.Source) error {
	_, err := l.Key(context.Background(), s)
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A file may ask for any amount of work before its passphrase can be tried. What
// is too much is refused before the first try.
func TestCostIsBounded(t *testing.T) {
	block, _ := pem.Decode(content(t, file("ec-p256-encrypted-pkcs8.pem")))
	costly := bytes.Replace(block.Bytes, []byte{2, 2, 8, 0}, []byte{2, 2, 0x7f, 0xff}, 1) // 2048 iterations
	if bytes.Equal(costly, block.Bytes) {
		t.Fatal("the file has another number of iterations")
	}
	if _, err := keys.ParseKey(costly); faultOf(t, err).Reason != "pkcs8" {
		t.Error("32,767 iterations are too many:", err)
	}
	for name, der := range map[string][]byte{
		"PBKDF2":      encryptedWith(t, 1, 2147483647, 0, 0, 0),
		"scrypt N":    encryptedWith(t, 2, 0, 1<<30, 8, 1),
		"scrypt r":    encryptedWith(t, 2, 0, 16384, 1<<30, 1),
		"scrypt p":    encryptedWith(t, 2, 0, 16384, 8, 1<<30),
		"scrypt work": encryptedWith(t, 2, 0, 16384, 8, 1<<10),
		"PKCS#12":     costlyPKCS12(t, 1<<30),
	} {
		start := time.Now()
		_, err := (&keys.Loader{Ask: (&person{answers: []string{throwaway}}).ask, Stdin: bytes.NewReader(der)}).Key(t.Context(), keys.Source{Name: "-"})
		wantFault(t, err, keys.ObjectKey, keys.KindEncrypted, "too-costly")
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// encryptedWith is an encrypted PKCS#8 file that asks for this much.
func encryptedWith(t *testing.T, kdf, iterations, n, r, p int) []byte {
	t.Helper()
	type id struct {
		OID        asn1.ObjectIdentifier
		Parameters any
	}
	salt := make([]byte, 16)
	derive := id{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, struct {
		Salt       []byte
		Iterations int
	}{salt, iterations}}
	if kdf == 2 {
		derive = id{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}, struct {
			Salt    []byte
			N, R, P int
		}{salt, n, r, p}}
	}
	der, err := asn1.Marshal(struct {
		Algorithm id
		Data      []byte
	}{id{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, struct{ KDF, Cipher id }{
		derive, id{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, salt}}}, make([]byte, 160)})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// costlyPKCS12 is the file of testdata with this many iterations for its MAC.
func costlyPKCS12(t *testing.T, iterations int) []byte {
	t.Helper()
	var pfx struct {
		Version int
		Safe    asn1.RawValue
		MAC     struct {
			Digest     asn1.RawValue
			Salt       []byte
			Iterations int
		}
	}
	if _, err := asn1.Unmarshal(content(t, file("ec-p256.p12")), &pfx); err != nil {
		t.Fatal(err)
	}
	pfx.MAC.Iterations = iterations
	der, err := asn1.Marshal(pfx)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// A key is named by what was read, whatever it came from, and nobody is asked for a
// passphrase to find the name.
func TestLoaderIdentity(t *testing.T) {
	key := content(t, file("ec-p256.pem"))
	l := &keys.Loader{
		LookupEnv: func(string) (string, bool) { return string(key), true },
		Ask: func(context.Context, string) (secret.Secret, error) {
			t.Error("somebody was asked")
			return secret.Secret{}, nil
		},
	}
	seen := map[string]string{}
	for _, name := range []string{"ec-p256.pem", "ec-p384.pem", "ec-p256-sec1.pem", "ec-p256-encrypted-pkcs8.pem", "ec-p256.p12", "rsa-pss-3072-sha512.p12"} {
		id, err := l.Identity(t.Context(), keys.Source{Name: file(name)})
		if other, taken := seen[id]; err != nil || id == "" || taken {
			t.Errorf("%s is named %q, as %q is: %v", name, id, other, err)
		}
		seen[id] = name
	}
	if id, err := l.Identity(t.Context(), keys.Source{Name: "env:KEY"}); err != nil || seen[id] != "ec-p256.pem" {
		t.Errorf("the same key from a variable: %q, %v", id, err)
	}
	var fault *keys.Fault
	if id, err := l.Identity(t.Context(), keys.Source{Name: file("nothing-here.pem")}); id != "" || !errors.As(err, &fault) {
		t.Errorf("no file: %q, %v", id, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if id, err := new(keys.Loader).Identity(ended, keys.Source{Name: file("ec-p256.pem")}); id != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %q, %v", id, err)
	}
}

// A long run reads again what can be read again: a file that was replaced, but not standard
// input. A passphrase that a person typed is used again.
func TestForget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	replace := func(name string) {
		t.Helper()
		data, err := os.ReadFile(file(name))
		if err == nil {
			err = os.WriteFile(path, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	p := &person{answers: []string{throwaway}}
	piped, err := os.ReadFile(file("ec-p384.pem"))
	if err != nil {
		t.Fatal(err)
	}
	l := &keys.Loader{Ask: p.ask, Stdin: bytes.NewReader(piped)}
	id := func(name string) string {
		t.Helper()
		k, err := l.Key(t.Context(), keys.Source{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return k.SPKISHA256()
	}
	replace("ec-p256.pem")
	first, encrypted, stdin := id(path), id(file("ec-p256.p12")), id("-")
	replace("ec-p384.pem")
	if id(path) != first {
		t.Error("the file was read twice")
	}
	l.Forget()
	if id(path) != stdin || id(file("ec-p256.p12")) != encrypted || id("-") != stdin || len(p.asked) != 1 {
		t.Errorf("after Forget: asked %d times", len(p.asked))
	}
}
