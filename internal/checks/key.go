package checks

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
)

func checkKey(ctx context.Context, in *inputs) outcome {
	k := in.job.Pair.Key
	switch {
	case k == nil && in.job.Pair.KeyErr == nil && in.job.Folder != nil:
		return in.judgeKeysInFolder(ctx)
	case k == nil:
		found := fault.Findings(in.job.Pair.KeyErr)
		if of, other, swapped := in.job.Pair.Swapped(); swapped {
			ev := finding.Evidence{"reason": "swapped", "certificate": other.Evidence["path"]}
			maps.Copy(ev, of.Evidence)
			found = []finding.Finding{catalog.New("key.not-a-private-key", ev)}
		}
		return outcome{findings: found}
	}
	return outcome{product: k, summary: describeKey(k), findings: append(in.judgeKey(ctx, k), in.otherKeys(ctx, k)...), facts: finding.KeyFacts{
		Type: k.Type, Bits: k.Bits, Curve: finding.Optional(k.Curve), Encoding: k.Encoding, Encrypted: k.Encrypted,
		SPKISHA256: k.SPKISHA256(),
	}}
}

// judgeKey says what is wrong with a key and with its file.
func (in *inputs) judgeKey(ctx context.Context, k *keys.Key) []finding.Finding {
	return withExposure(ctx, in.job.World, k, in.withoutNetSuiteRules(fault.OfKeys(k.Judge())))
}

// withExposure adds the findings about a key's file to judged, those about its content.
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
		ev.Set("new_key_type", keys.TypeName(k.Type, k.Curve, k.Bits))
		if e.Git != host.GitUntracked {
			ev["reason"] = string(e.Git)
		}
		found = append(found, catalog.New("key.in-git-work-tree", ev))
	}
	return found
}

// readableByOthers is the finding for a file that others may read. In a CI job it is
// only information: no other user works in its container, and the runner often chooses
// the file's mode.
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
	if k.Encrypted {
		what += ", encrypted"
		if k.Opened.From == "empty" {
			what += " with the empty passphrase"
		}
		if k.Opened.NewlineCut {
			what += "; the line break at the end of the passphrase file was ignored"
		}
	}
	return what
}

// withoutNetSuiteRules drops the findings about NetSuite's own rules for keys where the
// server is another one. RSA keys below 2048 bits stay findings: no server may accept
// them (RFC 7518, section 3.5).
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

// netsuiteOnly lists the findings about rules that only NetSuite has.
var netsuiteOnly = []finding.Code{"key.rsa-too-small", "key.rsa-size-unsupported",
	"certificate.key-unsupported", "certificate.validity-too-long"}
