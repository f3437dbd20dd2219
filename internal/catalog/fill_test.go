package catalog_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

func TestFill(t *testing.T) {
	ev := finding.Evidence{
		"path": "key.pem", "bits": 2048, "none": nil, "empty": "", "list": []string{"a", "b"}, "no": []string{},
		"any": []any{"x", 1}, "f": 2.0, "g": 61.25, "ok": false, "zero": 0,
		"exp": "2026-11-23T16:00:00+01:00", "not_after": "soon", "retry_after": "30", "detail": "It failed. See there.",
		"at":   time.Date(2026, 11, 23, 16, 0, 0, 0, time.FixedZone("", 3600)),
		"evil": "a\x1b[31mb\r\nc\u202ed\xff", "braces": "{path} [x]",
		"long": strings.Repeat("x", 500), "longs": []string{strings.Repeat("x", 500), "y\x1b"}, "many": make([]string, 12),
	}
	for _, tt := range []struct{ text, want string }{
		{"plain", "plain"},
		{"the key[ {path}] is RSA[ {bits}]", "the key key.pem is RSA 2048"},
		{"the key[ {missing}] is[ {none}]", "the key is"},
		{"[at {path} with {missing}]end", "end"},
		{"{missing|a word} {path|b}", "a word key.pem"},
		{"{missing}", "unknown"},
		{"x {none} y", "x unknown y"},
		{"{empty|e} {no|n} {list} {any}", "e n a, b x, 1"},
		{"{f} {g} {ok} {zero}", "2 61.2 false 0"},
		{"{at}", "2026-11-23T15:00:00Z"},
		{"{exp}, {not_after}", "2026-11-23 15:00:00 UTC, soon"},
		{"after {retry_after}", "after 30 s"},
		{"no[: {detail}][, at {path}]", "no: It failed. See there, at key.pem"},
		{"{evil}", `a\x1b[31mb\r\nc\u202ed\xff`},
		{"{braces}", "{path} [x]"},
		{"{long}", strings.Repeat("x", 160) + "..."},
		{"{longs}", strings.Repeat("x", 160) + `..., y\x1b`},
		{"{many}", strings.Repeat(", ", 10) + "and 2 more"},
		{"unclosed {path", "unclosed {path"},
		{"unclosed [ {path}", "unclosed [ {path}"},
		{"", ""},
	} {
		if got := catalog.Fill(tt.text, ev); got != tt.want {
			t.Errorf("Fill(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestNew(t *testing.T) {
	ev := finding.Evidence{"path": "old key.pem", "bits": 2048}
	f := catalog.New("key.rsa-too-small", ev)
	if want := "the key old key.pem is RSA 2048, too small: NetSuite accepts 3072 or 4096 bits"; f.Message != want {
		t.Errorf("message %q, want %q", f.Message, want)
	}
	if f.Severity != finding.Error || f.Basis != finding.Official || f.Accepted {
		t.Errorf("%+v", f)
	}
	ev["bits"] = 1
	if f.Evidence["bits"] != 2048 {
		t.Error("the evidence is the caller's own map")
	}
	bare := catalog.New("network.proxy-refused", nil)
	if bare.Evidence == nil || bare.Remedy.Steps == nil || bare.Remedy.Commands == nil || bare.Remedy.Docs == nil {
		t.Errorf("nil where JSON needs an empty value: %+v", bare)
	}
	if low := f.With(finding.Info); low.Severity != finding.Info || f.Severity != finding.Error {
		t.Error("With changes the finding that it was called on, or nothing")
	}
}

func TestNewVariants(t *testing.T) {
	exact := catalog.New("assertion.lifetime-too-long", finding.Evidence{"reason": "exact", "lifetime_seconds": 3600})
	if exact.Severity != finding.Warning || !strings.Contains(exact.Message, "exactly 3600 s") || exact.Basis != finding.Inferred {
		t.Errorf("%+v", exact)
	}
	certificate := catalog.New("key.not-a-private-key", finding.Evidence{"reason": "certificate", "path": "a.pem"})
	if !strings.Contains(certificate.Message, "a.pem holds a certificate") || !strings.Contains(certificate.Remedy.Summary, "--cert") {
		t.Errorf("%+v", certificate)
	}
	for _, reason := range []any{"no-such-reason", "", 7, nil} {
		f := catalog.New("key.not-a-private-key", finding.Evidence{"reason": reason})
		if f.Message != "the file holds no private key" {
			t.Errorf("reason %v: %q", reason, f.Message)
		}
	}
}

func TestNewCommands(t *testing.T) {
	f := catalog.New("key.readable-by-others", finding.Evidence{"path": "my key.pem"})
	if diff := cmp.Diff([][]string{{"chmod", "600", "my key.pem"}}, f.Remedy.Commands); diff != "" {
		t.Error(diff)
	}
	// A command without the value that it is about is left out, not half printed.
	bare := catalog.New("key.unreadable", finding.Evidence{"reason": "permission"})
	if diff := cmp.Diff([][]string{{"id"}}, bare.Remedy.Commands); diff != "" {
		t.Error(diff)
	}
	// Several arguments in brackets come and go together.
	direct := catalog.New("network.timeout", finding.Evidence{"origin": "https://h.example"})
	led := catalog.New("network.timeout", finding.Evidence{"origin": "https://h.example", "connect_to": "[::1]:8443", "ca_file": "my ca.pem"})
	const target = "https://h.example/services/rest/system/v1/serverTime"
	if diff := cmp.Diff([][]string{{"curl", "-sSv", target}}, direct.Remedy.Commands); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"curl", "-sSv", "--connect-to", "::[::1]:8443", "--cacert", "my ca.pem", target}}, led.Remedy.Commands); diff != "" {
		t.Error(diff)
	}
	nul := catalog.New("key.readable-by-others", finding.Evidence{"path": "a\x00b"})
	if len(nul.Remedy.Commands) != 0 {
		t.Errorf("a command with a NUL: %q", nul.Remedy.Commands)
	}
}

func TestNewPanicsOnAnUnknownCode(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	catalog.New("key.nonsense", nil)
}

// Whatever the evidence, no text of a finding can act on a terminal or keep a hole.
func FuzzNew(f *testing.F) {
	f.Add("path", "key.pem", uint(3))
	f.Add("detail", "\x1b]0;title\x07 {x} [y", uint(70))
	f.Add("reason", "probe", uint(110))
	f.Add("actual", "https://1.suitetalk.api.netsuite.com/\u202e", uint(55))
	all := catalog.All()
	f.Fuzz(func(t *testing.T, name, value string, n uint) {
		e := all[n%uint(len(all))]
		got := catalog.New(e.Code, finding.Evidence{name: value, "path": value, "host": value})
		for _, s := range append([]string{got.Message, got.Remedy.Summary}, got.Remedy.Steps...) {
			for _, r := range s {
				if !unicode.IsGraphic(r) {
					t.Fatalf("%s: %q holds %U", e.Code, s, r)
				}
			}
			if !strings.ContainsAny(value, "{}[]") && strings.ContainsAny(s, "{}") {
				t.Fatalf("%s: %q", e.Code, s)
			}
			if len(s) > 4000 {
				t.Fatalf("%s: %d bytes", e.Code, len(s))
			}
		}
		for _, argv := range got.Remedy.Commands {
			for _, arg := range argv {
				if strings.Contains(arg, "\x00") || arg == "" {
					t.Fatalf("%s: argument %q", e.Code, arg)
				}
			}
		}
	})
}
