package keys_test

import (
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// What keycheck, doctor and token do first.
func BenchmarkParseKey(b *testing.B) {
	for _, name := range []string{"rsa-4096.pem", "rsa-3072.pem", "ec-p256.pem"} {
		data := content(b, file(name))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := keys.ParseKey(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
