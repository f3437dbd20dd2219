package explain

import (
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/secretscan"
)

// expired replaces the meaning of a token that has expired.
const expired = "It has expired and is useless now. If it had already expired when the request was made, that alone explains a refusal."

// exposed describes the secrets that were found, by kind, expired ones last.
func exposed(found []secretscan.Secret) []finding.Exposure {
	var list []finding.Exposure
	for _, x := range catalog.Secrets() {
		var last time.Time
		for _, s := range found {
			if s.Kind != x.Kind {
				continue
			}
			x.Count++
			if last.Before(s.Expires) {
				last = s.Expires
			}
			if x.Live == "" || rank(s.Live) < rank(x.Live) {
				x.Live = s.Live
			}
		}
		if x.Count == 0 {
			continue
		}
		if x.Live == secretscan.LiveNo {
			x.Meaning = expired
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
