package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
)

// Many profiles have many IDs: each text is held against those that can be there, not against
// all. IDs keep their placeholders over the whole document.
func BenchmarkMaskMany(b *testing.B) {
	doc := many(400)
	for b.Loop() {
		Mask(doc)
	}
}

func many(n int) *finding.Reports {
	doc := &finding.Reports{}
	for i := range n {
		account, id := fmt.Sprint(2000000+i), fmt.Sprintf("%064x", i+1)
		r := &finding.Report{Profile: &finding.Subject{Account: &account, ClientID: &id}}
		for range 20 {
			r.Notes = append(r.Notes, strings.Repeat("a sentence of a report ", 10)+account+" and "+id)
		}
		doc.Reports = append(doc.Reports, r)
	}
	return doc
}

func TestMaskMany(t *testing.T) {
	masked := Mask(many(30))
	for i, r := range masked.Reports {
		want := "<account>"
		if i > 0 {
			want = fmt.Sprintf("<account-%d>", i+1)
		}
		if *r.Profile.Account != want || !strings.HasSuffix(r.Notes[0], want+" and "+*r.Profile.ClientID) || strings.Contains(r.Notes[0], "00000") {
			t.Errorf("%d: %s, %s", i, *r.Profile.Account, r.Notes[0])
		}
	}
}
