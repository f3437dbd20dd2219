package diagnosis

import (
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// noCause are codes that no refusal follows from: what was repaired, what is only
// about a file's neighbourhood, and what could not be looked at.
var noCause = map[finding.Code]bool{
	"key.readable-by-others": true, "key.in-git-work-tree": true,
	"certificate.unreadable": true, "certificate.not-a-certificate": true, "certificate.unparsable": true, // the token needs no certificate file
	"certificate.validity-too-long": true, // shortened, not refused; it moves a member of the set
	"assertion.keys-unavailable":    true, "clock.unmeasured": true,
	"assertion.access-token-expired": true, // a matter of calls
}

// Every code that a run can raise before and at the token has its place in the
// tables, so that a new one is thought of; and the tables name no code that is not.
func TestEveryCodeHasItsPlace(t *testing.T) {
	for _, e := range catalog.All() {
		family, _, _ := strings.Cut(string(e.Code), ".")
		_, suspect := suspects()[e.Code]
		switch family {
		case "profile", "key", "certificate", "certificate-id", "assertion", "request", "clock", "network", "token":
			if !suspect && !slices.Contains(tables().Reach, e.Code) && !slices.Contains(tables().Refusals, e.Code) && !slices.Contains(tables().Announces, e.Code) && !noCause[e.Code] && e.Severity != finding.Info {
				t.Errorf("%s (%s) is in no table of the diagnosis", e.Code, e.Severity)
			}
		case "setup":
			if catalog.Unseen()[e.Code] == "" {
				t.Errorf("nothing says why %s cannot be told from here", e.Code)
			}
			for name, order := range map[string][]finding.Code{"prior": tables().PriorOrder, "after it worked": tables().WhenItWorked} {
				n := 0
				for _, code := range order {
					if code == e.Code {
						n++
					}
				}
				if n != 1 {
					t.Errorf("%s stands %d times in the order %s", e.Code, n, name)
				}
			}
		}
		if suspect && (noCause[e.Code] || slices.Contains(tables().Reach, e.Code) || slices.Contains(tables().Refusals, e.Code)) {
			t.Errorf("%s is in two tables", e.Code)
		}
	}
	known := func(code finding.Code, where string) {
		if _, ok := catalog.Lookup(code); !ok {
			t.Errorf("%s: %s is not in the catalog", where, code)
		}
	}
	for code := range suspects() {
		known(code, "suspects")
	}
	for _, code := range tables().Reach {
		known(code, "reach")
	}
	for code, set := range tables().Hints {
		for _, member := range set {
			known(member, string(code))
		}
	}
	for code, a := range tables().AmbiguousCalls {
		known(code, "ambiguousCalls")
		for _, member := range a.Set {
			known(member, string(code))
			if catalog.BehindCall()[member] == "" {
				t.Errorf("nothing says why %s can stand behind %s", member, code)
			}
		}
	}
	for code := range tables().Disproved {
		known(code, "disproved")
	}
	for name, codes := range tables().WhenChanged {
		for _, code := range codes {
			known(code, name)
		}
	}
	for _, x := range exclusions() {
		known(x.code, "exclusions")
	}
}
