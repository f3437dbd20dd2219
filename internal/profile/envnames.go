package profile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/text"
)

// otherVariables has the names that other programs use for a setting, without what they
// put before and after it: NETSUITE_JWT_KID is KID.
var otherVariables = map[string]Field{
	"ACCOUNT": FieldAccount, "ACCOUNT_ID": FieldAccount, "ACCOUNTID": FieldAccount, "ACCT": FieldAccount, "ACCT_ID": FieldAccount,
	"REALM": FieldAccount, "COMPANY_ID": FieldAccount, "COMPANYID": FieldAccount,
	"CLIENT_ID": FieldClientID, "CLIENTID": FieldClientID, "CONSUMER_KEY": FieldClientID, "CONSUMERKEY": FieldClientID,
	"ISS": FieldClientID, "ISSUER": FieldClientID,
	"CERTIFICATE_ID": FieldCertificateID, "CERTIFICATEID": FieldCertificateID, "CERT_ID": FieldCertificateID, "CERTID": FieldCertificateID,
	"KID": FieldCertificateID, "KEY_ID": FieldCertificateID, "KEYID": FieldCertificateID, "CERTIFICATE_KID": FieldCertificateID,
	"CERT_KID": FieldCertificateID, "CERTIFICATE_KEY_ID": FieldCertificateID, "PRIVATE_KEY_ID": FieldCertificateID, "PUBLIC_KEY_ID": FieldCertificateID,
	"PRIVATE_KEY": FieldKey, "PRIVATEKEY": FieldKey, "RSA_KEY": FieldKey, "RSA_PRIVATE_KEY": FieldKey, "EC_PRIVATE_KEY": FieldKey,
	"SIGNING_KEY": FieldKey, "PEM": FieldKey, "KEY_PATH": FieldKey, "KEY_FILE": FieldKey, "KEYFILE": FieldKey, "KEY_PEM": FieldKey,
	"CERTIFICATE": FieldCert, "CERT": FieldCert, "PUBLIC_CERT": FieldCert, "PUBLIC_CERTIFICATE": FieldCert, "X509_CERT": FieldCert,
	"PRIVATE_KEY_PASSPHRASE": FieldPassphraseFile, "KEY_PASSPHRASE": FieldPassphraseFile, "PRIVATE_KEY_PASSWORD": FieldPassphraseFile,
	"KEY_PASSWORD": FieldPassphraseFile, "PASSPHRASE": FieldPassphraseFile,
	"SCOPE": FieldScope, "SCOPES": FieldScope,
}

// Words around such a name: of the system, which must be there; of the flow; and of how
// the value is written.
var (
	systemWords = []string{"NETSUITE", "SUITETALK", "NS"}
	flowWords   = []string{"OAUTH", "OAUTH2", "OAUTH20", "M2M", "JWT", "REST", "API", "AUTH", "INTEGRATION", "MACHINE"}
	formWords   = []string{"PATH", "FILE", "FILEPATH", "FILENAME", "LOCATION", "PEM", "B64", "BASE64", "CONTENT", "CONTENTS", "STRING", "TEXT", "VALUE", "DATA", "ENCODED"}
)

// otherName returns the setting that other programs mean by the name of a variable, and
// how far the name is from the plain one: NETSUITE_KID is 0, NETSUITE_JWT_KID 1. Names of
// an environment, such as NETSUITE_SANDBOX_KID, mean nothing: there may be two.
func otherName(name string) (field Field, distance int, ok bool) {
	words := strings.FieldsFunc(upperWords(name), func(r rune) bool { return r == '_' })
	i := slices.IndexFunc(words, func(w string) bool { return slices.Contains(systemWords, w) })
	if i < 0 || i > 0 && words[i] == "NS" {
		return "", 0, false
	}
	distance = i
	words = words[i+1:]
	for len(words) > 1 && slices.Contains(flowWords, words[0]) {
		words, distance = words[1:], distance+1
	}
	for len(words) > 0 {
		if field, ok = otherVariables[strings.Join(words, "_")]; ok {
			return field, distance, true
		}
		last := words[len(words)-1]
		if !slices.Contains(formWords, last) {
			break
		}
		words, distance = words[:len(words)-1], distance+1
		if f := otherVariables[strings.Join(words, "_")]; f != "" && f != FieldKey && f != FieldCert {
			break // NETSUITE_ACCOUNT_FILE is no account
		}
	}
	return "", 0, false
}

// upperWords writes a name in capitals with underscores, as environment variables are:
// NetSuite__ClientId and netsuite.client-id too.
func upperWords(name string) string {
	name = strings.ReplaceAll(strings.ReplaceAll(name, "NetSuite", "Netsuite"), "netSuite", "netsuite")
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z' {
			b.WriteByte('_')
		}
		if r == '.' || r == '-' {
			r = '_'
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// isContent tells the content of a key, certificate or JSON Web Key from the name of its
// file.
func isContent(value string) bool {
	const shortest = 64 // of base64
	joined := strings.Join(strings.Fields(value), "")
	switch {
	case strings.Contains(value, "-----"), strings.Contains(value, "\n"), strings.HasPrefix(joined, "{"):
		return true
	case len(joined) < shortest || strings.HasPrefix(joined, "/"):
		return false
	}
	return strings.Trim(joined, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-") == ""
}

// fromEnvFile chooses the values of an env file: nsauth's own names before those of other
// programs, of these the plainest. The content of a key stays in the variable, which the
// loader of keys is told of.
func (r *resolver) fromEnvFile(entries map[string]envEntry, make func(name string, texts []string, e envEntry) raw) layer {
	type candidate struct {
		name     string
		distance int
	}
	best := map[Field]candidate{}
	for name, e := range entries {
		field, distance, ok := otherName(name)
		info, _ := Lookup(field)
		if !ok || len(info.split([]string{e.value})) == 0 {
			continue
		}
		b, found := best[field]
		if !found || distance < b.distance || distance == b.distance && e.line > entries[b.name].line {
			best[field] = candidate{name, distance}
		}
	}
	l := layer{}
	for _, info := range Fields() {
		names := []string{best[info.Name].name, info.LegacyEnv, info.Env} // the stronger last
		for _, name := range names {
			e, set := entries[name]
			texts := []string{e.value}
			switch {
			case name == "" || !set:
				continue
			case len(info.split(texts)) == 0:
				r.isEmpty(info.Name, make(name, texts, e).source)
				continue
			case (info.Name == FieldKey || info.Name == FieldCert) && isContent(e.value),
				info.Name == FieldPassphraseFile && name == best[info.Name].name && name != info.Env:
				texts = []string{"env:" + name}
				r.remember(name, e.value, true)
			}
			l[string(info.Name)] = make(name, texts, e)
		}
	}
	return l
}

// rememberNamed tells the loader of keys the variables of the env file that a setting
// names as env:NAME.
func (r *resolver) rememberNamed(v Value) {
	name, ok := strings.CutPrefix(v.Text, "env:")
	if e, inFile := r.variables[name]; ok && inFile && v.Source.Name != name {
		r.remember(name, e.value, false)
	}
}

func (r *resolver) remember(name, value string, overrides bool) {
	if r.Remember != nil {
		r.Remember(name, value, overrides)
	}
}

// isEmpty notes a variable that is set and empty.
func (r *resolver) isEmpty(f Field, from Source) {
	if r.empty == nil {
		r.empty = map[Field]string{}
	}
	if r.empty[f] == "" {
		r.empty[f] = from.String()
	}
}

// otherVariable is a variable that other programs use for a setting, in the environment or
// the env file, and what nsauth calls it; "" if there is none.
func (p *Profile) otherVariable(f FieldInfo) (name, meant string) {
	environment := slices.Sorted(slices.Values(p.envNames()))
	for i, name := range slices.Concat(p.fileNames, environment) {
		field, _, ok := otherName(name)
		if !ok && i < len(p.fileNames) { // a file of one program needs no prefix
			field, _, ok = otherName("NETSUITE_" + name)
		}
		if !ok {
			field, _, ok = otherName(withoutStage(name))
		}
		switch {
		case !ok || field != f.Name || !text.NameLike(name) || slices.Contains(variables(), name):
		case f.Content && !strings.HasSuffix(upperWords(name), "_PATH") && !strings.HasSuffix(upperWords(name), "_FILE"):
			return name, "--" + f.Flag + " env:" + name
		default:
			return name, f.Env
		}
	}
	return "", ""
}

// withoutStage removes the word for an environment from the name of a variable.
func withoutStage(name string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(upperWords(name), "_"), func(w string) bool {
		return slices.Contains([]string{"PROD", "PRODUCTION", "LIVE", "SANDBOX", "SB", "SB1", "SB2", "DEV", "TEST", "STAGING"}, w)
	}), "_")
}
