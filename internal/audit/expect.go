package audit

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/strictyaml"
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

// ReadExpected reads the file of --expect, called name in errors.
func ReadExpected(name string, data []byte) (*Expected, error) {
	var file struct {
		Applications *[]string `yaml:"applications"`
		Roles        *[]string `yaml:"roles"`
		Addresses    *[]string `yaml:"addresses"`
	}
	if len(data) > MaxExpect {
		return nil, fmt.Errorf("%s: more than %d bytes", name, MaxExpect)
	}
	if err := strictyaml.Decode(data, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	e := &Expected{}
	for _, list := range []struct {
		from   *[]string
		into   *[]string
		judged *bool
	}{{file.Applications, &e.applications, &e.judged.applications}, {file.Roles, &e.roles, &e.judged.roles}} {
		if list.from != nil {
			*list.into, *list.judged = *list.from, true
		}
	}
	if file.Addresses != nil {
		e.judged.addresses = true
		for _, s := range *file.Addresses {
			if s == "" {
				e.noAddress = true
				continue
			}
			prefix, err := prefixOf(s)
			if err != nil {
				return nil, fmt.Errorf("%s: addresses: %q is neither an address nor a range such as 192.0.2.0/24", name, s)
			}
			e.addresses = append(e.addresses, prefix)
		}
	}
	if !e.judged.applications && !e.judged.roles && !e.judged.addresses {
		return nil, fmt.Errorf("%s: none of the lists applications, roles, addresses", name)
	}
	return e, nil
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
