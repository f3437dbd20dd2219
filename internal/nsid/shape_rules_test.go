package nsid

import (
	"math/rand/v2"
	"testing"
)

// What is passed without a look at the rules is what no rule matches.
func TestFastPathAgreesWithRules(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ids := []struct {
		letters string
		length  int
		shape   func(string) string
		rules   []rule
	}{
		{"0123456789abcdef", 64, ClientIDShape, clientIDRules},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 43, CertificateIDShape, certificateIDRules},
	}
	for _, id := range ids {
		passed := 0
		for range 2000 {
			s := make([]byte, id.length+random.IntN(3)-1)
			for i := range s {
				s[i] = id.letters[random.IntN(len(id.letters))]
			}
			if random.IntN(3) == 0 {
				s[random.IntN(len(s))] = "A-_+/= \n\r.:g\x80"[random.IntN(13)]
			}
			got, want := id.shape(string(s)), shape(string(s), id.rules)
			if got != want {
				t.Fatalf("%q: %q, by the rules %q", s, got, want)
			}
			if got == "" {
				passed++
			}
		}
		if passed < 50 {
			t.Errorf("only %d of them were of the right shape", passed)
		}
	}
}
