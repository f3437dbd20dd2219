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
			{[]string{"doctor", "--demo", "mapping-missing", "--ask"}, []string{"d", secret, "d", secret}},
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

// A key of many lines is one wrong answer, with the marks of a paste and without. The
// word after it is the next answer. One that was cut ends with the word that leaves.
func TestPastedKeyIsOneAnswer(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n", 38) + "-----END PRIVATE KEY-----"
	const said = "A key or certificate does not belong here. nsauth did not read it."
	for name, pasted := range map[string]string{"plain": key, "marked": "\x1b[200~" + key + "\x1b[201~", "CRLF": strings.ReplaceAll(key, "\n", "\r\n"),
		"cut": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN"} {
		for _, args := range [][]string{{"profile", "init", "p", "--ask", "--account", "1234567"}, {"checklist", "--ask"}} {
			r := nsauth(t, setup{stdin: pasted + "\nquit\n"}, args...)
			want := map[bool]int{true: 0, false: 1}[name == "cut"]
			if n := strings.Count(r.stderr, said); n != want || strings.Contains(r.stderr, "anyway") {
				t.Errorf("%s, %v: said %d times\n%s", name, args, n, r.stderr)
			}
		}
	}
}

// A question mark shows what the answers mean, and is none.
func TestQuestionMarkIsHelp(t *testing.T) {
	for _, args := range [][]string{{"doctor", "--demo", "mapping-missing", "--ask"}, {"checklist", "--ask"}} {
		r := nsauth(t, setup{stdin: "?\nquit\n"}, args...)
		if !strings.Contains(r.stderr, "quit ends the questions. ") || strings.Contains(r.stderr, "Noted.") {
			t.Errorf("%v\n%s", args, r.stderr)
		}
	}
}
