package account

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// DefaultRole is the role of a mapping that names none, with every permission
// that the emulator asks for by name.
func DefaultRole() Role {
	return Role{ID: 1012, Name: "nsauth Integration", Permissions: []string{
		PermissionLogin, PermissionREST, PermissionWorkbook, PermissionCertificates, "Customers", "Employees",
	}}
}

// DefaultEntity is the entity of a mapping that names none.
func DefaultEntity() Entity { return Entity{ID: 1042, Name: "Integration User"} }

// KnownScopes are the scopes of the client-credentials grant, in the order in which
// a token lists them.
func KnownScopes() []string { return []string{"restlets", "rest_webservices", "suite_analytics"} }

// ApplicationID is an Application ID that depends on the name alone, so that
// transcripts can be compared.
func ApplicationID(name string) string {
	sum := sha256.Sum256([]byte("nsauth scenario application " + name))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x40 // a UUID of version 4, RFC 9562
	b[8] = b[8]&0x3f | 0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}
