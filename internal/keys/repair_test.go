package keys_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/nsauth/nsauth/internal/keys"
)

func inUTF16(text string, low int) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		pair := [2]byte{}
		pair[low], pair[1-low] = byte(u), byte(u>>8)
		b.Write(pair[:])
	}
	return b.String()
}

func wrapped(text string, width int) string {
	var b strings.Builder
	for len(text) > width {
		b.WriteString(text[:width] + "\n")
		text = text[width:]
	}
	return b.String() + text + "\n"
}

// damages are what transports do to a PEM file, and what is said of it. Each is
// undone without a guess.
var damages = []struct {
	name    string
	damage  func(pem string) string
	repairs []keys.Repair
}{
	{"nothing", func(s string) string { return s }, nil},
	{"byte order mark", func(s string) string { return "\xef\xbb\xbf" + s }, []keys.Repair{keys.RepairByteOrderMark}},
	{"UTF-16", func(s string) string { return "\xff\xfe" + inUTF16(s, 0) }, []keys.Repair{keys.RepairUTF16}},
	{"UTF-16, big end first", func(s string) string { return "\xfe\xff" + inUTF16(s, 1) }, []keys.Repair{keys.RepairUTF16}},
	{"UTF-16 without mark", func(s string) string { return inUTF16(s, 0) }, []keys.Repair{keys.RepairUTF16}},
	{"UTF-16, big end first, without mark", func(s string) string { return inUTF16(s, 1) }, []keys.Repair{keys.RepairUTF16}},
	{"UTF-16 without mark, after a name that is not ASCII", func(s string) string { return inUTF16("\u540d\u524d\n"+s, 0) },
		[]keys.Repair{keys.RepairUTF16, keys.RepairTextAround}},
	{"the same, big end first", func(s string) string { return inUTF16("\u540d\u524d\n"+s, 1) },
		[]keys.Repair{keys.RepairUTF16, keys.RepairTextAround}},
	{"PowerShell", func(s string) string { return "\xff\xfe" + inUTF16(strings.ReplaceAll(s, "\n", "\r\n"), 0) },
		[]keys.Repair{keys.RepairUTF16, keys.RepairCRLF}},
	{"literal newlines", func(s string) string { return strings.ReplaceAll(s, "\n", `\n`) },
		[]keys.Repair{keys.RepairLiteralNewlines}},
	{"literal newlines, no last one", func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", `\n`) },
		[]keys.Repair{keys.RepairLiteralNewlines, keys.RepairNoFinalNewline}},
	{"literal CRLF", func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", `\r\n`) + "\n" },
		[]keys.Repair{keys.RepairLiteralNewlines}},
	{"doubled backslashes", func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", `\\n`) + "\n" },
		[]keys.Repair{keys.RepairLiteralNewlines}},
	{"in a JSON string", func(s string) string { return `{"key":"` + strings.ReplaceAll(s, "\n", `\n`) + `"}` },
		[]keys.Repair{keys.RepairLiteralNewlines, keys.RepairTextAround}},
	{"in .NET's and PHP's JSON", func(s string) string {
		return `{"key":"` + strings.NewReplacer("\n", `\n`, "+", `\u002B`, "/", `\/`).Replace(s) + `"}`
	}, []keys.Repair{keys.RepairLiteralNewlines, keys.RepairTextAround}},
	{"lost backslashes", func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "n") + "\n" },
		[]keys.Repair{keys.RepairLostBackslashes}},
	{"lost backslashes of CRLF", func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "rn") + "\n" },
		[]keys.Repair{keys.RepairLostBackslashes}},
	{"spaces for newlines", func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", " ") + "\n" },
		[]keys.Repair{keys.RepairSpaces}},
	{"no-break spaces for newlines", func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "\u00a0") + "\n" },
		[]keys.Repair{keys.RepairSpaces, keys.RepairInvisible}},
	{"old Macintosh line ends", func(s string) string { return strings.ReplaceAll(s, "\n", "\r") }, []keys.Repair{keys.RepairOneLine}},
	{"zero-width spaces", func(s string) string { return strings.ReplaceAll(s, "\n", "\u200b\n") }, []keys.Repair{keys.RepairInvisible, keys.RepairTextAround}},
	{"indented", func(s string) string { return strings.TrimRight("  "+strings.ReplaceAll(s, "\n", "\n  "), " ") },
		[]keys.Repair{keys.RepairIndented}},
	{"in YAML", func(s string) string {
		return "key: |\n" + strings.TrimRight("  "+strings.ReplaceAll(s, "\n", "\n  "), " ")
	},
		[]keys.Repair{keys.RepairIndented, keys.RepairTextAround}},
	{"in an answered mail", func(s string) string {
		return "You wrote:\n" + strings.TrimSuffix("> > "+strings.ReplaceAll(s, "\n", "\n> > "), "> > ") + "\nThanks\n"
	}, []keys.Repair{keys.RepairQuoted, keys.RepairTextAround}},
	{"in a mail without blanks", func(s string) string { return strings.TrimSuffix(">"+strings.ReplaceAll(s, "\n", "\n>"), ">") },
		[]keys.Repair{keys.RepairQuoted}},
	{"CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, []keys.Repair{keys.RepairCRLF}},
	{"text around", func(s string) string { return "Dear admin,\nhere it is:\n" + s + "regards\n" }, []keys.Repair{keys.RepairTextAround}},
	{"shell assignment", func(s string) string { return `KEY="` + strings.TrimSpace(s) + "\"\n" }, []keys.Repair{keys.RepairTextAround}},
	{"no final newline", strings.TrimSpace, []keys.Repair{keys.RepairNoFinalNewline}},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }, []keys.Repair{keys.RepairBase64}},
	{"base64, wrapped", func(s string) string { return wrapped(base64.StdEncoding.EncodeToString([]byte(s)), 76) }, []keys.Repair{keys.RepairBase64}},
	{"base64url", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }, []keys.Repair{keys.RepairBase64}},
	{"base64 in quotes", func(s string) string { return `"` + base64.StdEncoding.EncodeToString([]byte(s)) + `"` }, []keys.Repair{keys.RepairBase64}},
	{"base64 twice", func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	}, []keys.Repair{keys.RepairBase64}},
	{"base64 of UTF-16", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("\xff\xfe" + inUTF16(s, 0))) },
		[]keys.Repair{keys.RepairUTF16, keys.RepairBase64}},
}

// On one line there is no more than the base64 itself.
func onOneLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[0] + strings.Join(lines[1:len(lines)-1], "") + lines[len(lines)-1] + "\n"
}

func TestRepairs(t *testing.T) {
	for _, name := range []string{"ec-p256", "ec-p256-sec1", "ec-p521", "rsa-3072", "rsa-3072-pkcs1", "rsa-pss-3072-sha512"} {
		whole := string(content(t, file(name+".pem")))
		want := loadKey(t, name+".pem")
		for _, tt := range damages {
			t.Run(name+"/"+tt.name, func(t *testing.T) { sameAfter(t, tt.damage(whole), want, tt.repairs) })
		}
		t.Run(name+"/one line", func(t *testing.T) { sameAfter(t, onOneLine(whole), want, []keys.Repair{keys.RepairOneLine}) })
	}
}

func sameAfter(t *testing.T, text string, want *keys.Key, repairs []keys.Repair) {
	t.Helper()
	got, err := keys.ParseKey([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got.SPKISHA256() != want.SPKISHA256() || got.Type != want.Type || got.Encoding != want.Encoding {
		t.Errorf("another key was read: %v, want %v", got, want)
	}
	if !slices.Equal(got.Repairs, repairs) {
		t.Errorf("repairs %v, want %v", got.Repairs, repairs)
	}
	var said []string
	for _, f := range got.Judge() {
		if f.Kind == keys.KindRepaired {
			said, _ = f.Evidence["repairs"].([]string)
		}
	}
	if fmt.Sprint(said) != fmt.Sprint(repairs) {
		t.Errorf("said %v, done %v", said, repairs)
	}
}

// Lines may be as long as MIME's, and the n of a lost backslash is told from the
// n of base64 by that.
func TestRepairLongLines(t *testing.T) {
	for _, name := range []string{"ec-p256.pem", "rsa-3072.pem"} {
		want := loadKey(t, name)
		lines := strings.Split(strings.TrimSpace(string(content(t, file(name)))), "\n")
		body := strings.TrimSpace(wrapped(strings.Join(lines[1:len(lines)-1], ""), 76))
		whole := lines[0] + "\n" + body + "\n" + lines[len(lines)-1]
		sameAfter(t, strings.ReplaceAll(whole, "\n", "n")+"\n", want, []keys.Repair{keys.RepairLostBackslashes})
	}
}

// Repeated numbers must agree, and surplus bits after the last byte are rejected.
func TestOnlyOneEncodingIsAccepted(t *testing.T) {
	text := string(content(t, file("rsa-3072.pem"))) // ends in one "="
	i := strings.LastIndex(text, "=") - 1
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	loose := text[:i] + string(digits[strings.IndexByte(digits, text[i])+1]) + text[i+1:]
	if strings.Contains(text[i-1:], "==") || text == loose {
		t.Fatal("the file ends in another way")
	}
	_, err := keys.ParseKey([]byte(loose))
	wantFault(t, err, keys.ObjectKey, keys.KindUnparsable, "bad-base64")

	block, _ := pem.Decode(content(t, file("rsa-3072-pkcs1.pem")))
	for _, back := range []int{1, 200, 400} { // in qInv, dQ and dP
		der := bytes.Clone(block.Bytes)
		der[len(der)-back] ^= 1
		_, err := keys.ParseKey(der)
		wantFault(t, err, keys.ObjectKey, keys.KindUnparsable, "inconsistent")
	}
}

// What holds no PEM at all: base64 of the bytes themselves.
func TestRepairBareBase64(t *testing.T) {
	der := content(t, file("ec-p256-pkcs8.der"))
	want := loadKey(t, "ec-p256-pkcs8.der")
	text := base64.StdEncoding.EncodeToString(der)
	for _, text := range []string{text, wrapped(text, 64), wrapped(text, 76), base64.RawURLEncoding.EncodeToString(der)} {
		sameAfter(t, text, want, []keys.Repair{keys.RepairBase64})
	}
}

// The last line end belongs to the block, however it is written, and is not text after
// it.
func TestLastLineEndBelongsToTheBlock(t *testing.T) {
	text := string(content(t, file("ec-p256.pem")))
	for end, want := range map[string]keys.Repair{`\n`: keys.RepairLiteralNewlines, `\r\n`: keys.RepairLiteralNewlines,
		"n": keys.RepairLostBackslashes, "rn": keys.RepairLostBackslashes} {
		key, err := keys.ParseKey([]byte(strings.ReplaceAll(text, "\n", end)))
		if err != nil || !slices.Equal(key.Repairs, []keys.Repair{want}) {
			t.Errorf("%q: %v, %v", end, key, err)
		}
	}
}

// Certificates pass through the same transports.
func TestRepairCertificates(t *testing.T) {
	whole := string(content(t, file("rsa-3072-cert.pem")))
	want := loadCertificate(t, "rsa-3072-cert.pem").ID()
	for _, tt := range damages {
		t.Run(tt.name, func(t *testing.T) {
			got, err := keys.ParseCertificate([]byte(tt.damage(whole)))
			if err != nil {
				t.Fatal(err)
			}
			if got.ID() != want || !slices.Equal(got.Repairs, tt.repairs) {
				t.Errorf("ID %s, repairs %v, want %s, %v", got.ID(), got.Repairs, want, tt.repairs)
			}
		})
	}
}

// Where a repair would be a guess there is none, and the line is named.
func TestNoGuess(t *testing.T) {
	whole := string(content(t, file("rsa-3072.pem")))
	lines := strings.SplitAfter(strings.TrimSpace(whole), "\n")
	without := func(i int) string { return strings.Join(slices.Concat(lines[:i], lines[i+1:]), "") }
	last := len(lines) - 1
	for _, tt := range []struct {
		name, text, reason string
		line               int
	}{
		{"cut off in line 6", strings.Join(lines[:5], "") + lines[5][:20], "truncated", 6},
		{"no END line", strings.Join(lines[:last], ""), "truncated", last},
		{"a short line", strings.Replace(whole, lines[7], lines[7][:30]+"\n", 1), "bad-base64", 8},
		{"a short line of whole bytes", strings.Replace(whole, lines[7], lines[7][:32]+"\n", 1), "truncated", 8},
		{"a short first line", strings.Replace(whole, lines[1], lines[1][:60]+"\n", 1), "truncated", 2},
		{"a short first line of odd bytes", strings.Replace(whole, lines[1], lines[1][:30]+"\n", 1), "bad-base64", 2},
		{"a star in line 5", strings.Replace(whole, lines[4], "*"+lines[4][1:], 1), "bad-base64", 5},
		{"three lines are missing", strings.Join(slices.Concat(lines[:4], lines[7:]), ""), "truncated", 0},
		{"line 5 is missing", without(4), "truncated", 0},
		{"text before a cut key", "hello\n\n" + strings.Join(lines[:5], ""), "truncated", 7},
		{"another END line", strings.Replace(whole, "END PRIVATE", "END RSA PRIVATE", 1), "end-line-differs", last + 1},
		{"no dashes", strings.Replace(whole, "-----BEGIN", "BEGIN", 1), "damaged-header", 1},
		{"without its first line of base64", without(1), "bad-der", 0},
		{"lost backslashes and a letter", strings.Replace(strings.ReplaceAll(whole, "\n", "n"), "nMII", "nMI", 1), "bad-base64", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := keys.ParseKey([]byte(tt.text))
			if key != nil {
				t.Fatalf("read %v", key)
			}
			fault := wantFault(t, err, keys.ObjectKey, keys.KindUnparsable, tt.reason)
			if line, _ := fault.Evidence["line"].(int); line != tt.line {
				t.Errorf("line %d, want %d", line, tt.line)
			}
			quotesNothing(t, fault, tt.text)
		})
	}
}

// quotesNothing fails if a fault repeats any eight bytes of the text in a row,
// but for the words of its own labels.
func quotesNothing(t testing.TB, fault *keys.Fault, text string) {
	t.Helper()
	said := fmt.Sprint(fault, fault.Reason, fault.Evidence, fault.Err)
	for _, ours := range []string{"label", "expected_label", "curve"} { // names that are public
		said = strings.ReplaceAll(said, fmt.Sprint(fault.Evidence[ours]), "")
	}
	for i := 0; i+8 <= len(said); i++ {
		if part := said[i : i+8]; bytes.Contains([]byte(text), []byte(part)) {
			t.Fatalf("the fault repeats %q: %s", part, said)
		}
	}
}

// An encrypted PEM file goes through the same transports, whatever its base64
// begins with: an n of it is none of the line ends before it.
func TestRepairEncrypted(t *testing.T) {
	want := loadKey(t, "ec-p256.pem")
	block, _ := pem.Decode(content(t, file("ec-p256-encrypted-rfc1423.pem")))
	//lint:ignore SA1019 the form under test
	der, err := x509.DecryptPEMBlock(block, []byte(throwaway))
	if err != nil {
		t.Fatal(err)
	}
	for _, first := range []string{"n", "r", "rn", "M"} {
		var text string
		for tries := 0; !strings.HasPrefix(text, first); tries++ { // another salt each time
			if tries > 200_000 {
				t.Fatalf("no file begins with %q", first)
			}
			//lint:ignore SA1019 the form under test
			again, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", der, []byte(throwaway), x509.PEMCipherAES256)
			if err != nil {
				t.Fatal(err)
			}
			text = base64.StdEncoding.EncodeToString(again.Bytes)
			block = again
		}
		whole := string(pem.EncodeToMemory(block))
		for _, tt := range damages {
			damaged := tt.damage(whole)
			l := &keys.Loader{Stdin: strings.NewReader(damaged), Ask: (&person{answers: []string{throwaway}}).ask}
			got, err := l.Key(t.Context(), keys.Source{Name: "-"})
			if err != nil {
				t.Errorf("base64 begins with %q, %s: %v", first, tt.name, err)
				continue
			}
			if got.SPKISHA256() != want.SPKISHA256() || !got.Encrypted {
				t.Errorf("base64 begins with %q, %s: read %v", first, tt.name, got)
			}
		}
	}
}
