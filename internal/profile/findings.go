package profile

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/text"
)

// Required lists the settings that are required for a token, or for a TBA signature. A
// given assertion needs no key, and names its signer itself.
func (p *Profile) Required() []Field {
	if p.TBA() {
		var fields []Field
		for _, pair := range tbaSettings {
			fields = append(fields, pair[0])
		}
		return fields
	}
	settings := p.Server.Settings
	if p.assertionGiven {
		settings = p.Server.SettingsGiven
	}
	var fields []Field
	for _, name := range settings {
		fields = append(fields, Field(name))
		if Field(name) == FieldKey && p.Text(FieldSignCommand) != "" {
			fields = append(fields, FieldPublicKey)
		}
	}
	return fields
}

// Missing lists the required settings that have no value.
func (p *Profile) Missing() []Field { return slices.DeleteFunc(p.Required(), p.has) }

// Lacks reports whether a setting has no value but the server requires it in an
// assertion.
func (p *Profile) Lacks(f Field) bool {
	return slices.Contains(p.Required(), f) && !p.has(f)
}

// Unset reports whether nothing is configured: no profile is in use, and no value comes
// from a flag, the environment or an answer, not even from a misspelled variable.
func (p *Profile) Unset() bool {
	for _, v := range p.values {
		if v.Source.Kind != SourceDefault {
			return false
		}
	}
	return p.Name == "" && !p.assertionGiven && !slices.ContainsFunc(p.Missing(), func(f Field) bool {
		info, _ := Lookup(f)
		stray, _ := p.strayVariable(info)
		return stray != ""
	})
}

func (p *Profile) has(f Field) bool {
	_, ok := p.values[f]
	return ok || f == FieldKey && (p.HasKey() || p.Text(FieldSignCommand) != "") || f == FieldPublicKey && p.HasKey() || slices.ContainsFunc(tbaSettings, func(pair [2]Field) bool {
		return pair[0] == f && pair[1] != "" && p.Text(pair[1]) != ""
	})
}

// HasKey reports whether the profile names the private key. One that a command signs with
// needs its public half too, which its certificate has.
func (p *Profile) HasKey() bool {
	if p.Text(FieldSignCommand) != "" {
		return p.Text(FieldPublicKey) != "" || p.Text(FieldCert) != ""
	}
	return p.Text(FieldKey) != "" || p.Text(FieldKeyCommand) != ""
}

// InNoFile reports whether a file setting names something else: standard input, a
// variable or a file descriptor.
func (p *Profile) InNoFile(f Field) bool {
	info, _ := Lookup(f)
	return info.Content && isNoFile(p.Text(f))
}

// Findings lists missing, malformed and unusual values, in a stable order. The
// severities come from the catalog.
func (p *Profile) Findings() []finding.Finding {
	var out []finding.Finding
	for _, f := range p.Missing() {
		info, _ := Lookup(f)
		ev := finding.Evidence{"name": string(f), "env": info.Env}
		if info.Flag != "" {
			ev["flag"], ev["reason"] = "--"+info.Flag, info.Flag
		}
		if stray, meant := p.strayVariable(info); stray != "" {
			ev["found"], ev["nearest"] = stray, meant
		}
		ev.Set("empty", p.empty[f])
		out = append(out, catalog.New("profile.missing-value", ev))
	}
	if p.Unset() && len(out) > 0 {
		out[0].Evidence["profiles"] = p.Profiles
	}
	out = append(out, p.shapes()...)
	if v, ok := p.Get(FieldAlgorithm); ok && !slices.Contains(algorithms(), v.Text) {
		ev := evidence(FieldAlgorithm, v)
		ev["known"] = algorithms()
		if n := text.Nearest(v.Text, algorithms()); n != "" {
			ev["nearest"] = n
		}
		out = append(out, catalog.New("profile.algorithm-unknown", ev))
	}
	// Plain http was refused everywhere but to this machine, where no one listens
	// in: worth knowing, not worth a failure.
	for _, f := range []Field{FieldTokenURL, FieldAPIURL} {
		v, ok := p.Get(f)
		if u, err := url.Parse(v.Text); ok && err == nil && u.Scheme == "http" {
			ev := evidence(f, v)
			ev["reason"] = "loopback"
			out = append(out, catalog.New("profile.insecure-url", ev).With(finding.Info))
		}
	}
	if ev, mixed := p.mixedSources(); mixed {
		out = append(out, catalog.New("profile.mixed-sources", ev))
	}
	for _, s := range p.Values() {
		if n := len(s.Value.Repairs); n > 0 {
			out = append(out, catalog.New("profile.value-repaired", finding.Evidence{
				"name": string(s.Field), "source": s.Value.Source.String(), "used": s.Value.Text,
				"reason": s.Value.Repairs[n-1], "repairs": slices.Clone(s.Value.Repairs)}))
		}
	}
	return out
}

// strayVariable is a variable that is not read for f and seems to be meant for it, and
// what nsauth calls it; "" if there is none.
func (p *Profile) strayVariable(f FieldInfo) (name, meant string) {
	name, meant = p.misspelledVariable(f)
	if name == "" || f.Content { // the name of a key's content is near that of its path
		if other, is := p.otherVariable(f); other != "" {
			return other, is
		}
	}
	return name, meant
}

// misspelledVariable is an environment variable that is a misspelling of one of f's,
// and the correct name; "" if there is none.
func (p *Profile) misspelledVariable(f FieldInfo) (name, meant string) {
	known := variables()
	for _, name := range p.envNames() {
		upper := strings.ToUpper(name)
		ours := strings.HasPrefix(upper, "NSAUTH_") || strings.HasPrefix(upper, "NETSUITE_")
		if !ours || !text.NameLike(name) || slices.Contains(known, name) {
			continue
		}
		if meant := text.Nearest(name, known); meant != "" && (meant == f.Env || meant == f.LegacyEnv) {
			return name, meant
		}
	}
	return "", ""
}

// evidence is the evidence of every finding about one value.
func evidence(f Field, v Value) finding.Evidence {
	return finding.Evidence{"name": string(f), "source": v.Source.String(), "value": v.Text}
}

// shapes compares IDs and scopes with the shapes of the authorization server.
func (p *Profile) shapes() []finding.Finding {
	var out []finding.Finding
	if v, _ := p.Get(FieldAccount); p.Server.NetSuite && p.Account.Kind == nsid.Unfamiliar && !nsid.IsPlaceholder(v.Text) {
		out = append(out, catalog.New("profile.account-id-unfamiliar", evidence(FieldAccount, v)))
	}
	out = append(out, p.Placeholders()...)
	for _, id := range []struct {
		field     Field
		shape     func(string) string
		malformed finding.Code
		special   map[string]finding.Code // by reason
	}{
		{FieldClientID, p.Server.ClientIDShape, "profile.client-id-malformed",
			map[string]finding.Code{"application-id": "profile.client-id-is-application-id"}},
		{FieldCertificateID, p.Server.CertificateIDShape, "profile.certificate-id-malformed",
			map[string]finding.Code{"script-id": ScriptID}},
	} {
		v, ok := p.Get(id.field)
		if !ok || id.shape == nil || id.shape(v.Text) == "" || nsid.IsPlaceholder(v.Text) {
			continue
		}
		ev := evidence(id.field, v)
		ev["reason"], ev["length"] = id.shape(v.Text), len(v.Text)
		if ev["reason"] == "script-id" {
			ev["kid"] = v.Text
		}
		out = append(out, catalog.New(cmp.Or(id.special[id.shape(v.Text)], id.malformed), ev))
	}
	return append(out, p.scopeShapes()...)
}

// ScriptID is the code for a Certificate ID that is a script ID. The check "assertion"
// reports it where it judges the kid, with the Certificate ID that is meant.
const ScriptID finding.Code = "assertion.kid-is-script-id"

// Placeholders finds the settings that have no value but what stands for one.
func (p *Profile) Placeholders() []finding.Finding {
	var out []finding.Finding
	for _, f := range []Field{FieldAccount, FieldClientID, FieldCertificateID, FieldScope, FieldAudience} {
		v, ok := p.Get(f)
		texts := v.List
		if len(texts) == 0 {
			texts = []string{v.Text}
		}
		is := nsid.IsPlaceholder
		if f == FieldAudience {
			is = func(s string) bool { return nsid.PlaceholderIn(s) != "" }
		}
		i := slices.IndexFunc(texts, is)
		if !ok || i < 0 || !p.Server.NetSuite { // another server's identifiers may be any words
			continue
		}
		info, _ := Lookup(f)
		ev := evidence(f, v)
		ev["value"], ev["reason"] = texts[i], info.Flag
		out = append(out, catalog.New("profile.placeholder", ev))
	}
	return out
}

func (p *Profile) scopeShapes() []finding.Finding {
	var out []finding.Finding
	v, _ := p.Get(FieldScope)
	for _, scope := range v.List {
		if p.Server.ScopeShape == nil || p.Server.ScopeShape(scope) == "" || nsid.IsPlaceholder(scope) {
			continue
		}
		ev := evidence(FieldScope, v)
		ev["scope"] = scope
		delete(ev, "value") // it is the whole list
		code := finding.Code("profile.scope-not-for-m2m")
		if p.Server.ScopeShape(scope) == "unknown" {
			code, ev["known"] = "profile.scope-unknown", nsid.Scopes()
			if strings.EqualFold(scope, "SuiteAnalytics") {
				ev["reason"] = "connect-sample"
			}
			if n := text.Nearest(scope, nsid.Scopes()); n != "" {
				ev["nearest"] = n
			}
		}
		out = append(out, catalog.New(code, ev))
	}
	return out
}

// mixedSources reports identity values from different places: one of them may be out
// of date.
func (p *Profile) mixedSources() (finding.Evidence, bool) {
	var places, sources []string
	for _, info := range Fields() {
		v, ok := p.Get(info.Name)
		if !ok || !info.Identity || !p.uses(info.Name) || v.Source.Kind == SourceAnswer { // it is not left over from somewhere else
			continue
		}
		sources = append(sources, string(info.Name)+": "+v.Source.String())
		if place := v.Source.place(); !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return finding.Evidence{"places": places, "sources": sources, "count": len(places)}, len(places) > 1 && !p.triesPair()
}

// triesPair reports whether flags give a whole pair with its Certificate ID, and a profile
// the rest. So a new pair is tested before the profile is changed.
func (p *Profile) triesPair() bool {
	from := func(f Field, kinds ...SourceKind) bool {
		v, ok := p.Get(f)
		return ok && slices.Contains(kinds, v.Source.Kind)
	}
	return from(FieldKey, SourceFlag) && from(FieldCert, SourceFlag) && from(FieldCertificateID, SourceFlag) &&
		from(FieldAccount, SourceProfile, SourceDefaultProfile) && from(FieldClientID, SourceProfile, SourceDefaultProfile)
}
