package account

import (
	"fmt"
	"slices"
)

// RESTlet is one deployment of a script. It answers a GET with the parameters
// that it got, and a POST with the body.
type RESTlet struct {
	Script, Deploy string // as the URL has them: internal IDs or script IDs
	// Audience is the roles that may call it, by ID; empty means every role.
	Audience []int
}

// DefaultRESTlets are there in an account that names none of its own.
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
			return fmt.Errorf("RESTlet %q, %q: there twice", r.Script, r.Deploy)
		}
		a.RESTlets[i].Audience = slices.Clone(r.Audience)
	}
	return nil
}
