package netsuite

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nsauth/nsauth/internal/secret"
)

// The secrets of the tests below: a token and its signature alone, and one that
// begins like itself.
var hiderSecrets = [][]string{
	{"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIzOy01In0.cGxhbnRlZC1zaWduYXR1cmU", "cGxhbnRlZC1zaWduYXR1cmU"},
	{"aaaaaaaaaaaaaaaaab"}, {"abababababababababac", "ababababac"},
}

var hiderSeeds = []string{
	"", "nothing", hiderSecrets[0][0], "x" + hiderSecrets[0][0] + hiderSecrets[0][1] + "y", hiderSecrets[0][0][:40] + hiderSecrets[0][0],
	hiderSecrets[0][0][:50], "aaaaaaaaaaaaaaaaaaaaaaaab aaaaaaaaaaaaaaaaa", "ababababababababababababac ababac", "\xff\x00" + hiderSecrets[0][1][:10],
}

// However the reads cut a text, what comes out is the text with a secret.Placeholder in
// place of every secret.
func FuzzHider(f *testing.F) {
	if len(hiderSeeds) < 8 {
		f.Fatal("the seeds are missing")
	}
	for _, s := range hiderSeeds {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, text string, size int) {
		for _, secrets := range hiderSecrets {
			want := text
			for _, s := range secrets {
				want = strings.ReplaceAll(want, s, secret.Placeholder)
			}
			for name, cut := range map[string]func(io.Reader) io.Reader{
				"whole": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader, "by halves": iotest.HalfReader,
				"with its end": iotest.DataErrReader, "in parts": func(r io.Reader) io.Reader { return parted{r, 1 + max(0, size)%100} },
			} {
				got, err := io.ReadAll(newRedactor(cut(strings.NewReader(text)), secrets))
				if err != nil || string(got) != want {
					t.Fatalf("%s: %q becomes %q, want %q (%v)", name, text, got, want, err)
				}
			}
		}
	})
}

// parted reads so many bytes at once.
type parted struct {
	io.Reader
	size int
}

func (p parted) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.size)]) }
