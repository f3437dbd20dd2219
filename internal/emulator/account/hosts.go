package account

import "strings"

// HostLabel is an account's ID as host names have it.
func HostLabel(id string) string { return strings.ToLower(strings.ReplaceAll(id, "_", "-")) }

// The services of an account, by what follows its label in a host name.
const (
	SuiteTalkSuffix = ".suitetalk.api.netsuite.com"
	RESTletsSuffix  = ".restlets.api.netsuite.com"
	AppSuffix       = ".app.netsuite.com"
)

// DiscoveryHost serves DataCenterUrls for every account (Oracle NetSuite Help,
// chapter_157011836591).
const DiscoveryHost = "rest.netsuite.com"
