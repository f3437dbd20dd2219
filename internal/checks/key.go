package checks

import (
	"context"
	"fmt"
	"slices"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
)

func checkKey(ctx context.Context, in *inputs) outcome {
	k := in.job.Pair.Key
	if k == nil {
		return outcome{findings: fault.Findings(in.job.Pair.KeyErr)}
	}
	return outcome{product: k, findings: withExposure(ctx, in.job.World, k, in.withoutNetSuiteRules(fault.OfKeys(k.Judge()))), summary: describeKey(k), facts: finding.KeyFacts{
		Type: k.Type, Bits: k.Bits, Curve: finding.Optional(k.Curve), Encoding: k.Encoding, Encrypted: k.Encrypted,
		SPKISHA256: k.SPKISHA256(),
	}}
}

// withExposure adds to judged, the findings about a key's content, those about its file.
func withExposure(ctx context.Context, w host.World, k *keys.Key, judged []finding.Finding) []finding.Finding {
	if k.Path == "" {
		return judged
	}
	e := host.ExposureOf(ctx, w, k.Path)
	var found []finding.Finding
	for _, f := range judged {
		if f.Code == "key.readable-by-others" {
			f = readableByOthers(w, e, f.Evidence)
		}
		found = append(found, f)
	}
	if len(e.Readers) > 0 {
		found = append(found, readableByOthers(w, e, finding.Evidence{"path": k.Path, "readers": e.Readers, "reason": "acl"}))
	}
	if e.WorkTree != "" && e.Git != host.GitIgnored {
		ev := finding.Evidence{"path": k.Path, "work_tree": e.WorkTree}
		ev.Set("target", e.Target)
		if e.Git != host.GitUntracked {
			ev["reason"] = string(e.Git)
		}
		found = append(found, catalog.New("key.in-git-work-tree", ev))
	}
	return found
}

// readableByOthers is the finding for a file that others may read. The mode of a
// file in a CI job's container says little: only the job runs there, and the file
// is often mounted with whatever mode the runner chose.
func readableByOthers(w host.World, e host.Exposure, ev finding.Evidence) finding.Finding {
	if e.Target != "" {
		ev["target"] = e.Target
		if ev["reason"] == nil {
			ev["reason"] = "link"
		}
	}
	if !host.InCI(w) {
		return catalog.New("key.readable-by-others", ev)
	}
	ev["ci"] = true
	return catalog.New("key.readable-by-others", ev).With(finding.Info)
}

func describeKey(k *keys.Key) string {
	what := k.Type + " " + k.Curve
	if k.Curve == "" {
		what = fmt.Sprintf("%s %d bits", k.Type, k.Bits)
	}
	what += ", " + k.Encoding
	switch {
	case !k.Encrypted:
	case k.Opened.NewlineCut:
		what += ", encrypted; the line break at the end of the passphrase file was left out"
	default:
		what += ", encrypted"
	}
	return what
}

// withoutNetSuiteRules leaves out NetSuite's own rules about keys where they do not hold. Less
// than 2048 bits of RSA no server may accept (RFC 7518, section 3.5).
func (in *inputs) withoutNetSuiteRules(findings []finding.Finding) []finding.Finding {
	if in.job.Profile.Server.KeySizes {
		return findings
	}
	return slices.DeleteFunc(findings, func(f finding.Finding) bool {
		bits, _ := f.Evidence["bits"].(int)
		tooSmall := f.Code == "key.rsa-too-small" || f.Evidence["reason"] == "rsa-too-small"
		return slices.Contains(netsuiteOnly, f.Code) && !(tooSmall && bits < 2048)
	})
}

// netsuiteOnly lists what only NetSuite minds.
var netsuiteOnly = []finding.Code{"key.rsa-too-small", "key.rsa-size-unsupported",
	"certificate.key-unsupported", "certificate.validity-too-long"}
