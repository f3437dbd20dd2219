package scenario

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/secret"
)

// Prepared has the client's files and values and the server's configuration for a
// scenario. It keeps its private key out of formatters and documents.
type Prepared struct {
	Scenario Scenario
	// Profile has the values of the client's profile, by field name. key and cert are the
	// file names that Files writes; scope is separated by commas. Callers may add values,
	// such as connect_to, before Files.
	Profile  map[string]string
	Profiles []ClientProfile // from Register and PrepareAccounts, for any number of clients
	// Auditor has the profiles of the second client, which may read the account: with a
	// certificate, and with a token of token-based authentication.
	Auditor         []ClientProfile
	KeyPEM, CertPEM []byte // the client's files: PKCS#8, but see KeyFile, and X.509
	// Assertion is the assertion of the scenario's Program, "" without one.
	Assertion string
	Config    server.Config

	key       crypto.Signer // the key in KeyPEM
	trustedCA *server.CA    // what the client trusts
}

// The names of the files that Files writes.
const (
	FileCA     = "ca.pem"
	FileKey    = "key.pem"
	FileCert   = "cert.pem"
	FileConfig = "config.yaml"

	FileAssertion = "assertion.jwt" // only if another program makes it
)

// change makes of the usual account that of a scenario.
func change(config *server.Config, half ServerHalf, at time.Time, generate keygen.Generator) error {
	a := &config.Accounts[0]
	for len(a.Mappings) < half.Active {
		more, err := makePair(ClientHalf{}, at, generate)
		if err != nil {
			return err
		}
		mapping := a.Mappings[0]
		mapping.Certificate = more.der
		a.Mappings = append(a.Mappings, mapping)
	}
	for _, name := range half.Changes {
		apply, known := changes[name]
		if !known {
			return fmt.Errorf("unknown change %q", name)
		}
		apply(config, a)
	}
	for _, p := range half.WithoutPermissions {
		withoutPermission(a, p)
	}
	return nil
}

// Prepare makes a scenario's keys, certificates, profile values and server
// configuration. now is the server's clock; the client's is ahead of it by
// Client.ClockOffset. Client ID and Application ID depend only on the scenario's name.
// generate makes the keys; nil means keygen.Generate.
func Prepare(s Scenario, now func() time.Time, generate keygen.Generator) (*Prepared, error) {
	at := now()
	fail := func(err error) (*Prepared, error) { return nil, fmt.Errorf("emulator: scenario %q: %w", s.Name, err) }

	own, err := makePair(s.Client, at, generate)
	if err != nil {
		return fail(err)
	}
	mapped := own // the pair that NetSuite has
	if s.Client.Reissued {
		if own, err = certificateFor(s.Client, own.key, at); err != nil {
			return fail(err)
		}
	}
	// The other pair is an older one of the same integration, which is still mapped.
	other, err := makePair(ClientHalf{CertificateAgeDays: 300}, at, generate)
	if err != nil {
		return fail(err)
	}
	ca, trusted, err := s.Client.authorities(at)
	if err != nil {
		return fail(err)
	}
	config := s.Server.config(usualAccount(s, mapped, other), now, ca, generate)
	if err := change(&config, s.Server, at, generate); err != nil {
		return fail(err)
	}

	profile := map[string]string{
		"account":        cmp.Or(s.Server.Account, defaultAccount),
		"client_id":      clientID(s.Name),
		"certificate_id": account.CertificateID(own.der),
		"key":            FileKey,
		"cert":           FileCert,
		"scope":          "rest_webservices",
	}
	known := placeholders(s.Name, own, mapped, other)
	for field, value := range s.Client.Overrides {
		profile[field] = known.Replace(value)
		if value == "" {
			delete(profile, field)
		}
	}
	p := &Prepared{
		Scenario:  s,
		Profile:   profile,
		CertPEM:   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.der}),
		Config:    config,
		key:       own.key,
		trustedCA: trusted,
	}
	if s.Client.UseOtherKey {
		p.key = other.key
	}
	s.Server.Trail.apply(&p.Config)
	if err := addAuditor(p, s.Name, s.Server.Auditor, at, generate); err != nil {
		return fail(err)
	}
	if p.KeyPEM, err = p.keyFile(); err != nil {
		return fail(err)
	}
	if program := s.Client.Program; program != nil {
		if p.Assertion, err = program.assertion(p, at.Add(s.Client.ClockOffset)); err != nil {
			return fail(err)
		}
	}
	return p, nil
}

// config is the configuration of a server with this account, before any change.
func (half ServerHalf) config(served account.Account, now func() time.Time, ca *server.CA, generate keygen.Generator) server.Config {
	return server.Config{Accounts: []account.Account{served}, Now: now,
		TokenConfig: oauth.TokenConfig{Errors: half.Errors, Refuse: slices.Clone(half.Refuse), ExpiresIn: half.ExpiresIn, TokenShape: half.TokenShape, GenerateKey: generate},
		Faults:      slices.Clone(half.Faults), Canned: half.Canned, CA: ca}
}

// role is the role of the mappings.
func (half ServerHalf) role() account.Role {
	if half.Role == nil {
		return account.DefaultRole()
	}
	role := *half.Role
	role.Permissions = slices.Clone(role.Permissions)
	return role
}

// authorities are the CA of the server and the one that the client trusts.
func (c ClientHalf) authorities(at time.Time) (ca, trusted *server.CA, err error) {
	if c.Inspector != "" {
		ca, err = server.NewNamedCA(pkix.Name{CommonName: c.Inspector + " TLS Inspection CA", Organization: []string{c.Inspector}}, at)
	} else {
		ca, err = server.NewCA(at)
	}
	if err != nil || !c.Untrusting {
		return ca, ca, err
	}
	trusted, err = server.NewCA(at)
	return ca, trusted, err
}

// Key is the client's private key.
func (p *Prepared) Key() crypto.Signer { return p.key }

// Certificate is the certificate in the client's file.
func (p *Prepared) Certificate() (*x509.Certificate, error) {
	block, _ := pem.Decode(p.CertPEM)
	if block == nil {
		return nil, errors.New("emulator: no certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}

// placeholders replaces the placeholders in a profile's values.
func placeholders(name string, own, mapped, other *pair) *strings.Replacer {
	id := account.CertificateID(own.der)
	sha1sum, sha256sum := sha1.Sum(own.der), sha256.Sum256(own.der)
	// The last character stays: another one may be invalid there, a different fault.
	last := len(id) - 1
	return strings.NewReplacer(
		"{application_id}", account.ApplicationID(name),
		"{client_id}", clientID(name),
		"{certificate_id}", id,
		"{certificate_id_cut_off}", id[:last-2],
		"{certificate_id_lower_case}", strings.ToLower(id[:last])+id[last:],
		"{certificate_sha1}", base64.RawURLEncoding.EncodeToString(sha1sum[:]),
		"{certificate_fingerprint}", strings.ToUpper(hex.EncodeToString(sha256sum[:])),
		"{mapped_certificate_id}", account.CertificateID(mapped.der),
		"{other_certificate_id}", account.CertificateID(other.der),
	)
}

// keyFile returns the content of the private key's file.
func (p *Prepared) keyFile() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	switch p.Scenario.Client.KeyFile {
	case KeyFilePEM:
		return text, nil
	case KeyFileCertificate:
		return p.CertPEM, nil
	case KeyFileEncrypted:
		return encryptedKey, nil
	case KeyFileEscaped:
		return []byte(strings.ReplaceAll(string(text), "\n", `\n`)), nil
	case KeyFileUTF16:
		return utf16File(string(text)), nil
	}
	return nil, fmt.Errorf("unknown key file %q", p.Scenario.Client.KeyFile)
}

// utf16File is a text file as PowerShell's redirection writes it.
func utf16File(text string) []byte {
	data := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(text, "\n", "\r\n"))) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return data
}

// encryptedKey is an encrypted key in openssl's format. Its content is random.
//
//go:embed data/encrypted-key.pem
var encryptedKey []byte

// clientID is a Client ID that depends only on the name, so that transcripts can be
// compared.
func clientID(name string) string {
	sum := sha256.Sum256([]byte("nsauth scenario client " + name))
	return hex.EncodeToString(sum[:])
}

// usualAccount is an account where everything works.
func usualAccount(s Scenario, own, other *pair) account.Account {
	role := s.Server.role()
	scopes := []string{"rest_webservices", "restlets"}
	if s.Server.Scopes != nil {
		scopes = slices.Clone(s.Server.Scopes)
	}
	entity := account.DefaultEntity()
	client := clientID(s.Name)
	return account.Account{
		ID:       cmp.Or(s.Server.Account, defaultAccount),
		Features: account.Features{OAuth2: true, RESTWebServices: true},
		Integrations: []account.Integration{{
			Name: "nsauth demo", ClientID: client, ApplicationID: account.ApplicationID(s.Name),
			Enabled: true, ClientCredentialsGrant: true, Scopes: scopes,
		}},
		Roles: []account.Role{role}, Entities: []account.Entity{entity},
		Mappings: []account.Mapping{
			{Certificate: own.der, ClientID: client, Role: role, Entity: entity},
			{Certificate: other.der, ClientID: client, Role: role, Entity: entity},
		},
	}
}

// pair is a private key and its self-signed certificate.
type pair struct {
	key crypto.Signer
	der []byte
}

func makePair(c ClientHalf, now time.Time, generate keygen.Generator) (*pair, error) {
	key, err := generate.OrNew()(cmp.Or(c.KeyType, "p-256"))
	if err != nil {
		return nil, err
	}
	return certificateFor(c, key, now)
}

// certificateFor makes the certificate of a client's key.
func certificateFor(c ClientHalf, key crypto.Signer, now time.Time) (*pair, error) {
	age := time.Duration(c.CertificateAgeDays * float64(day))
	if age == 0 {
		age = day - time.Hour // it has 729 days left, however long making its key takes
	}
	from := now.Add(-age).UTC().Truncate(time.Second)
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "nsauth demo"},
		NotBefore: from,
		NotAfter:  from.Add(time.Duration(cmp.Or(c.CertificateDays, 730)) * day),
		KeyUsage:  x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &pair{key, der}, nil
}

// Format keeps the private key out of every formatter.
func (p Prepared) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "<scenario %s>", p.Scenario.Name) }

// MarshalJSON keeps the private key out of every document.
func (p Prepared) MarshalJSON() ([]byte, error) { return json.Marshal(p.Scenario.Name) }

// Files writes ca.pem, key.pem, cert.pem and config.yaml to dir, all or none, and makes
// dir if needed. config.yaml comes last: who finds it finds the files that it names. Files
// does not overwrite files: the error is then fs.ErrExist.
func (p *Prepared) Files(dir string) error {
	ca := cmp.Or(p.trustedCA, p.Config.CA)
	if ca == nil {
		return errors.New("emulator: no CA to write")
	}
	contents := map[string][]byte{FileCA: ca.PEM(), FileKey: p.KeyPEM, FileCert: p.CertPEM}
	if p.Assertion != "" {
		contents[FileAssertion] = []byte(p.Assertion + "\n")
	}
	var files []atomicfile.NewFile
	for _, name := range slices.Sorted(maps.Keys(contents)) { // so that the error always names the same file
		data := contents[name]
		if data != nil { // an existing client has its own keys
			files = append(files, atomicfile.NewFile{Path: filepath.Join(dir, name), Data: secret.New(string(data)), Perm: atomicfile.OwnerOnly})
		}
	}
	folders := []string{dir}
	for _, c := range slices.Concat(p.Profiles, p.Auditor) {
		for _, field := range slices.Sorted(maps.Keys(c.files)) {
			files = append(files, atomicfile.NewFile{Path: filepath.Join(dir, c.fileOf(field)), Data: c.files[field], Perm: atomicfile.OwnerOnly})
		}
		if len(c.files) > 0 {
			folders = append(folders, filepath.Join(dir, c.Name))
		}
	}
	files = append(files, atomicfile.NewFile{Path: filepath.Join(dir, FileConfig), Data: secret.New(string(p.configYAML())), Perm: atomicfile.OwnerOnly})
	for _, folder := range folders {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("emulator: %w", err)
		}
	}
	if _, err := (atomicfile.Set{Files: files, Brief: true}).Write(context.Background()); err != nil {
		for _, folder := range folders[1:] {
			_ = os.Remove(folder) // unless it has files
		}
		return fmt.Errorf("emulator: %w", err)
	}
	return nil
}

// configYAML is the profile as nsauth's configuration. A JSON string is also a YAML
// string.
func (p *Prepared) configYAML() []byte {
	var b strings.Builder
	profiles := []ClientProfile{{Name: "emulator", Values: p.Profile}}
	if p.Profiles != nil {
		profiles = p.Profiles
		b.WriteString("# What is registered. A profile without a key needs one: --key FILE.\n")
	}
	if p.Scenario.Name != "" {
		fmt.Fprintf(&b, "# %s: %s\n", p.Scenario.Name, p.Scenario.Title)
	}
	if len(profiles) == 0 {
		b.WriteString("profiles:\n")
		return []byte(b.String())
	}
	fmt.Fprintf(&b, "default_profile: %s\nprofiles:\n", profiles[0].Name)
	for _, profile := range profiles {
		values := maps.Clone(p.Profile)
		maps.Copy(values, profile.allValues())
		values["ca_file"] = FileCA
		writeProfile(&b, profile.Name, values)
	}
	if len(p.Auditor) > 0 {
		b.WriteString("  # A second client that may read the account. Its values are throwaways: they work only here.\n")
	}
	for _, profile := range p.Auditor {
		values := profile.allValues()
		values["ca_file"] = FileCA
		if to, there := p.Profile["connect_to"]; there {
			values["connect_to"] = to
		}
		writeProfile(&b, profile.Name, values)
	}
	return []byte(b.String())
}

// allValues are the values, and the paths of the files.
func (c ClientProfile) allValues() map[string]string {
	values := maps.Clone(c.Values)
	for field := range c.files {
		values[field] = filepath.ToSlash(c.fileOf(field))
	}
	return values
}

func writeProfile(b *strings.Builder, name string, values map[string]string) {
	quote := func(s string) string {
		q, _ := json.Marshal(s) // a string always marshals
		return string(q)
	}
	fmt.Fprintf(b, "  %s:\n", name)
	for _, field := range slices.Sorted(maps.Keys(values)) {
		if field != "scope" {
			fmt.Fprintf(b, "    %s: %s\n", field, quote(values[field]))
			continue
		}
		var scopes []string
		for s := range strings.SplitSeq(values[field], ",") {
			scopes = append(scopes, quote(s))
		}
		fmt.Fprintf(b, "    scope: [%s]\n", strings.Join(scopes, ", "))
	}
}
