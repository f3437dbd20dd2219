package diagnosis_test

import (
	"testing"

	"github.com/nsauth/nsauth/internal/diagnosis"
)

// BenchmarkDiagnose is the whole diagnosis of a bare refusal, with a record.
func BenchmarkDiagnose(b *testing.B) {
	results, c := refused("token.server-error"), diagnosis.Context{Sandbox: true, Worked: record()}
	for b.Loop() {
		diagnosis.Diagnose(results, c)
	}
}
