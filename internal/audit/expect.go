package audit

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/strictyaml"
	"github.com/nsauth/nsauth/internal/text"
)

// Expected is what is normal in a Login Audit Trail: the file of --expect. A list that is
// missing allows everything; a listed "" allows an entry without that value.
type Expected struct {
	applications, roles []string
	addresses           []netip.Prefix
	noAddress           bool
	judged              struct{ applications, roles, addresses bool }
}

// MaxExpect bounds the file of --expect, in bytes.
const MaxExpect = 1 << 20

// ReadExpected reads the file of --expect, called name in errors. An error about its
// content wraps a [*strictyaml.Error].
func ReadExpected(name string, data []byte) (*Expected, error) {
	if len(data) > MaxExpect {
		return nil, fmt.Errorf("%s: more than %d bytes", name, MaxExpect)
	}
	e := &Expected{}
	err := strictyaml.Read("the file", data, func(root strictyaml.Node) {
		root.Fields(textList("applications", &e.applications, &e.judged.applications), textList("roles", &e.roles, &e.judged.roles),
			strictyaml.Field{Name: "addresses", Read: e.readAddresses})
		if !e.judged.applications && !e.judged.roles && !e.judged.addresses {
			root.Fail("", "it has none of the lists applications, roles and addresses")
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}

func textList(name string, into *[]string, judged *bool) strictyaml.Field {
	return strictyaml.Field{Name: name, Read: func(n strictyaml.Node) {
		for _, item := range listOf(n) {
			*into = append(*into, item.Text())
		}
		*judged = true
	}}
}

// listOf is a list that says what it allows: without a value it is likely unfinished.
func listOf(n strictyaml.Node) []strictyaml.Node {
	if n.IsNull() {
		n.Fail("list what is normal, or remove the line; [] allows none", "%s has no value", n.Name())
	}
	return n.List()
}

func (e *Expected) readAddresses(n strictyaml.Node) {
	for _, item := range listOf(n) {
		s := item.Text()
		if s == "" {
			e.noAddress = true
			continue
		}
		prefix, err := prefixOf(s)
		if err != nil {
			item.Fail("", "addresses: %s is neither an address nor a range such as 192.0.2.0/24", text.QuoteName(s))
		}
		e.addresses = append(e.addresses, prefix)
	}
	e.judged.addresses = true
}

func prefixOf(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return a.Unmap().Prefix(a.Unmap().BitLen())
}

// unlisted names what of an entry is not listed.
func (e *Expected) unlisted(entry auditor.Entry) []string {
	names := []string{}
	listed := func(list []string, values ...string) bool {
		return slices.ContainsFunc(list, func(s string) bool {
			return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(s, v) })
		})
	}
	if e.judged.applications && !listed(e.applications, entry.Application) {
		names = append(names, "application")
	}
	role := []string{entry.RoleID}
	if entry.RoleName != "" {
		role = append(role, entry.RoleName)
	}
	if e.judged.roles && !listed(e.roles, role...) {
		names = append(names, "role")
	}
	if e.judged.addresses && !e.address(entry.IP) {
		names = append(names, "address")
	}
	return names
}

func (e *Expected) address(s string) bool {
	if s == "" {
		return e.noAddress
	}
	a, err := netip.ParseAddr(s)
	return err == nil && slices.ContainsFunc(e.addresses, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}
