package scenario

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"path/filepath"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/secret"
)

// AuditorHalf is the second client of each scenario, which may read the account. With the
// zero value it may read all of it.
type AuditorHalf struct {
	// Account is another account that it belongs to; "" means the client's.
	Account            string   `yaml:"account"`
	WithoutPermissions []string `yaml:"without_permissions"`
	// Revoked means that its certificate and its token are.
	Revoked bool `yaml:"revoked"`
}

// TrailHalf is how the Login Audit Trail differs from what happened.
type TrailHalf struct {
	Silent bool          `yaml:"silent"` // no entry for an answer with status 500
	Delay  time.Duration `yaml:"delay"`  // before an entry can be queried
	// Zone is how far its dates are ahead of SYSDATE, SessionZone how far SYSDATE is ahead
	// of UTC.
	Zone        time.Duration      `yaml:"zone"`
	SessionZone time.Duration      `yaml:"session_zone"`
	Detail      string             `yaml:"detail"` // instead of the right one
	Also        []server.AuditTwin `yaml:"also"`   // other entries of the same time
}

func (t TrailHalf) apply(c *server.Config) {
	c.AuditSilent, c.AuditDelay, c.AuditZone, c.SessionZone = t.Silent, t.Delay, t.Zone, t.SessionZone
	c.AuditDetail, c.AuditAlso = t.Detail, slices.Clone(t.Also)
}

// The names of the auditor's profiles.
const (
	ProfileAuditor    = "auditor"
	ProfileAuditorTBA = "auditor-tba"
)

// auditorRole may read every table and, like any other client, sign in.
func auditorRole() account.Role {
	return account.Role{ID: 1099, Name: "Auditor", Permissions: []string{account.PermissionLogin, account.PermissionLoginTBA, account.PermissionREST,
		account.PermissionWorkbook, account.PermissionCertificates, account.PermissionManageOAuth2,
		"View Login Audit Trail", "View Roles", "Integration Application", "Access Token Management", "Employees"}}
}

// addAuditor gives the first account, or another one, a second client that may read it:
// one integration record, with a certificate and with a token of token-based
// authentication. Its values depend only on the name, apart from the certificate.
func addAuditor(p *Prepared, name string, half AuditorHalf, now time.Time, generate keygen.Generator) error {
	own, err := makePair(ClientHalf{}, now, generate)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(own.key)
	if err != nil {
		return err
	}
	if half.Account != "" {
		p.Config.Accounts = append(p.Config.Accounts, account.Account{ID: half.Account, Features: account.Features{OAuth2: true, RESTWebServices: true}})
	}
	a := &p.Config.Accounts[len(p.Config.Accounts)-1]
	name = "auditor " + name
	role, entity := auditorRole(), account.Entity{ID: 1043, Name: "Auditor User", Email: "auditor@customer.example"}
	role.Permissions = slices.DeleteFunc(role.Permissions, func(permission string) bool { return slices.Contains(half.WithoutPermissions, permission) })
	record := account.Integration{Name: "nsauth auditor", ClientID: clientID(name), ApplicationID: account.ApplicationID(name), Enabled: true,
		ClientCredentialsGrant: true, Scopes: []string{"rest_webservices"}, ConsumerSecret: throwaway("consumer secret " + name)}
	token := account.Token{Name: "nsauth auditor token", ClientID: record.ClientID, ID: throwaway("token " + name), Secret: throwaway("token secret " + name),
		Role: role, Entity: entity, Created: now.AddDate(0, -1, 0), Revoked: half.Revoked}
	a.Integrations = append(a.Integrations, record)
	a.Mappings = append(a.Mappings, account.Mapping{Certificate: own.der, ClientID: record.ClientID, Role: role, Entity: entity, Revoked: half.Revoked})
	a.Tokens = append(a.Tokens, token)
	p.Auditor = []ClientProfile{{
		Name:   ProfileAuditor,
		Values: map[string]string{"account": a.ID, "client_id": record.ClientID, "certificate_id": account.CertificateID(own.der), "scope": "rest_webservices"},
		files: map[string]secret.Secret{"key": secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))),
			"cert": secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.der})))},
	}, tokenProfile(ProfileAuditorTBA, a, token)}
	return nil
}

// tokenProfile is the profile of a token of token-based authentication.
func tokenProfile(name string, a *account.Account, t account.Token) ClientProfile {
	consumer := ""
	for _, i := range a.Integrations {
		if i.ClientID == t.ClientID {
			consumer = i.ConsumerSecret
		}
	}
	return ClientProfile{Name: name, Values: map[string]string{"account": a.ID, "auth": "tba", "consumer_key": t.ClientID, "token_id": t.ID},
		files: map[string]secret.Secret{"consumer_secret": secret.New(consumer + "\n"), "token_secret": secret.New(t.Secret + "\n")}}
}

// throwaway is a made-up value in the form of NetSuite's, which opens nothing but an emulator.
func throwaway(name string) string {
	sum := sha256.Sum256([]byte("nsauth emulator throwaway " + name))
	return hex.EncodeToString(sum[:])
}

// fileNames are the names of a profile's files in its folder.
var fileNames = map[string]string{"key": FileKey, "cert": FileCert, "consumer_secret": "consumer-secret.txt", "token_secret": "token-secret.txt"}

// fileOf is the path of a file of a profile below the folder of the client's files.
func (c ClientProfile) fileOf(field string) string {
	return filepath.Join(c.Name, cmp.Or(fileNames[field], field))
}
