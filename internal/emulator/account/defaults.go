package account

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// DefaultRole is the role of a mapping without one. It has every permission that the
// emulator checks by name.
func DefaultRole() Role {
	return Role{ID: 1012, Name: "nsauth Integration", Permissions: []string{
		PermissionLogin, PermissionREST, PermissionWorkbook, PermissionCertificates, "Customers", "Employees",
	}}
}

// DefaultEntity is the entity of a mapping without one.
func DefaultEntity() Entity {
	return Entity{ID: 1042, Name: "Integration User", Email: "integration@customer.example"}
}

// KnownScopes are the scopes of the client-credentials grant, in the order in which
// a token lists them.
func KnownScopes() []string { return []string{"restlets", "rest_webservices", "suite_analytics"} }

// ApplicationID is an Application ID that depends only on the name, so that
// transcripts can be compared.
func ApplicationID(name string) string {
	sum := sha256.Sum256([]byte("nsauth scenario application " + name))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x40 // a UUID of version 4, RFC 9562
	b[8] = b[8]&0x3f | 0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// HostLabel is the form of an account ID in host names.
func HostLabel(id string) string { return strings.ToLower(strings.ReplaceAll(id, "_", "-")) }

// The host names of an account's services, after its label.
const (
	SuiteTalkSuffix = ".suitetalk.api.netsuite.com"
	RESTletsSuffix  = ".restlets.api.netsuite.com"
	AppSuffix       = ".app.netsuite.com"
)

// DiscoveryHost serves DataCenterUrls for every account (Oracle NetSuite Help,
// chapter_157011836591).
const DiscoveryHost = "rest.netsuite.com"

// RESTlet is one deployment of a script. It answers a GET with its parameters, and a
// POST with its body.
type RESTlet struct {
	Script, Deploy string // as the URL has them: internal IDs or script IDs
	// Audience is the roles that may call it, by ID; empty means every role.
	Audience []int
}

// DefaultRESTlets are the RESTlets of an account that lists none.
func DefaultRESTlets() []RESTlet {
	return []RESTlet{
		{Script: "1", Deploy: "1"},
		{Script: "customscript_nsauth", Deploy: "customdeploy_nsauth"},
	}
}

func (a *Snapshot) indexRESTlets() error {
	if a.RESTlets == nil {
		a.RESTlets = DefaultRESTlets()
	}
	a.RESTlets = slices.Clone(a.RESTlets)
	for i, r := range a.RESTlets {
		if r.Script == "" || r.Deploy == "" {
			return fmt.Errorf("RESTlet %q, %q: no script or no deployment", r.Script, r.Deploy)
		}
		if slices.ContainsFunc(a.RESTlets[:i], func(o RESTlet) bool { return o.Script == r.Script && o.Deploy == r.Deploy }) {
			return fmt.Errorf("duplicate RESTlet %q, %q", r.Script, r.Deploy)
		}
		a.RESTlets[i].Audience = slices.Clone(r.Audience)
	}
	return nil
}
