package cmd

import (
	"strings"
	"testing"
)

// A secret that is pasted in the wrong place is refused, and said by no word of ours.
func TestSecretsAtQuestions(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7-----END PRIVATE KEY-----"
	const token = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIzOy01In0.c2lnbmF0dXJl"
	for _, secret := range []string{key, token} {
		for _, tt := range []struct {
			args []string
			in   []string
		}{
			{[]string{"doctor", "--demo", "mapping-missing", "--ask"}, []string{"?", secret, "?", secret}},
			{[]string{"doctor", "--offline", "--ask"}, []string{secret, "1234567", secret, strings.Repeat("1c", 32), secret}},
			{[]string{"checklist", "--ask"}, []string{secret, "y", secret}},
			{[]string{"profile", "init", "--ask"}, []string{secret, "prod", secret, "1234567", secret, strings.Repeat("1c", 32), secret, "quit"}},
		} {
			r := nsauth(t, setup{stdin: strings.Join(tt.in, "\n") + "\n"}, tt.args...)
			if said := r.stdout + r.stderr; strings.Contains(said, secret) || strings.Contains(said, secret[8:30]) || !strings.Contains(said, "> ") {
				t.Errorf("%v: exit %d\n%s", tt.args, r.code, said)
			}
		}
	}
}
