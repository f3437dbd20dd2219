package explain

import (
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/secretscan"
)

// ended is what there is to say of a token that has.
const ended = "It has ended, so nobody can use it any more. If that was so already when the request was made, it alone explains a refusal."

// exposed names the secrets that were found.
func exposed(found []secretscan.Secret) []finding.Exposure {
	var list []finding.Exposure
	for _, x := range catalog.Secrets() {
		var last time.Time
		for _, s := range found {
			if s.Kind != x.Kind {
				continue
			}
			x.Count++
			if last.Before(s.Ends) {
				last = s.Ends
			}
			if x.Live == "" || rank(s.Live) < rank(x.Live) {
				x.Live = s.Live
			}
		}
		if x.Count == 0 {
			continue
		}
		if x.Live == secretscan.LiveNo {
			x.Meaning = ended
		}
		if !last.IsZero() {
			ends := last.UTC().Format(time.RFC3339)
			x.EndsAt = &ends
		}
		list = append(list, x)
	}
	slices.SortStableFunc(list, func(a, b finding.Exposure) int {
		return boolInt(a.Live == secretscan.LiveNo) - boolInt(b.Live == secretscan.LiveNo)
	})
	return list
}

func rank(live string) int {
	return slices.Index([]string{secretscan.LiveYes, secretscan.LiveUnknown, secretscan.LiveNo}, live)
}
