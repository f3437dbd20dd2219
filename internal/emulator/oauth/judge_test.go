package oauth

import (
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// Every single changed character makes a genuine assertion a refused one.
func TestChangedCharacterIsRejected(t *testing.T) {
	f := emulatortest.Register(t)
	v := judgerOf(t, f)
	text := f.Genuine("p-256", "ES256").Sign(t)
	if !v.judge(text).accepted() {
		t.Fatal("the genuine one is refused")
	}
	for i := range text {
		if testing.Short() && i%7 != 0 {
			continue
		}
		for _, other := range []byte{'A', 'B', '_', '.', '=', '\n'} {
			if text[i] == other {
				continue
			}
			changed := text[:i] + string(other) + text[i+1:]
			if v.judge(changed).accepted() {
				t.Fatalf("accepted with character %d of %d changed", i, len(text))
			}
		}
	}
}

// FuzzAssertion: nothing but what was signed with a registered key is ever
// accepted, nothing makes the judge panic, and a reason is a line of plain text
// without a part of the assertion in it.
func FuzzAssertion(f *testing.F) {
	fix := emulatortest.Register(f)
	v := judgerOf(f, fix)
	genuine := make(map[string]bool)
	for _, tt := range []struct{ kind, alg string }{{"rsa-3072", "PS256"}, {"p-256", "ES256"}, {"p-521", "ES512"}} {
		text := fix.Genuine(tt.kind, tt.alg).Sign(f)
		if !v.judge(text).accepted() {
			f.Fatalf("%s: the genuine one is refused", tt.alg)
		}
		genuine[text] = true
		for _, seed := range []string{text, fix.Genuine(tt.kind, tt.alg).Claim("aud", "https://x.example/\n"+text).Sign(f), text[:len(text)-1], "." + text, strings.Replace(text, ".", "..", 1)} {
			f.Add(seed)
		}
	}
	for _, seed := range []string{"", ".", "..", "e30.e30.AA", "bnVsbA.bnVsbA.AA", fix.Genuine("p-256", "ES256").Head("kid", nil).Sign(f)} {
		f.Add(seed)
	}
	if len(genuine) != 3 {
		f.Fatal("no genuine seeds")
	}
	f.Fuzz(func(t *testing.T, text string) {
		j := v.judge(text)
		if j.accepted() && !genuine[text] {
			t.Fatal("accepted what was never signed")
		}
		if !j.accepted() && len(j.refusals) == 0 {
			t.Fatal("refused without a reason")
		}
		for _, r := range j.refusals {
			if r.Reason == "" || len(r.Reason) > 1500 || strings.ContainsFunc(r.Reason, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Fatalf("%s: reason %q", r.Code, r.Reason)
			}
			for part := range strings.SplitSeq(text, ".") {
				if len(part) > 64 && strings.Contains(r.Reason, part) {
					t.Fatalf("%s: a part of the assertion is in the reason", r.Code)
				}
			}
		}
	})
}

func judgerOf(t testing.TB, f *emulatortest.Registered) judger {
	t.Helper()
	accounts, err := account.Index(f.Accounts, emulatortest.Noon)
	if err != nil {
		t.Fatal(err)
	}
	habits, unknown := verdict.SettleHabits(nil, nil)
	if unknown != "" {
		t.Fatalf("unknown habit %s", unknown)
	}
	return judger{accounts["1234567"], emulatortest.Noon, habits, false, false}
}
