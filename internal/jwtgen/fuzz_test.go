package jwtgen_test

import (
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/authserver"
	"github.com/nsauth/nsauth/internal/jwtgen"
)

// seeds are real tokens, and each input of the table of faults.
func seeds(f *testing.F) []string {
	f.Helper()
	var list []string
	for _, folder := range []string{"jwt", "oracle"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "testdata", folder, "*.jwt"))
		if err != nil || len(files) == 0 {
			f.Fatalf("no seeds in testdata/%s: %v", folder, err)
		}
		for _, file := range files {
			list = append(list, readFile(f, folder, filepath.Base(file)))
		}
	}
	return append(list, "", ".", "..", "e30.e30.", "a.b.c.d.e", b64(`{"alg":"ES256","alg":"x"}`)+"."+b64(`{"exp":1e5,"aud":["a"]}`)+".AA",
		b64("\xef\xbb\xbf{}")+".e30.", "e30.e30.AB", "e30.e30.A=", "e30\n.e30.")
}

// FuzzParse: Parse and all that follows never panic; an error says no more than
// kind, reason and part; what is accepted encodes to the same text again.
func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	p := newProperties(f)
	f.Fuzz(p.check)
}

// FuzzJudge is the same from the other side: any header, claims and signature in
// sound base64url.
func FuzzJudge(f *testing.F) {
	for _, s := range seeds(f) {
		var parts []string
		for part := range strings.SplitSeq(s, ".") {
			data, _ := base64.RawURLEncoding.DecodeString(part)
			parts = append(parts, string(data))
		}
		if len(parts) == 3 {
			f.Add(parts[0], parts[1], parts[2])
		}
	}
	for _, aud := range []string{sandbox("1234567_SB1"), " //x", "https://system.netsuite.com", "https%3A%2F%2Fx%2", ""} {
		f.Add(goodHeader().String(), goodClaims().edit(j{"aud": aud, "scope": []string{aud}}).String(), "signature")
	}
	p := newProperties(f)
	f.Fuzz(func(t *testing.T, header, claims, signature string) {
		p.check(t, b64(header)+"."+b64(claims)+"."+b64(signature))
	})
}

// properties are what holds for every input.
type properties struct {
	errorTexts map[string]bool // the errors there can be: none can hold any input
	keys       []any
	expect     jwtgen.Expect
}

func newProperties(f *testing.F) properties {
	p := properties{map[string]bool{}, []any{public(f, "rsa.pem"), public(f, "ec256.pem"), nil}, expect(f)}
	for _, kind := range jwtgen.Kinds() {
		for _, reason := range kind.Reasons {
			for _, part := range []string{"", "header", "claims", "signature"} {
				fault := jwtgen.Fault{Kind: kind.Kind, Reason: reason}
				if part != "" {
					fault.Evidence = map[string]any{"part": part}
				}
				p.errorTexts[fault.Error()] = true
			}
		}
	}
	return p
}

func (p properties) check(t *testing.T, raw string) {
	a, err := jwtgen.Parse(raw)
	if (a == nil) == (err == nil) {
		t.Fatal("neither or both of assertion and error")
	}
	p.checkRead(t, raw, err)
	if err != nil {
		p.checkError(t, err)
		return
	}
	p.checkParts(t, a, raw)
	for _, pub := range p.keys {
		e := p.expect
		e.Public = pub
		faults := a.Judge(e)
		if again := a.Judge(e); !slices.Equal(labels(faults), labels(again)) {
			t.Fatalf("judged once %v, then %v", labels(faults), labels(again))
		}
		for _, fault := range faults {
			checkEvidence(t, fault)
		}
	}
	a.Judge(jwtgen.Expect{Rules: authserver.NetSuite})
	a.Judge(jwtgen.Expect{Rules: authserver.Generic, Audience: "https://as.example/token", Now: issued})
}

// checkRead: Read finds the first fault that Parse finds, or none where it finds
// none, says no more than it, and what it read can be judged.
func (p properties) checkRead(t *testing.T, raw string, parseErr error) {
	a, faults := jwtgen.Read(raw)
	if (len(faults) == 0) != (parseErr == nil) {
		t.Fatalf("Parse says %v, Read %v", parseErr, labels(faults))
	}
	for _, f := range faults {
		p.checkError(t, f)
	}
	if a != nil {
		for _, pub := range p.keys {
			e := p.expect
			e.Public = pub
			for _, f := range a.Judge(e) {
				checkEvidence(t, f)
			}
		}
		if state, _ := a.Verify(nil); state == jwtgen.Verified {
			t.Fatal("verified without a key")
		}
	}
}

func (p properties) checkError(t *testing.T, err error) {
	if !p.errorTexts[err.Error()] {
		t.Fatalf("unknown error text %q", err)
	}
	for name, v := range asFaults(t, err)[0].Evidence {
		if s, ok := v.(string); ok && !slices.Contains([]string{"header", "claims", "signature"}, s) {
			t.Fatalf("evidence %s = %q", name, s)
		}
	}
}

// checkParts: three canonical parts, and the members that encoding/json finds.
func (p properties) checkParts(t *testing.T, a *jwtgen.Assertion, raw string) {
	parts := strings.Split(raw, ".")
	for i, part := range parts {
		data, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || base64.RawURLEncoding.EncodeToString(data) != part {
			t.Fatalf("part %d of %q does not encode to itself: %v", i, raw, err)
		}
	}
	if len(parts) != 3 || a.Raw().Reveal() != raw || a.SigningInput() != parts[0]+"."+parts[1] {
		t.Fatalf("%q is not what was parsed", raw)
	}
	for i, got := range []map[string]any{a.Header, a.Claims} {
		var want map[string]any
		decoder := json.NewDecoder(base64.NewDecoder(base64.RawURLEncoding, strings.NewReader(parts[i])))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("encoding/json refuses part %d: %v", i, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("part %d (-encoding/json +Parse):\n%s", i, diff)
		}
	}
}

// checkEvidence: only the documented types, and nothing without a bound.
func checkEvidence(t *testing.T, f *jwtgen.Fault) {
	for name, v := range f.Evidence {
		switch v := v.(type) {
		case string:
			if len(v) > 300 {
				t.Fatalf("%s: evidence %s has %d bytes", f, name, len(v))
			}
		case []string:
			if len(v) > 32 {
				t.Fatalf("%s: evidence %s has %d items", f, name, len(v))
			}
		case bool, int, int64, float64:
		default:
			t.Fatalf("%s: evidence %s is a %T", f, name, v)
		}
	}
}
