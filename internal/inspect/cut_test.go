package inspect

import (
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/capture"
)

func TestCutText(t *testing.T) {
	data, err := os.ReadFile("../../testdata/jwt/ps256.jwt")
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(data))
	parts := strings.Split(token, ".")
	curl := "curl -d 'grant_type=client_credentials&client_assertion=" + token + "' https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
	// fill makes the text n bytes long, with the token at its end.
	fill := func(n int, text string) string { return strings.Repeat("x", n-len(text)-1) + " " + text }
	inSignature := token[:len(token)-6]
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"whole", token, 0},
		{"whole curl", curl, 0},
		{"no JWT", "hello", 0},
		{"claims without a signature", parts[0] + "." + parts[1], 0},
		{"within the header", parts[0][:20], 20},
		{"within the claims", token[:len(parts[0])+40], len(parts[0]) + 40},
		{"after a dot", parts[0] + ".", len(parts[0]) + 1},
		{"claims that are no JSON", parts[0] + ".garbage", 0},
		{"a character of the signature is missing", parts[0] + "." + parts[1] + ".abcde", len(parts[0]) + len(parts[1]) + 7},
		{"a short signature", inSignature, 0},
		{"a short signature at a terminal's limit", fill(4095, inSignature), 4095},
		{"the same on macOS", fill(1024, inSignature[:700]) + "\n", 1024},
		{"a whole token at a terminal's limit", fill(4095, token), 0},
		{"nothing of the token at a terminal's limit", fill(1023, "curl"), 1023},
		{"a broken token elsewhere in a line at a terminal's limit", fill(4095, parts[0]+"."+parts[1]+" and more"), 0},
		{"within a quotation", curl[:120], 120},
		{"a quotation without end around a whole token", curl[:strings.LastIndex(curl, "'")], 0},
		{"a quotation without end in a variable", "curl -d 'grant_type=client_credentials&client_assertion=$JWT", 0},
		{"an apostrophe in a ticket", "It doesn't work:\ncurl -d 'client_assertion=" + parts[0] + "." + parts[1] + "' https://x.example/token", 0},
	} {
		got := 0
		if f := cutFault(capture.Read(tt.text)); f != nil {
			got = f.Evidence["bytes"].(int)
		}
		if got != tt.want {
			t.Errorf("%s: looks cut at %d bytes, want %d", tt.name, got, tt.want)
		}
	}
}
