package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/text"
)

var wrapSeeds = []string{
	"", " ", "one", "a bb ccc dddd", "Setup > Integration > Manage Integrations > New", strings.Repeat("x", 200),
	"https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_162755332391.html is where it says so",
	"役割「統合担当者(読み取り専用)」、担当者 山田太郎、会社", "e\u0301e\u0301e\u0301 combining", "> > >", hostileText, "a nsauth doctor --config c --profile p b", "\xff\xfe", strings.Repeat("長", 90),
}

func TestFuzzSeedsAreThere(t *testing.T) {
	if len(wrapSeeds) < 10 {
		t.Fatalf("%d seeds", len(wrapSeeds))
	}
}

// No line is wider than the page unless it is one token that cannot be parted;
// nothing is lost, nothing is added, and nothing steers the terminal.
func FuzzWrap(f *testing.F) {
	for _, s := range wrapSeeds {
		f.Add(s, 20)
		f.Add(s, 80)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 1 || width > 500 || len(s) > 1<<14 {
			return
		}
		safe := Clean(s)
		// Escapes make a text longer: one that was cut may be cut again.
		if again := Clean(safe); again != safe && utf8.RuneCountInString(safe) <= maxTextRunes {
			t.Errorf("cleaning again changes %q to %q", safe, again)
		}
		for _, r := range safe {
			if !unicode.IsPrint(r) {
				t.Fatalf("%U is left in %q", r, safe)
			}
		}
		lines := strings.Split(Wrap(safe, 0, width), "\n")
		for _, line := range lines {
			if Columns(line) > width && strings.Contains(strings.ReplaceAll(line, " >", ""), " ") && text.Advised(line) == nil {
				t.Errorf("%d columns of %d: %q", Columns(line), width, line)
			}
			if strings.TrimSpace(line) != line {
				t.Errorf("blanks at an end of %q", line)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeeze(strings.Join(lines, "")), squeeze(safe); got != want {
			t.Errorf("%q became %q", want, got)
		}
		for _, r := range ascii(safe) {
			if r >= 0x80 {
				t.Errorf("%U is left in %q", r, ascii(safe))
			}
		}
	})
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"", 10, ""},
		{"one two three", 7, "one two|three"},
		{"one two three", 8, "one two|three"},
		{"one two three", 13, "one two three"},
		{"a https://example.com/very/long b", 10, "a|https://example.com/very/long|b"},
		{"Setup > Users/Roles > Manage Roles", 12, "Setup >|Users/Roles >|Manage Roles"},
		{"日本語日本語", 7, "日本語|日本語"},
		{"日本語。日本語", 6, "日本|語。日|本語"},
		{"  a   b  ", 10, "a b"},
	} {
		if got := strings.ReplaceAll(Wrap(c.in, 0, c.width), "\n", "|"); got != c.want {
			t.Errorf("%q at %d: got %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "日本": 4, "e\u0301": 1, "ｗ": 2, "é": 1, "🙂": 2, "…": 1, "각": 2, "\u1100\u1161\u11a8": 2,
		"★": 1, "⭐": 2, "①": 1, "𠀀": 2, "Ω": 1, "ﾊ": 1} {
		if got := Columns(s); got != want {
			t.Errorf("%q: %d columns, want %d", s, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":           "plain",
		"a\nb\r\nc\td":    "a b c d",
		"a\rb":            `a\x0db`,
		"\x1b[31m":        `\x1b[31m`,
		"\x9b31m":         `\x9b31m`,
		"\u009b31m":       `\u009b31m`,
		"\U000e0041":      `\U000e0041`,
		"x\u00a0y":        `x\u00a0y`,
		"\ufffd":          "\ufffd",
		"日本 e\u0301 „ok“": "日本 e\u0301 „ok“",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	long := Clean(strings.Repeat("é", 1<<20))
	if n := len([]rune(long)); n > maxTextRunes+40 || !strings.HasSuffix(long, " [2089152 bytes more]") {
		t.Errorf("%d runes, ending in %q", n, long[len(long)-40:])
	}
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{
		"kid " + exampleCertificateID + ", iss " + exampleClientID + ".": "kid NPMnsa…Uk1o, iss 1c343a…50ad.",
		otherCertificateID: "-Kq7dV…M4tQ",
		"/keys/" + strings.Repeat("long-directory-name-", 4) + "k.pem": "/keys/" + strings.Repeat("long-directory-name-", 4) + "k.pem",
		exampleClientID + "0": exampleClientID + "0",
	} {
		if got := shorten(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestWrapText(t *testing.T) {
	const in = `A paragraph that is longer than
its width by some words.

Short
lines stay.

  2    cannot be written or read
  --a long name  what it does for you
  nsauth doctor --account 1234567 --client-id ID
`
	const want = `A paragraph that is longer
than its width by some
words.

Short
lines stay.

  2    cannot be written
       or read
  --a long name  what it
                 does for
                 you
  nsauth doctor --account 1234567 --client-id ID
`
	if got := WrapText(in, 26); got != want {
		t.Errorf("%s", got)
	}
}

// A command that names its profile stands on one line at any width. Where the rows do not hold
// it, or the sentence around it, it is left out.
func TestCommandsAreNotCut(t *testing.T) {
	const show = "nsauth profile show --config long.yaml --profile "
	for _, command := range []string{show + "nokey", show + "customer-north-america-production", show + `'it'\''s a'`, show + `"a b"`,
		"nsauth doctor --assertion FILE", "nsauth explain certificate-id.mismatch"} {
		for _, said := range []string{
			command + " lists every value and where it comes from.",
			"Set it in the file, or as a flag (" + command + " lists them), and read again what it says of each value.",
			"Every value: " + command + " --compare OTHER.",
		} {
			shown := 0
			for width := minWidth; width < 130; width++ {
				for rows := range 4 {
					p := newPage(TextOptions{Width: width})
					p.rowsOf(rows, 2, []span{{"1. ", plain}}, 5, span{said, plain})
					lines := p.b.String()
					if rows == 0 && !strings.Contains(lines, command) || strings.Contains(strings.ReplaceAll(lines, command, ""), "nsauth") {
						t.Fatalf("width %d, %d rows:\n%s", width, rows, lines)
					}
					if strings.Contains(lines, command) {
						shown++
					}
				}
			}
			if shown < 100 {
				t.Errorf("%s\nis shown %d times", said, shown)
			}
		}
	}
}
