package scenario

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

// The data can be written by a person who writes no Go, so a test says what is
// wrong in it.
func TestData(t *testing.T) {
	all, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	form := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			if seen[s.Name] || !form.MatchString(s.Name) {
				t.Error("the name is there twice, or is not words in lower case with - between them")
			}
			seen[s.Name] = true
			if s.Title == "" || s.Story == "" || s.Topic == "" {
				t.Error("no title, story or topic")
			}
			checkClient(t, s.Client)
			checkServer(t, s.Server)
			for _, code := range append(s.Expect.Causes, s.Expect.Finding) {
				if _, known := catalog.Lookup(finding.Code(code)); code != "" && !known {
					t.Errorf("expect: unknown code %s", code)
				}
			}
			switch e := s.Expect; {
			case e.Finding != "" && e.Causes != nil:
				t.Error("expect: a finding and causes")
			case e.Exit != 0 && e.Finding == "" && e.Causes == nil:
				t.Error("expect: neither a finding nor causes")
			case e.Exit < 0 || e.Exit > 3:
				t.Errorf("expect: exit %d", e.Exit)
			}
		})
	}
	if len(all) < 100 {
		t.Errorf("only %d scenarios", len(all))
	}
}

func checkClient(t *testing.T, c ClientHalf) {
	if c.KeyType != "" && !strings.HasPrefix(c.KeyType, "rsa-") { // which take long
		if _, err := keygen.Generate(c.KeyType); err != nil {
			t.Errorf("client: %v", err)
		}
	}
	known := placeholders("", &pair{}, &pair{}, &pair{})
	for name, value := range c.Overrides {
		if _, is := profile.Lookup(profile.Field(name)); !is {
			t.Errorf("client: profile: unknown field %s", name)
		}
		if strings.ContainsAny(known.Replace(value), "{}") {
			t.Errorf("client: profile: %s: unknown name in braces in %s", name, value)
		}
	}
	for name, ok := range map[string]bool{
		"key_file": slices.Contains([]KeyFile{KeyFilePEM, KeyFileCertificate, KeyFileEncrypted, KeyFileEscaped, KeyFileUTF16}, c.KeyFile),
		"resolver": slices.Contains([]Resolver{ResolverNormal, ResolverNXDomainAccount, ResolverDown}, c.Resolver),
		"dial":     slices.Contains([]Dial{DialNormal, DialRefused}, c.Dial),
	} {
		if !ok {
			t.Errorf("client: unknown %s", name)
		}
	}
}

func checkServer(t *testing.T, s ServerHalf) {
	for _, c := range s.Changes {
		if changes[c] == nil {
			t.Errorf("server: unknown change %s", c)
		}
	}
	for _, p := range s.WithoutPermissions {
		if !slices.Contains(account.KnownPermissions(), p) {
			t.Errorf("server: unknown permission %s", p)
		}
	}
	for _, scope := range s.Scopes {
		if !slices.Contains(account.KnownScopes(), scope) {
			t.Errorf("server: unknown scope %s", scope)
		}
	}
	if s.Account != "" && !account.ValidID(s.Account) {
		t.Errorf("server: account %s", s.Account)
	}
	for _, c := range s.Canned {
		if !slices.Contains([]verdict.Basis{verdict.Official, verdict.Observed, verdict.Guess}, c.Basis) {
			t.Errorf("server: canned: basis %q", c.Basis)
		}
	}
	if _, err := oauth.New(nil, time.Time{}, oauth.TokenConfig{Errors: s.Errors, ExpiresIn: s.ExpiresIn, TokenShape: s.TokenShape}); err != nil {
		t.Errorf("server: %v", err)
	}
}

// What nobody reads is a mistake too.
func TestDataIsReadStrictly(t *testing.T) {
	sets := &fstest.MapFile{Data: []byte("setup: [a]\n")}
	for text, ok := range map[string]bool{
		"topic: t\nscenarios:\n  - {name: a, expect: {exit: 1, cause_set: setup}}\n": true,
		"topic: t\nscenarios:\n  - {name: a, tilte: x}\n":                            false,
		"topic: t\nscenarios:\n  - {name: a, server: {faults: [no-such]}}\n":         false,
		"topic: t\nscenarios:\n  - {name: a, expect: {cause_set: steup}}\n":          false,
		"topic: t\nscenarios:\n  - {name: a, client: {clock_offset: 3}}\n":           false,
	} {
		_, err := parse(fstest.MapFS{"data/cause-sets.yaml": sets, "data/1-t.yaml": {Data: []byte(text)}})
		if (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
